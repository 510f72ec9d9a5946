/** Data most cases are executed on: every kind under a name. */
export const EVERYTHING = {
  name: "fair lead",
  empty: "",
  one: { $int: 1 },
  zero: { $int: 0 },
  minus: { $int: -42 },
  big: { $int64: "9007199254740993" },
  max: { $int64: "9223372036854775807" },
  small: { $int8: 5 },
  byte: { $uint8: 200 },
  unsigned: { $uint: 7 },
  huge: { $uint64: "-1" },
  float: 1.5,
  whole: 3,
  million: 1234567,
  tiny: 0.000001234,
  float32: { $float32: 0.1 },
  yes: true,
  no: false,
  nothing: null,
  list: ["a", "b", "c"],
  numbers: [3, 1, 2],
  mixed: [{ $int: 1 }, 2.5, "three", null, true, ["x"], { k: "v" }],
  emptyList: [],
  map: { b: { $int: 2 }, a: { $int: 1 }, nested: { deep: { deeper: "treasure" } }, nil: null },
  emptyMap: {},
  strings: { $strings: ["x", "y"] },
  nilStrings: { $strings: null },
  ints: { $ints: [1, 2, 3] },
  stringMap: { $stringMap: { k: "v", a: "b" } },
  intMap: { $intMap: { "2": "two", "1": "one", "10": "ten" } },
  nilMap: { $nilMap: 0 },
  nilSlice: { $nilSlice: 0 },
  nilPair: { $nilPair: 0 },
  pair: { $pair: { Name: "ann", Count: 3, Any: { x: 1 }, Nested: { Name: "bob" }, Labels: { l: "1" } } },
  plain: { $pair: { Name: "ann", Count: 3, Any: { x: 1 }, Labels: { l: "1" } } },
  pointer: { $pairPointer: { Name: "cat", Count: 4 } },
  bytes: { $bytes: "raw é" },
  number: { $number: "12.50" },
  text: "Ünïcödé 日本 😀",
  lines: "one\ntwo\n\nthree",
  html: `<a href="x">'&'</a>`,
  "with-dash": "dashed",
} as const;

export interface Case {
  readonly text: string;
  readonly data?: unknown;
  readonly missingKey?: "default" | "zero" | "error";
  readonly left?: string;
  readonly right?: string;
  readonly more?: ReadonlyArray<readonly [name: string, text: string]>;
  readonly print?: boolean;
}
