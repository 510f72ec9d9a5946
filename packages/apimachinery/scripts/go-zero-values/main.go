// Prints, for every type of the built-in API groups, the JSON fields that vanish when they hold their zero value although the
// OpenAPI document cannot say so (scalars that are no pointers with `omitempty`, structs with `omitzero`), and those that are
// written as null when they are absent (lists, maps and pointers without `omitempty`, times), or as 0 (quantities).
// Input of scripts/generate-schemas.ts, which only sees the OpenAPI document.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var seen = map[reflect.Type]bool{}
var out = map[string][]string{}
var nulls = map[string][]string{}
var zeros = map[string][]string{}

func main() {
	s := runtime.NewScheme()
	must(scheme.AddToScheme(s))
	must(apiextensions.AddToScheme(s))
	must(apiregistration.AddToScheme(s))
	for _, t := range s.AllKnownTypes() {
		visit(t)
	}
	for _, fields := range []map[string][]string{out, nulls, zeros} {
		for name := range fields {
			sort.Strings(fields[name])
		}
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	must(e.Encode(map[string]any{"omitted": out, "written": nulls, "zero": zeros}))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func visit(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || !strings.HasPrefix(t.PkgPath(), "k8s.io/") {
		return
	}
	seen[t] = true
	path := strings.TrimPrefix(t.PkgPath(), "k8s.io/")
	fields(t, "io.k8s."+strings.ReplaceAll(path, "/", ".")+"."+t.Name())
}

func fields(t reflect.Type, name string) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("json"), ",")
		options := "," + strings.Join(tag[1:], ",") + ","
		if f.Anonymous && (tag[0] == "" || strings.Contains(options, ",inline,")) {
			if f.Type.Kind() == reflect.Struct {
				fields(f.Type, name)
				visit(f.Type)
			}
			continue
		}
		visit(f.Type)
		isOptional := strings.Contains(options, ",omitempty,") || strings.Contains(options, ",omitzero,")
		switch f.Type.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
			if !isOptional {
				nulls[name] = append(nulls[name], tag[0])
			}
		case reflect.Bool, reflect.String, reflect.Int, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
			if strings.Contains(options, ",omitempty,") {
				out[name] = append(out[name], tag[0])
			}
		case reflect.Struct:
			switch {
			case strings.Contains(options, ",omitzero,"):
				out[name] = append(out[name], tag[0])
			case f.Type.Name() == "Quantity":
				zeros[name] = append(zeros[name], tag[0])
			case f.Type.Name() == "Time" || f.Type.Name() == "MicroTime":
				nulls[name] = append(nulls[name], tag[0])
			}
		}
	}
}
