// The judge of Fairlead's YAML: reads requests as JSON lines on standard input and answers each with a JSON line, using the libraries
// that Helm and Kustomize are built on. It decides nothing; it only says what they do.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	yaml3 "go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	sigs "sigs.k8s.io/yaml"
)

type request struct {
	Op     string `json:"op"`
	Text   string `json:"text"`
	Indent int    `json:"indent"`
	// Compact asks kyaml for sequences at the column of their key.
	Compact bool `json:"compact"`
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

// node is a yaml.v3 node in a form that can be compared as JSON.
type node struct {
	Kind    string  `json:"kind"`
	Style   int     `json:"style"`
	Tag     string  `json:"tag"`
	Value   string  `json:"value"`
	Anchor  string  `json:"anchor"`
	Line    int     `json:"line"`
	Column  int     `json:"column"`
	Head    string  `json:"head"`
	LineC   string  `json:"lineComment"`
	Foot    string  `json:"foot"`
	Content []*node `json:"content"`
}

var kinds = map[yaml3.Kind]string{
	yaml3.DocumentNode: "document", yaml3.SequenceNode: "sequence", yaml3.MappingNode: "mapping",
	yaml3.ScalarNode: "scalar", yaml3.AliasNode: "alias",
}

func plain(n *yaml3.Node) *node {
	out := &node{
		Kind: kinds[n.Kind], Style: int(n.Style), Tag: n.Tag, Value: n.Value, Anchor: n.Anchor, Line: n.Line, Column: n.Column,
		Head: n.HeadComment, LineC: n.LineComment, Foot: n.FootComment, Content: []*node{},
	}
	for _, child := range n.Content {
		out.Content = append(out.Content, plain(child))
	}
	return out
}

// documents calls back for each document of a stream until the first fault.
func documents(text string, each func(*yaml3.Node) error) error {
	decoder := yaml3.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var document yaml3.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = each(&document)
		}
		if err != nil {
			return err
		}
	}
}

func asJSON(value any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return string(bytes.TrimSpace(out.Bytes())), err
}

func nodes(text string) (string, error) {
	list := []*node{}
	err := documents(text, func(document *yaml3.Node) error {
		list = append(list, plain(document))
		return nil
	})
	if err != nil {
		return "", err
	}
	return asJSON(list)
}

func rewrite3(r request) (string, error) {
	var out bytes.Buffer
	encoder := yaml3.NewEncoder(&out)
	if r.Indent > 0 {
		encoder.SetIndent(r.Indent)
	}
	if r.Compact {
		encoder.CompactSeqIndent()
	}
	count := 0
	err := documents(r.Text, func(document *yaml3.Node) error {
		count++
		return encoder.Encode(document)
	})
	// An encoder that was given nothing cannot be closed.
	if err != nil || count == 0 {
		return "", err
	}
	err = encoder.Close()
	return out.String(), err
}

// value3 decodes into plain Go values and writes them again: what Helm's toYamlPretty does with the values.
func value3(r request) (string, error) {
	var value any
	if err := json.Unmarshal([]byte(r.Text), &value); err != nil {
		return "", err
	}
	var out bytes.Buffer
	encoder := yaml3.NewEncoder(&out)
	if r.Indent > 0 {
		encoder.SetIndent(r.Indent)
	}
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	err := encoder.Close()
	return out.String(), err
}

func decode3(text string) (string, error) {
	var value any
	if err := yaml3.Unmarshal([]byte(text), &value); err != nil {
		return "", err
	}
	text, err := asJSON(value)
	if err != nil {
		return "", fmt.Errorf("not JSON")
	}
	return text, nil
}

func marshal(text string) (string, error) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "", err
	}
	out, err := sigs.Marshal(value)
	return string(out), err
}

func answerTo(r request) (text string, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	switch r.Op {
	case "json":
		out, err := sigs.YAMLToJSON([]byte(r.Text))
		return string(out), err
	case "strict":
		out, err := sigs.YAMLToJSONStrict([]byte(r.Text))
		return string(out), err
	case "values":
		var value any
		if err := sigs.Unmarshal([]byte(r.Text), &value); err != nil {
			return "", err
		}
		return asJSON(value)
	case "marshal":
		return marshal(r.Text)
	case "nodes":
		return nodes(r.Text)
	case "rewrite3":
		return rewrite3(r)
	case "value3":
		return value3(r)
	case "decode3":
		return decode3(r.Text)
	case "kyaml":
		parsed, err := kyaml.Parse(r.Text)
		if err != nil {
			return "", err
		}
		return parsed.String()
	}
	return "", fmt.Errorf("no such op %q", r.Op)
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var r request
			if fault := json.Unmarshal(line, &r); fault != nil {
				_ = encoder.Encode(answer{Error: "bad request: " + fault.Error()})
			} else {
				text, fault := answerTo(r)
				reply := answer{Text: text}
				if fault != nil {
					reply = answer{Error: fault.Error()}
				}
				_ = encoder.Encode(reply)
			}
		}
		if err != nil {
			return
		}
	}
}
