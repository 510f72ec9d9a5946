import { problemError } from "@fairlead/base";
import { formatFloat, fromBytes, toBytes } from "@fairlead/gotemplate";
import { entryText, parseJsonText, type JsonNode } from "../values/json-text.ts";
import type { Entries } from "../values/keys.ts";

/** Members of a JSON object as entries: texts as they are, everything else as the JSON it was sent as. @throws ProblemError */
export function rawMap(bytes: Uint8Array, key: string): Entries {
  const node = parseJsonText(fromBytes(bytes));
  if (node?.kind !== "object") throw notAnObject(key);
  return new Map(
    [...node.members].map(([name, value]) => [name, toBytes(value.kind === "string" ? value.text : value.raw)]),
  );
}

/** Members as Go's generic JSON gives them: numbers as the shortest decimal, null as nothing, the rest as compact JSON. */
export function genericMap(node: JsonNode | undefined, key: string): Entries {
  if (node?.kind !== "object") throw notAnObject(key);
  return new Map([...node.members].map(([name, value]) => [name, toBytes(genericText(value))]));
}

export function genericText(node: JsonNode): string {
  return node.kind === "number" ? formatFloat(Number(node.raw), "f", -1) : entryText(node);
}

function notAnObject(key: string): Error {
  return problemError(
    "InvalidRemoteValue",
    `the secret ${JSON.stringify(key)} is not a JSON object, so no map can be taken from it`,
  );
}
