import { EVERYTHING, type Case } from "./common.ts";

/** Each on EVERYTHING. */
const TEMPLATES = String.raw`
plain
{{.name}}
{{ .name -}}   x
x   {{- .name }}
x {{- " y " -}} z
{{- 3}}
{{-3}}
{{/* c */}}x
a {{- /* c */ -}} b
{{ /* c */ }}
{{/* c */ }}
{{/* c}}
{{.}}
{{.missing}}
{{.missing.deeper}}
{{.nothing}}
{{.nothing.x}}
{{.name.x}}
{{.map.nested.deep.deeper}}
{{.map.nested.deep.nope}}
{{.map.nested.nope.nope}}
{{.map.nil.x}}
{{.list.x}}
{{$x := .name}}{{$x.y}}
{{$x := .list}}{{$x.y}}
{{with .name}}{{.y}}{{end}}
{{range .list}}{{.y}}{{end}}
{{range .mixed}}{{.k}}{{end}}
{{(.name).y}}
{{(index .list 0).y}}
{{.one.x}}
{{.float.x}}
{{.yes.x}}
{{.strings.x}}
{{.stringMap.k}}
{{.stringMap.nope}}
{{.stringMap.nope.x}}
{{.stringMap.k.x}}
{{.intMap.x}}
{{.nilMap.x}}
{{.nilMap.x.y}}
{{.nilPair.Name}}
{{.nilPair.Nope}}
{{.nilPair.Greet "x"}}
{{.nilPair}}
{{.pair.Name}} {{.pair.Count}} {{.pair.Any.x}} {{.pair.Nested.Name}} {{.pair.Labels.l}}
{{.pair.Nope}}
{{.pair.hidden}}
{{.pair.Name "x"}}
{{.pair.Greet "you"}}
{{.pair.Greet}}
{{.pair.Greet 1}}
{{"you" | .pair.Greet}}
{{.pair.Fails}}
{{.pair.Total 1}}
{{.pointer.Total}} {{.pointer.Total 1 2}} {{.pointer.Greet "x"}} {{.pointer.Name}}
{{.pair.Nested.Nested.Name}}
{{.name "x"}}
{{"x" | .name}}
{{.map.a 1}}
{{1}} {{-1}} {{1.0}} {{1.5}} {{1e3}} {{1e6}} {{1e20}} {{1e21}} {{0x1F}} {{0o17}} {{017}} {{0b11}} {{1_000}} {{'a'}} {{'\n'}} {{'\x41'}} {{'日'}}
{{+1}} {{+1.5}} {{-0}} {{-0.0}} {{1e-7}} {{.5}} {{5.}} {{0x1p4}} {{0x1.8p1}}
{{1i}} {{1+2i}} {{1.5-2i}} {{1+0i}}
{{9223372036854775807}} {{-9223372036854775808}}
{{9223372036854775808}}
{{18446744073709551615}}
{{18446744073709551616}}
{{1e400}}
{{1__0}}
{{08}}
{{0x}}
{{1x}}
{{'ab'}}
{{''}}
{{'\q'}}
{{"\q"}}
{{"a\tb\n\"q\" \x41 \u00e9 \U0001F600 \101"}}
{{"\xff\xfe" | printf "%q"}}
{{"\xc3\xa9"}}
{{"unterminated}}
{{"multi
line"}}
{{${"`raw \\n string`"}}}
{{${"`raw\nlines`"}}}
{{${"`unterminated"}}}
{{'unterminated}}
{{true}} {{false}}
{{nil}}
{{print nil}}
{{nil.x}}
{{(nil).x}}
{{.}}.x
{{1.x}}
{{"s".x}}
{{true.x}}
{{$.name}} {{$.map.a}}
{{$x}}
{{$x := 1}}{{$x}} {{$x = 2}}{{$x}}
{{$x = 1}}
{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{$x}}{{end}}{{$x}}
{{if true}}{{$y := 1}}{{end}}{{$y}}
{{if true}}{{$y := 1}}{{else}}{{$y}}{{end}}
{{if false}}{{$y := 1}}{{else}}{{$y}}{{end}}
{{with $x := .name}}{{$x}} {{.}}{{end}}
{{with .missing}}x{{else}}y{{end}}
{{with .missing}}x{{else with .name}}{{.}}{{end}}
{{with .missing}}x{{else with .empty}}{{.}}{{else}}z{{end}}
{{with .map}}{{.a}}{{with .nested}}{{.deep}}{{end}}{{$.name}}{{end}}
{{if .name}}t{{end}}{{if .empty}}t{{else}}f{{end}}{{if .zero}}t{{else}}f{{end}}{{if .float}}t{{end}}{{if .nothing}}t{{else}}f{{end}}{{if .list}}t{{end}}{{if .emptyList}}t{{else}}f{{end}}{{if .emptyMap}}t{{else}}f{{end}}{{if .pair}}t{{end}}{{if .nilPair}}t{{else}}f{{end}}
{{if .no}}a{{else if .yes}}b{{else}}c{{end}}
{{if .no}}a{{else if .empty}}b{{else if .zero}}c{{else}}d{{end}}
{{if}}x{{end}}
{{if .name}}x
{{if .name}}x{{else}}y{{else}}z{{end}}
{{end}}
{{else}}
{{range .list}}{{.}},{{end}}
{{range $e := .list}}{{$e}},{{end}}
{{range $i, $e := .list}}{{$i}}={{$e}},{{end}}
{{range $i, $e := .map}}{{$i}}={{$e}},{{end}}
{{range .map}}{{.}},{{end}}
{{range $k, $v := .intMap}}{{$k}}={{$v}},{{end}}
{{range $k, $v := .stringMap}}{{$k}}={{$v}},{{end}}
{{range .emptyList}}x{{else}}none{{end}}
{{range .emptyMap}}x{{else}}none{{end}}
{{range .missing}}x{{else}}none{{end}}
{{range .nothing}}x{{else}}none{{end}}
{{range .nilMap}}x{{else}}none{{end}}
{{range .nilSlice}}x{{else}}none{{end}}
{{range 3}}{{.}}{{end}} {{range $i := 3}}{{$i}}{{end}}{{range 0}}x{{else}}none{{end}}
{{range $i, $x := 3}}{{end}}
{{range .name}}x{{end}}
{{range .float}}x{{end}}
{{range .yes}}x{{end}}
{{range .pair}}x{{end}}
{{range .small}}{{printf "%T" .}}{{end}}
{{range .bytes}}{{.}} {{end}}
{{range .strings}}{{.}} {{end}}{{range $i, $x := .ints}}{{$i}}{{$x}} {{end}}
{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}
{{range .list}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}
{{range .list}}{{range $.numbers}}{{if eq . 1.0}}{{break}}{{end}}{{.}}{{end}}{{.}}{{end}}
{{range .list}}{{break}}{{else}}none{{end}}done
{{break}}
{{continue}}
{{range .list}}{{define "x"}}{{break}}{{end}}{{end}}
{{range .list}}{{break 1}}{{end}}
{{$x := 0}}{{range $x = .list}}{{$x}}{{end}}{{$x}}
{{$i := 0}}{{$x := 0}}{{range $i, $x = .list}}{{$i}}{{$x}}{{end}}{{$i}}{{$x}}
{{range $i, $j, $k := .list}}{{end}}
{{range $i, .list}}{{end}}
{{$x, $y := 1}}
{{range $x}}{{end}}
{{template "nope"}}
{{template "nope" .}}
{{define "t"}}[{{.}}]{{end}}{{template "t"}}{{template "t" .name}}{{template "t" 3}}
{{define "t"}}{{$.name}}{{$x}}{{end}}
{{$x := 1}}{{define "t"}}{{$x}}{{end}}
{{define "t"}}{{.a.b.c}}{{end}}{{template "t" .map}}
{{define "t"}}a{{end}}{{define "t"}}b{{end}}{{template "t"}}
{{define "t"}}a{{end}}{{define "t"}}  {{/* nothing */}} {{end}}{{template "t"}}
{{define "t"}} {{end}}{{define "t"}}b{{end}}{{template "t"}}
{{define t}}x{{end}}
{{define "t"}}x
{{define "a"}}{{define "b"}}x{{end}}{{end}}
{{define "a"}}x{{else}}y{{end}}
{{block "b" .name}}<{{.}}>{{end}}{{template "b" 1}}
{{block "b"}}x{{end}}
{{block "b" .}}{{define "c"}}x{{end}}{{end}}
{{template "r" .}}{{define "r"}}{{.name}}{{template "s" .map}}{{end}}{{define "s"}}{{.nested.nope.nope}}{{end}}
{{template .name}}
{{template "t" 1 2}}{{define "t"}}{{.}}{{end}}
{{template}}
{{ }}
{{
  .name
}}
{{printf "%s"
   .name}}
{{printf "%s" .name
{{.name | }}
{{| .name}}
{{.name | "x"}}
{{.name | 1}}
{{.name | .}}
{{.name | nil}}
{{.name | true}}
{{1 2}}
{{"a" "b"}}
{{. 1}}
{{$x := 1}}{{$x 2}}
{{(1) 2}}
{{.name | (printf "%s")}}
{{nope}}
{{nope 1}}
{{.name | nope}}
{{not}}
{{not 1 2}}
{{len}}
{{and}}
{{or}}
{{print (1)}}
{{print (1}}
{{print 1)}}
{{((((1))))}}
{{@}}
{{#}}
{{.a@b}}
{{a.b}}
{{a-b}}
{{.with-dash}}
{{index . "with-dash"}}
{{.name$}}
{{a:b}}
{{a:=b}}
{{= 1}}
{{.a,.b}}
{{é}}
{{.é}}
{{"é" | len}}
{{.日本}}
{{.name|print}}
{{.name|print|len}}
{{print|len}}
{{print 1 2 "a" "b" 3 4 nil nil true}}
{{print "a" 1 2 "b"}}
{{print .mixed}} {{print .map}}
{{println "a" 1 nil}}
{{and 1 0 2}} {{and 1 2}} {{and 0 (index .list 99)}} {{or 0 "" "x"}} {{or 1 (index .list 99)}} {{or 0 ""}} {{and .name}} {{or .missing .nothing "z"}}
{{1 | and 2}} {{0 | or 0}} {{"" | or "x"}} {{and (or 0 1) (not 0)}}
{{or .missing .nothing}} {{and .missing .nothing}}
{{(or .missing .map).a}}
{{not .name}} {{not .empty}} {{not nil}} {{not .missing}}
{{len .name}} {{len .text}} {{len .list}} {{len .map}} {{len .strings}} {{len .bytes}} {{len .emptyMap}} {{len .nilSlice}} {{len .number}}
{{len .nothing}}
{{len .missing}}
{{len nil}}
{{len 3}}
{{len .pair}}
{{len .nilPair}}
{{index .list 0}} {{index .list .one}} {{index .map "a"}} {{index .map "nested" "deep" "deeper"}} {{index .map "nope"}} {{index .mixed 6 "k"}} {{index .name 0}} {{index .strings 1}} {{index .intMap 10}} {{index .intMap 99}} {{index .stringMap "nope"}} {{index .list}} {{index .bytes 0}}
{{index .list 3}}
{{index .list 4}}
{{index .list -1}}
{{index .list "a"}}
{{index .list nil}}
{{index .list 1.0}}
{{index .map 1}}
{{index .map nil}}
{{index .map "nope" "nope"}}
{{index .map "a" "nope"}}
{{index .nothing "a"}}
{{index .missing "a"}}
{{index nil 1}}
{{index 1 1}}
{{index .name 9}}
{{index .name 10}}
{{index .intMap "x"}}
{{index .nilMap "x"}}
{{index .nilPair "x"}}
{{slice .name 1 3}} {{slice .list 1}} {{slice .list 1 2}} {{slice .list}} {{slice .list 0 1 2}} {{slice .text 0 2}} {{slice .strings 1}} {{slice .bytes 1 2}}
{{slice .name 1 2 3}}
{{slice .list 2 1}}
{{slice .list 0 2 1}}
{{slice .list 9}}
{{slice .list 1 2 3 4}}
{{slice .map 1}}
{{slice nil 1}}
{{slice .list "a"}}
{{eq 1 1}} {{eq "a" "a"}} {{eq 1 2 3 1}} {{eq true true}} {{eq 1.5 1.5}} {{eq .one .unsigned}} {{eq .unsigned 7}} {{eq .huge -1}} {{eq .small 5}} {{eq nil nil}} {{eq .nothing nil}} {{eq .missing nil}} {{eq .missing .nothing}} {{eq .nilMap nil}} {{eq .nothing 1}} {{eq 1 nil}}
{{eq 1 1.0}}
{{eq .one 1.0}}
{{eq 1 "1"}}
{{eq true 1}}
{{eq .list .list}}
{{eq .map .map}}
{{eq .list .map}}
{{eq .list nil}} {{eq .nilSlice .nilSlice}} {{eq .nilMap .nilMap}}
{{eq .pair .pair}}
{{eq .number "12.50"}} {{eq .number .number}}
{{eq 1}}
{{eq}}
{{eq 1i 1i}} {{ne 1i 2i}}
{{ne 1 2}} {{ne 1 1}} {{ne "a" nil}}
{{ne 1}}
{{lt 1 2}} {{lt 2 1}} {{lt "a" "b"}} {{lt 1.5 2.5}} {{lt .unsigned 8}} {{lt -1 .unsigned}} {{le 1 1}} {{gt 2 1}} {{ge 1 1}} {{le "b" "a"}} {{gt .huge 1}} {{lt .big .max}}
{{lt 1 1.5}}
{{lt "a" 1}}
{{lt true false}}
{{lt nil 1}}
{{lt 1 nil}}
{{lt .list .list}}
{{gt .missing 1}}
{{html .html}} {{js .html}} {{urlquery .html}} {{html 1 2 "a"}} {{html .missing}} {{js nil}} {{urlquery "a b&c/d?é~-_."}} {{js "\u2028 é \t \x00 日"}} {{html "a\x00b"}} {{html .map}}
{{call nil}}
{{call .name}}
{{call}}
{{call (adder) 1 2}} {{(adder) | call}}
{{call (adder) 1}}
{{call (adder) "a" 2}}
{{call (adder) nil 2}}
{{call (joiner) "-" "a" "b"}} {{call (joiner) "-"}}
{{call (joiner)}}
{{$f := adder}}{{call $f 3 4}}
{{adder}}
{{.name | call adder 1}}
{{range adder}}{{end}}
{{if adder}}t{{end}}
{{print .}}
{{printf}}
{{printf 1}}
{{printf .name 1}}
{{printf .missing}}
{{printf .nothing}}
{{printf .list}}
{{.name | printf "%s-%s" "x"}}
{{printf "%d" .name | len | printf "%03d"}}
{{.strings}} {{.ints}} {{.bytes}} {{.pair}} {{.pointer}} {{.stringMap}} {{.intMap}} {{.nilMap}} {{.nilSlice}} {{.number}} {{.float32}} {{.tiny}} {{.million}} {{.whole}} {{.big}} {{.huge}} {{.mixed}}
{{print .nilPair}}
{{- /* a */ -}}
text {{- "a" }} more {{ "b" -}} text
{{"a"}}{{- "b" -}}{{"c"}}
{{- "x" -}}

{{- range .list }}
  - {{ . }}
{{- end }}
{{ if .name -}}
  yes
{{- else -}}
  no
{{- end }}
`;

const OTHERS: readonly Case[] = [
  { text: "<<.name>> {{.name}}", left: "<<", right: ">>" },
  { text: "<%- .name -%> x", left: "<%", right: "%>" },
  { text: "<% .name", left: "<%", right: "%>" },
  { text: "{{.a}} {{.a.b}}", data: null },
  { text: "{{.}}", data: null },
  { text: "{{.x}}", data: "text" },
  { text: "{{.}} {{$}}", data: { $int: 3 } },
  { text: "{{range .}}{{.}}{{end}}", data: { $ints: [1, 2] } },
  { text: "{{.x}}", data: ["a"] },
  { text: "{{.Name}} {{.Greet `x`}}", data: { $pair: { Name: "ann" } } },
  { text: "{{.Name}} {{.Total 1}}", data: { $pairPointer: { Name: "ann" } } },
  { text: "{{.Nested.Name}}", data: { $pairPointer: { Name: "ann" } } },
  { text: "{{.Any.x}}", data: { $pairPointer: { Name: "ann" } } },
  { text: "{{.Name}}", data: { $nilPair: 0 } },
  { text: "{{.x}} {{.x.y}}", data: {}, missingKey: "zero" },
  { text: "{{.x}}", data: {}, missingKey: "error" },
  { text: "{{.x.y}}", data: { x: {} }, missingKey: "error" },
  { text: "{{.x.y}}", data: { x: null }, missingKey: "error" },
  { text: "{{.x.y.z}}", data: { x: {} }, missingKey: "zero" },
  { text: "{{.x.y.z}}", data: { x: {} } },
  { text: "{{.k}} {{.nope}}x", data: { $stringMap: { k: "v" } }, missingKey: "zero" },
  { text: "{{.nope}}", data: { $stringMap: { k: "v" } }, missingKey: "error" },
  { text: "{{(index . `x`).y}}", data: {}, missingKey: "error" },
  { text: "{{.x}}", data: null, missingKey: "error" },
  { text: "{{$x := .x}}{{$x.y}}", data: { x: null }, missingKey: "error" },
  { text: '{{template "b"}}', more: [["b", "B"]] },
  {
    text: '{{template "b"}}',
    more: [
      ["b", "B"],
      ["b", "  "],
    ],
  },
  {
    text: '{{template "b"}}',
    more: [
      ["b", " "],
      ["b", "{{/* */}}"],
    ],
  },
  { text: '{{define "b"}}inner{{end}}{{template "b"}}', more: [["b", "later"]] },
  { text: '{{define "b"}}inner{{end}}{{template "b"}}', more: [["c", '{{define "b"}}c{{end}}']] },
  { text: '{{template "b" .}}', more: [["c", 'x\n{{define "b"}}{{.y.z.w}}{{end}}']], data: { y: null } },
  { text: "line1\n  {{ .name.x }}", data: { name: "é" } },
  { text: "é {{ .name.x }}", data: { name: "é" } },
  { text: "{{if .name}}\n{{ printf `%d` \n (index .name 99)}}{{end}}", data: { name: "é" } },
  { text: "{{.a}}{{if}}", more: [["b", "{{"]] },
  { text: "a\nb\n{{.x" },
  { text: "a\nb\n{{.x\n\n| }}" },
  { text: "a\nb\n{{.x\n\n$y }}" },
  { text: "a\n{{if .x}}\n{{else}}\n" },
  { text: "{{range .list}}\n{{end}}{{end}}" },
  { text: '{{ printf\n\n"%s\n" }}' },
  { text: "\n\n{{`\n`}}{{ nope }}" },
  { text: '{{"\n"}}' },
  { text: "{{/*\n*/}}{{nope}}" },
  { text: "x\n{{- /*\n*/ -}}\n{{nope}}" },
];

export const languageCases: readonly Case[] = [
  ...splitTemplates(TEMPLATES).map((text) => ({ text, data: EVERYTHING })),
  ...OTHERS.map((given) => ({ ...given, data: given.data === undefined ? EVERYTHING : given.data })),
  ...splitTemplates(TEMPLATES).map((text) => ({ text, print: true })),
];

/** One template a line, but for those that open an action they do not close on it. */
export function splitTemplates(text: string): string[] {
  return text
    .split("\n")
    .slice(1, -1)
    .filter((line) => line !== "");
}
