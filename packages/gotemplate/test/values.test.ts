import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ANY,
  fn,
  fromBytes,
  GoError,
  GoFunc,
  GoKeyedMap,
  GoMap,
  GoPointer,
  GoStruct,
  INT,
  int,
  mapOf,
  NIL_MAP,
  NIL_SLICE,
  P,
  pointerTo,
  STRING,
  STRING_MAP,
  sprigFunctions,
  TemplateSet,
  timeValue,
  toBytes,
  toPlain,
  type GoType,
} from "../src/index.ts";
import { run } from "./support/run.ts";

/** A struct with a method, as `.Chart` and `.Capabilities` of Helm are. */
const CHART: GoType = {
  kind: "struct",
  name: "chart.Metadata",
  fields: [
    { name: "Name", type: STRING, json: "name" },
    { name: "Any", type: ANY, json: "any", omitEmpty: true },
  ],
  methods: {
    Is: {
      params: [STRING],
      isVariadic: false,
      returns: STRING,
      call: (_, self, [name]) => `${String((self as GoStruct).values["Name"])}=${String(name)}`,
    },
    Fails: {
      params: [],
      isVariadic: false,
      returns: STRING,
      call: () => {
        throw new GoError("it fails");
      },
    },
  },
};
const chart = new GoStruct(CHART, { Name: "web", Any: null });
const pointer = new GoPointer(pointerTo(CHART), chart);
const nothing = new GoPointer(pointerTo(CHART), null);

const CASES: ReadonlyArray<readonly [template: string, dot: unknown, expected: string]> = [
  ["{{.Name}} {{.Is `x`}} {{.}}", chart, "web web=x {web <nil>}"],
  ["{{.Name}} {{.Is `x`}} {{printf `%+v` .}}", pointer, "web web=x &{Name:web Any:<nil>}"],
  [
    "{{.Nope}}",
    chart,
    'error: template: main:1:2: executing "main" at <.Nope>: can\'t evaluate field Nope in type chart.Metadata',
  ],
  ["{{.Fails}}", chart, 'error: template: main:1:2: executing "main" at <.Fails>: error calling Fails: it fails'],
  [
    "{{.Name}}",
    nothing,
    'error: template: main:1:2: executing "main" at <.Name>: nil pointer evaluating *chart.Metadata.Name',
  ],
  ["{{.Is}}", chart, 'error: template: main:1:2: executing "main" at <.Is>: wrong number of args for Is: want 1 got 0'],
  ["{{if .}}t{{else}}f{{end}} {{toJson .}}", chart, 't {"name":"web"}'],
  [
    "{{.k}} {{.nope}}| {{range $k, $v := .}}{{$k}}={{$v}}{{end}}",
    new GoMap(STRING_MAP, { k: "v" }),
    "v <no value>| k=v",
  ],
  [
    "{{range $k, $v := .}}{{$k}}={{$v}} {{end}}{{index . 2}}",
    new GoKeyedMap(mapOf(INT, STRING), [
      [int(10), "ten"],
      [int(2), "two"],
    ]),
    "2=two 10=ten two",
  ],
  ["{{.}} {{len .}} {{toJson .}} {{range .}}x{{else}}none{{end}}", NIL_SLICE, "[] 0 null none"],
  ["{{.}} {{.x}} {{toJson .}}", NIL_MAP, "map[] <no value> null"],
  [
    "{{.Year}} {{.Weekday}} {{.}}",
    timeValue(1709211845, 500_000_000, "Europe/Berlin"),
    "2024 Thursday 2024-02-29 14:04:05.5 +0100 CET",
  ],
  [
    "{{call . 2}}",
    new GoFunc(
      "func(int) int",
      fn([P.int], INT, (_, n) => int(n * 2)),
    ),
    "4",
  ],
  ["{{range .}}{{.}} {{end}}", counter(), "0 1 2 "],
  ["{{.__proto__}} {{.constructor}} {{hasKey . `__proto__`}}", {}, "<no value> <no value> false"],
  [
    "{{$d := dict `__proto__` 1 `constructor` 2}}{{$d}} {{$d.__proto__}} {{(set $d `__proto__` 3).__proto__}}",
    {},
    "map[__proto__:1 constructor:2] 1 3",
  ],
  [
    '{{mustFromJson `{"__proto__":{"x":1}}`}} {{(fromJson `{"__proto__":1}` | deepCopy).__proto__}}',
    {},
    "map[__proto__:map[x:1]] 1",
  ],
];

function counter(): GoFunc {
  const body = fn([P.any], ANY, () => null);
  return new GoFunc("iter.Seq[int]", body, { values: 1, items: () => [[int(0)], [int(1)], [int(2)]] });
}

describe("Values carry Go's types", () => {
  for (const [template, dot, expected] of CASES) {
    test(`${template} on ${expected}`, () => assert.equal(run(template, dot, sprigFunctions), expected));
  }

  test("prototypes are out of reach, whatever a template sets", () => {
    run(
      "{{$_ := set . `__proto__` (dict `polluted` 1)}}{{$_ := merge (dict) (dict `__proto__` (dict `polluted` 1))}}",
      {},
      sprigFunctions,
    );
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  test("bytes that are no text pass through unharmed", () => {
    const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xa9, 0xc3);
    const set = new TemplateSet({ functions: sprigFunctions }).parse("main", "{{.}}{{trunc 1 `é`}}{{substr 1 2 `é`}}");
    assert.deepEqual([...toBytes(set.execute("main", fromBytes(bytes)))], [...bytes, 0xc3, 0xa9]);
  });

  test("toPlain gives what encoding/json would", () => {
    const value = {
      i: int(2n ** 60n),
      n: NIL_SLICE,
      p: pointer,
      t: timeValue(0),
      m: new GoMap(STRING_MAP, { k: "v" }),
    };
    assert.deepEqual(toPlain(value), {
      i: 2n ** 60n,
      n: null,
      p: { name: "web", any: null },
      t: "1970-01-01T00:00:00Z",
      m: { k: "v" },
    });
  });
});
