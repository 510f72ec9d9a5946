/** Any file as one value: encrypted it is JSON with the bytes under `data`. */
import { problemError } from "@fairlead/base";
import { Branch } from "../tree.ts";
import { jsonStore } from "./json.ts";
import type { Store } from "./types.ts";

const DATA_KEY = "data";
const HINT = "Is this an encrypted binary file? If not, use --output-type to say what it is to be.";

/** @param indent spaces of one level of the JSON, tabs unless given (stores.json_binary.indent of .sops.yaml) */
export function binaryStore(indent?: number): Store {
  const json = jsonStore(indent);
  return {
    read: (text) => [new Branch([{ key: DATA_KEY, value: text }])],
    write([branch = new Branch([])]) {
      const data = branch.get(DATA_KEY);
      if (typeof data === "string") return data;
      const what =
        data === undefined ? "no binary data found in tree" : `'${DATA_KEY}' key in tree does not have a string value`;
      throw problemError("InvalidSopsFile", `error emitting binary store: ${what}\n\n${HINT}`);
    },
    readSealed: (text, file) => json.readSealed(text, file),
    writeSealed: (branches, metadata) => json.writeSealed(branches, metadata),
    writeValue(value) {
      if (typeof value === "string") return value;
      const why = "Binary files are not structured and extracting a single value is not possible";
      throw problemError("InvalidSopsFile", why);
    },
  };
}
