import { binaryStore } from "./binary.ts";
import { dotenvStore } from "./dotenv.ts";
import { iniStore } from "./ini.ts";
import { jsonStore } from "./json.ts";
import type { Store } from "./types.ts";
import { yamlStore } from "./yaml.ts";

export type SopsFormat = "yaml" | "json" | "dotenv" | "ini" | "binary";

/** Columns of a level, from `stores` of .sops.yaml. */
export interface StoreSettings {
  readonly yaml?: number;
  readonly json?: number;
  readonly binary?: number;
}

export function storeOf(format: SopsFormat, settings: StoreSettings = {}): Store {
  switch (format) {
    case "yaml":
      return yamlStore(settings.yaml);
    case "json":
      return jsonStore(settings.json);
    case "dotenv":
      return dotenvStore();
    case "ini":
      return iniStore();
    default:
      return binaryStore(settings.binary);
  }
}

const FORMATS: Readonly<Record<string, SopsFormat>> = {
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  env: "dotenv",
  ini: "ini",
};

/** The format a file's name tells; anything else is binary. */
export function formatOf(path: string): SopsFormat {
  const extension = /\.([^./]+)$/.exec(path)?.[1] ?? "";
  return Object.hasOwn(FORMATS, extension) ? (FORMATS[extension] ?? "binary") : "binary";
}

const NAMED = ["yaml", "json", "dotenv", "ini", "binary"] as const;

/** A format by the name flags have for it; nothing for any other, where sops goes by the file's name instead. */
export function formatNamed(name: string | undefined): SopsFormat | undefined {
  return NAMED.find((each) => each === name);
}
