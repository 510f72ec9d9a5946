import {
  ANY_MAP,
  BYTES,
  GoBytes,
  GoError,
  GoMap,
  mapOf,
  sliceOf,
  STRING,
  type GoMethod,
  type GoType,
} from "@fairlead/gotemplate";
import { fromBytes } from "@fairlead/gotemplate";
import { encodeYaml } from "@fairlead/yaml";
import type { Compat } from "../chart/metadata.ts";
import type { ChartFile } from "../chart/types.ts";
import { compileGobwas } from "./gobwas.ts";

/** `type files map[string][]byte` of Helm's engine: the chart's own files, and what templates may ask of them. */
export function filesValue(files: readonly ChartFile[], compat: Compat): GoMap {
  const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { name, data } of files) record[name] = new GoBytes(data);
  return new GoMap(compat === "v3" ? FILES_V3 : FILES, record);
}

function bytesOf(receiver: unknown, name: unknown): Uint8Array {
  const found = (receiver as GoMap).record[String(name)];
  return found instanceof GoBytes ? found.bytes : new Uint8Array();
}

function textOf(receiver: unknown, name: unknown): string {
  return fromBytes(bytesOf(receiver, name));
}

function method(
  params: readonly GoType[],
  returns: GoType,
  body: (receiver: GoMap, ...args: unknown[]) => unknown,
): GoMethod {
  return { params, isVariadic: false, returns, call: (_context, receiver, args) => body(receiver as GoMap, ...args) };
}

/** Entries sorted by name, as Go's encoders write maps. */
function entriesOf(receiver: GoMap): [string, Uint8Array][] {
  return Object.keys(receiver.record)
    .sort()
    .map((name) => [name, bytesOf(receiver, name)]);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function toYamlMap(entries: Iterable<readonly [string, string]>): string {
  const map = Object.fromEntries(entries);
  return Object.keys(map).length === 0 ? "{}" : encodeYaml(map).replace(/\n$/, "");
}

const FILES: GoType = {
  ...mapOf(STRING, BYTES),
  name: "engine.files",
  underlying: mapOf(STRING, BYTES),
  methods: {
    Get: method([STRING], STRING, (files, name) => textOf(files, name)),
    GetBytes: method([STRING], BYTES, (files, name) => new GoBytes(bytesOf(files, name))),
    Glob: method([STRING], ANY_MAP, (files, pattern) => glob(files, String(pattern))),
    Lines: method([STRING], sliceOf(STRING), (files, name) => lines(textOf(files, name))),
    AsConfig: method([], STRING, (files) => {
      if (files.isNil) return "";
      return toYamlMap(entriesOf(files).map(([name, data]) => [baseName(name), fromBytes(data)]));
    }),
    AsSecrets: method([], STRING, (files) => {
      if (files.isNil) return "";
      return toYamlMap(entriesOf(files).map(([name, data]) => [baseName(name), Buffer.from(data).toString("base64")]));
    }),
  },
};

/** Helm 3 looks at the last byte of a file that has none. */
const FILES_V3: GoType = {
  ...FILES,
  methods: {
    ...FILES.methods,
    Lines: method([STRING], sliceOf(STRING), (files, name) => {
      const isEmpty = Object.hasOwn(files.record, String(name)) && bytesOf(files, name).length === 0;
      if (isEmpty) throw new GoError("runtime error: index out of range [-1]");
      return lines(textOf(files, name));
    }),
  },
};

/** A pattern that is not well formed matches everything, as in Helm. */
function glob(files: GoMap, pattern: string): GoMap {
  const matches = compileGobwas(pattern) ?? compileGobwas("**");
  const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(files.record)) if (matches?.(name)) record[name] = files.record[name];
  return new GoMap(files.type, record);
}

/** A last line that is empty does not count. */
function lines(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n");
}
