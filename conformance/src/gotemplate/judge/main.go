// Executes templates as Go does: one JSON request a line on standard input, one JSON answer a line on standard output.
// It judges @fairlead/gotemplate; see ../suite.ts for the requests.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/Masterminds/sprig/v3"
)

type request struct {
	// Templates parsed in order; the first is executed.
	Templates  [][2]string     `json:"templates"`
	Data       json.RawMessage `json:"data"`
	Functions  string          `json:"functions"`
	MissingKey string          `json:"missingKey"`
	Left       string          `json:"left"`
	Right      string          `json:"right"`
	// Print the tree instead of executing it.
	Print bool `json:"print"`
}

type answer struct {
	// Base64 by encoding/json, since output may be any bytes.
	Output []byte `json:"output"`
	Error  string `json:"error"`
}

func main() {
	time.Local = time.UTC
	// Data that holds itself ends the process, in Go too; soon, please.
	debug.SetMaxStack(64 << 20)
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	writer := bufio.NewWriter(os.Stdout)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 1 {
			result, _ := json.Marshal(handle(line))
			writer.Write(result)
			writer.WriteByte('\n')
			writer.Flush()
		}
		if err != nil {
			break
		}
	}
	writer.Flush()
}

func handle(line []byte) (result answer) {
	defer func() {
		if fault := recover(); fault != nil {
			result = answer{Error: fmt.Sprintf("PANIC %v", fault)}
		}
	}()
	var wanted request
	if err := json.Unmarshal(line, &wanted); err != nil {
		return answer{Error: "REQUEST " + err.Error()}
	}
	set := template.New("root").Delims(wanted.Left, wanted.Right).Funcs(functions(wanted.Functions))
	if wanted.MissingKey != "" {
		set = set.Option("missingkey=" + wanted.MissingKey)
	}
	for _, named := range wanted.Templates {
		if _, err := set.New(named[0]).Parse(named[1]); err != nil {
			return answer{Error: err.Error()}
		}
	}
	name := wanted.Templates[0][0]
	if wanted.Print {
		return answer{Output: []byte(printed(set.Lookup(name).Tree))}
	}
	var out strings.Builder
	if err := set.ExecuteTemplate(&out, name, decodeData(wanted.Data)); err != nil {
		return answer{Output: []byte(out.String()), Error: err.Error()}
	}
	return answer{Output: []byte(out.String())}
}

func printed(tree *parse.Tree) string {
	return tree.Root.String()
}

func functions(set string) template.FuncMap {
	result := template.FuncMap{
		// A function that is a value, for call and range.
		"adder": func() func(int, int) int { return func(a, b int) int { return a + b } },
		"joiner": func() func(string, ...string) string {
			return func(sep string, parts ...string) string { return strings.Join(parts, sep) }
		},
	}
	if set == "sprig" {
		for name, function := range sprig.TxtFuncMap() {
			result[name] = function
		}
		delete(result, "env")
		delete(result, "expandenv")
		delete(result, "getHostByName")
	}
	return result
}
