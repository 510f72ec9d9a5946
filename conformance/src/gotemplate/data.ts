import type { GoInt } from "@fairlead/gotemplate";
import {
  ANY,
  fn,
  GoBytes,
  GoFloat32,
  GoFunc,
  GoKeyedMap,
  GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  INT,
  int,
  int64,
  integer,
  mapOf,
  NIL_MAP,
  NIL_SLICE,
  P,
  pointerTo,
  sliceOf,
  STRING,
  STRING_MAP,
  STRING_SLICE,
  timeValue,
  durationValue,
  variadic,
  GoError,
  type FunctionSet,
  type GoType,
} from "@fairlead/gotemplate";

/** The struct Pair of judge/data.go. */
const PAIR: GoType = {
  kind: "struct",
  name: "main.Pair",
  get fields() {
    return [
      { name: "Name", type: STRING },
      { name: "Count", type: INT },
      { name: "Any", type: ANY },
      { name: "Nested", type: PAIR_POINTER },
      { name: "Labels", type: STRING_MAP },
      { name: "hidden", type: INT },
    ];
  },
  methods: {
    Greet: {
      params: [STRING],
      isVariadic: false,
      returns: STRING,
      call: (_, self, [who]) => `${String((self as GoStruct).values["Name"])} greets ${String(who)}`,
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
const PAIR_POINTER: GoType = {
  ...pointerTo(PAIR),
  methods: {
    Total: {
      params: [INT],
      isVariadic: true,
      returns: INT,
      call: (_, self, add) => {
        const { target } = self as GoPointer;
        const count = Number(((target as GoStruct).values["Count"] as GoInt).value);
        return int(add.reduce((sum: number, value) => sum + Number(value), count));
      },
    },
  },
};

type Fields = Record<string, unknown>;

/** JSON with type tags as template data, as judge/data.go decodes it. */
export function decodeData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeData);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0].startsWith("$")) return tagged(first[0].slice(1), first[1]);
  return Object.fromEntries(entries.map(([key, item]) => [key, decodeData(item)]));
}

function tagged(tag: string, value: unknown): unknown {
  switch (tag) {
    case "int":
      return int(BigInt(value as string));
    case "int64":
      return int64(BigInt(value as string));
    case "int8":
    case "int32":
    case "uint":
    case "uint8":
    case "uint64":
      return integer(tag, tag === "uint64" ? BigInt.asUintN(64, BigInt(value as string)) : BigInt(value as string));
    case "float32":
      return new GoFloat32(value as number);
    case "bytes":
      return new GoBytes(Buffer.from(value as string));
    case "strings":
      return new GoSlice(STRING_SLICE, value as string[] | null);
    case "ints":
      return new GoSlice(
        sliceOf(INT),
        (value as number[]).map((item) => int(item)),
      );
    case "stringMap":
      return new GoMap(STRING_MAP, value as Fields);
    case "intMap":
      return new GoKeyedMap(
        mapOf(INT, STRING),
        Object.entries(value as Fields).map(([key, item]) => [int(Number(key)), item]),
      );
    case "nilMap":
      return NIL_MAP;
    case "nilSlice":
      return NIL_SLICE;
    case "nilPair":
      return new GoPointer(PAIR_POINTER, null);
    case "pair":
      return pair(value as Fields);
    case "pairPointer":
      return new GoPointer(PAIR_POINTER, pair(value as Fields));
    case "time": {
      const [, whole = "", fraction = "", offset = "Z"] =
        /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(value as string) ?? [];
      return timeValue(Date.parse(whole + offset) / 1000, Number(fraction.padEnd(9, "0")), offset);
    }
    case "duration":
      return durationValue(BigInt(value as number));
    case "number":
      return new GoNamed(
        { kind: "string", name: "json.Number", text: (self) => String((self as GoNamed).value) },
        value as string,
      );
    default:
      throw new Error(`unknown tag ${tag}`);
  }
}

function pair(fields: Fields): GoStruct {
  const nested = fields["Nested"];
  const labels = fields["Labels"];
  return new GoStruct(PAIR, {
    Name: fields["Name"] ?? "",
    Count: int((fields["Count"] as number | undefined) ?? 0),
    Any: decodeData(fields["Any"]) ?? null,
    Nested: new GoPointer(PAIR_POINTER, nested === undefined ? null : pair(nested as Fields)),
    Labels: new GoMap(STRING_MAP, (labels as Fields | undefined) ?? null),
    hidden: int(0),
  });
}

/** The functions judge/main.go adds: they give functions, for call. */
export const judgeFunctions: FunctionSet = {
  adder: fn([], { kind: "func", name: "func(int, int) int" }, () => {
    return new GoFunc(
      "func(int, int) int",
      fn([P.int, P.int], INT, (_, a, b) => int(a + b)),
    );
  }),
  joiner: fn([], { kind: "func", name: "func(string, ...string) string" }, () => {
    const body = variadic([P.string], P.string, STRING, (_, separator, parts) => parts.join(separator));
    return new GoFunc("func(string, ...string) string", body);
  }),
};
