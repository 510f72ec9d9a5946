/** Any file as one value: encrypted it is JSON with the bytes under `data`. */
import { problemError } from "@fairlead/base";
import { Branch } from "../tree.ts";
import { jsonStore } from "./json.ts";
import type { Store } from "./types.ts";

const DATA_KEY = "data";

/** @param indent spaces of one level of the JSON, tabs unless given (stores.json_binary.indent of .sops.yaml) */
export function binaryStore(indent?: number): Store {
  const json = jsonStore(indent);
  return {
    read: (text) => [new Branch([{ key: DATA_KEY, value: text }])],
    write([branch = new Branch([])]) {
      const data = branch.get(DATA_KEY);
      if (typeof data === "string") return data;
      throw problemError("InvalidSopsFile", `no binary data found in tree: it has no text under ${DATA_KEY}`);
    },
    readSealed: (text, file) => json.readSealed(text, file),
    writeSealed: (branches, metadata) => json.writeSealed(branches, metadata),
    writeValue: (value) => (typeof value === "string" ? value : json.writeValue(value)),
  };
}
