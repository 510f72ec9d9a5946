/**
 * Writes src/proto/generated/messages.ts: the field numbers of every message of the built-in kinds, from the .proto files and
 * type declarations of a Go module cache. Facts only: number, JSON name, type, whether zero values count.
 *
 *   node packages/apiserver/scripts/generate-protobuf.ts FOLDER_OF_K8S_IO 0.35.0
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtinResources } from "@fairlead/apimachinery";

const [folder = "", version = ""] = process.argv.slice(2);

interface GoField {
  readonly json: string;
  readonly isInline: boolean;
  readonly isPointer: boolean;
  readonly omitsEmpty: boolean;
}

/** `package.Message` → field number → what the Go declaration says. */
const declared = new Map<string, Map<number, GoField>>();

function readDeclarations(directory: string, protoPackage: string): void {
  for (const file of globSync("*.go", { cwd: directory })) {
    if (file.includes("generated") || file.includes("_test")) continue;
    const text = readFileSync(join(directory, file), "utf8");
    for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      const fields = new Map<number, GoField>();
      for (const line of (body ?? "").split("\n")) {
        const match = /^\s+(?:\w+\s+)?(\S+)\s+`(.*)`/.exec(line);
        const tag = /protobuf:"\w+,(\d+),/.exec(match?.[2] ?? "");
        const json = /json:"([^"]*)"/.exec(match?.[2] ?? "")?.[1];
        if (match === null || tag === null || json === undefined) continue;
        const [jsonName = "", ...flags] = json.split(",");
        fields.set(Number(tag[1]), {
          json: jsonName,
          isInline: flags.includes("inline"),
          isPointer: (match[1] ?? "").startsWith("*"),
          omitsEmpty: flags.includes("omitempty") || flags.includes("omitzero"),
        });
      }
      declared.set(`${protoPackage}.${name}`, fields);
    }
  }
}

/** Field: [number, JSON name ("" for inlined), type, flags]; flags: r repeated, m map, p presence counts, z zero is written. */
type Field = [number, string, string, string];
const messages: Record<string, Field[]> = {};

function readProto(path: string): void {
  const text = readFileSync(path, "utf8").replace(/\/\/.*$/gm, "");
  const protoPackage = /^package (\S+);/m.exec(text)?.[1] ?? "";
  readDeclarations(dirname(path), protoPackage);
  for (const [, name, body] of text.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const key = `${protoPackage}.${name}`;
    const fields: Field[] = [];
    for (const [, label, map, type, protoName, number] of (body ?? "").matchAll(
      /^\s+(optional|repeated)?\s*(?:map<string, ([\w.]+)>|\.?([\w.]+)) (\w+) = (\d+);/gm,
    )) {
      const go = declared.get(key)?.get(Number(number));
      const full = qualify(map ?? type ?? "", protoPackage);
      const flags =
        (label === "repeated" ? "r" : "") +
        (map === undefined ? "" : "m") +
        (go?.isPointer ? "p" : "") +
        (go !== undefined && !go.omitsEmpty && !go.isInline ? "z" : "");
      fields.push([Number(number), go === undefined ? (protoName ?? "") : go.isInline ? "" : go.json, full, flags]);
    }
    messages[key] = fields;
  }
}

const SCALARS = new Set(["string", "bytes", "bool", "int32", "int64", "double", "float"]);

function qualify(type: string, protoPackage: string): string {
  if (SCALARS.has(type)) return type;
  return type.includes(".") ? type.replace(/^\./, "") : `${protoPackage}.${type}`;
}

const served = new Set(builtinResources().map(({ group, version: v }) => `${group.split(".")[0] || "core"}/${v}`));
served.add("internal/none");
for (const path of globSync(`api@v${version}/*/*/generated.proto`, { cwd: folder })) {
  const [, group = "", v = ""] = path.split("/");
  const known = [...served].some((entry) => entry === `${group}/${v}` || (group === "core" && entry === `core/${v}`));
  const alias: Record<string, string> = { rbac: "rbac", flowcontrol: "flowcontrol", discovery: "discovery" };
  if (known || served.has(`${alias[group] ?? ""}/${v}`)) readProto(join(folder, path));
}
readProto(join(folder, `apimachinery@v${version}/pkg/apis/meta/v1/generated.proto`));
readProto(join(folder, `apiextensions-apiserver@v${version}/pkg/apis/apiextensions/v1/generated.proto`));
readProto(join(folder, `kube-aggregator@v${version}/pkg/apis/apiregistration/v1/generated.proto`));

/** Names once, references by index. */
const names = Object.keys(messages).sort();
const index = new Map(names.map((name, position) => [name, position]));
const special = new Set<string>();
const table = names.map((name) =>
  (messages[name] ?? []).map(([number, json, type, flags]) => {
    if (!SCALARS.has(type) && !index.has(type)) special.add(type);
    return [number, json, index.get(type) ?? type, flags];
  }),
);
process.stdout.write(`${names.length} messages; not in the table: ${[...special].join(", ")}\n`);
const target = join(import.meta.dirname, "../src/proto/generated/messages.ts");
mkdirSync(dirname(target), { recursive: true });
const json = JSON.stringify({ names, table });
writeFileSync(
  target,
  `// Written by scripts/generate-protobuf.ts; do not edit.\nexport const MESSAGE_TABLE: string =\n  ${JSON.stringify(json).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replaceAll('\\"', '"')};\n`,
);
