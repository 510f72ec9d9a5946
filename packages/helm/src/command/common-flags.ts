import { fromBytes } from "@fairlead/gotemplate";
import type { Compat } from "../chart/metadata.ts";
import { collectValues } from "../values/options.ts";
import type { JsonObject } from "@fairlead/base";
import { FlagFault, type FlagSpec, type ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";

/** Where values come from, in every command that takes any. */
export const VALUE_FLAGS: readonly FlagSpec[] = [
  {
    name: "values",
    short: "f",
    kind: "csv",
    help: "values in a YAML file, - is standard input; may be repeated, the last one wins",
  },
  { name: "set", kind: "list", help: "values as key=value,key=value" },
  { name: "set-string", kind: "list", help: "the same, never typed" },
  { name: "set-file", kind: "list", help: "the same, values from the files named" },
  { name: "set-json", kind: "list", help: "the same, values as JSON; or one whole object" },
  { name: "set-literal", kind: "list", help: "one key, and the rest as it is" },
];

export const CHART_FLAGS: readonly FlagSpec[] = [
  { name: "namespace", short: "n", kind: "text", help: "namespace of the release (default)" },
  { name: "kube-version", kind: "text", help: "Kubernetes version for .Capabilities" },
  { name: "skip-schema-validation", kind: "bool", help: "do not check values against the chart's schema" },
  { name: "compat", kind: "text", help: "v3 or v4: in the manner of Helm 3 or Helm 4 (v4)" },
];

const bool = (name: string): FlagSpec => ({ name, kind: "bool", help: NO_EFFECT });
const text = (name: string): FlagSpec => ({ name, kind: "text", help: NO_EFFECT });
const NO_EFFECT = "taken for helm's sake, without effect";

/** helm's settings for all commands, as far as they have no meaning here. */
export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  { name: "debug", kind: "bool", help: "print output that is not YAML too" },
  ...[
    "burst-limit",
    "qps",
    "kube-apiserver",
    "kube-as-user",
    "kube-ca-file",
    "kube-context",
    "kube-tls-server-name",
    "kube-token",
    "kubeconfig",
    "registry-config",
    "repository-cache",
    "repository-config",
    "content-cache",
    "color",
    "colour",
  ].map(text),
  { name: "kube-as-group", kind: "list", help: NO_EFFECT },
  bool("kube-insecure-skip-tls-verify"),
];

/** What `helm template` has from `helm install`, where nothing is installed. */
export const INSTALL_FLAGS: readonly FlagSpec[] = [
  ...[
    "atomic",
    "create-namespace",
    "disable-openapi-validation",
    "force",
    "force-conflicts",
    "force-replace",
    "hide-notes",
    "replace",
    "rollback-on-failure",
    "server-side",
    "take-ownership",
    "wait-for-jobs",
  ].map(bool),
  ...["description", "keyring"].map(text),
  { name: "wait", kind: "text", bare: "watcher", help: NO_EFFECT },
  { name: "timeout", kind: "duration", help: NO_EFFECT },
  { name: "labels", short: "l", kind: "list", help: NO_EFFECT },
];

/** @throws FlagFault */
export function compatOf(flags: ParsedFlags): Compat {
  const given = flags.text("compat") ?? "v4";
  if (given === "v3" || given === "v4") return given;
  throw new FlagFault(`invalid argument ${JSON.stringify(given)} for "--compat" flag: must be v3 or v4`);
}

/** `1.30` → `v1.30`; Helm 4 keeps what a cloud adds for `.Version`, Helm 3 does not. @throws FlagFault */
export function kubeVersionOf(flags: ParsedFlags, compat: Compat): string | undefined {
  const given = flags.text("kube-version");
  if (!given) return undefined;
  const [, numbers, first] = /^\s*v?((\d+)(?:\.\d+)*)/.exec(given) ?? [];
  const bad = (why: string): FlagFault => new FlagFault(`invalid kube version '${given}': ${why}`);
  if (numbers === undefined || first === undefined) throw bad(`could not parse ${JSON.stringify(given)} as version`);
  if (first === numbers) throw bad(`illegal version string ${JSON.stringify(given)}`);
  const plain = numbers.split(".").map(Number).join(".");
  return compat === "v3" ? `v${plain}` : `v${given.replace(/^v/, "")}`;
}

/** @throws ProblemError */
export function valuesOf(flags: ParsedFlags, io: CommandIo, compat: Compat): JsonObject {
  const read = (file: string): string => readText(file.trim() === "-" ? "-" : file, io);
  return collectValues({
    compat,
    // Read when it is its turn, as helm does.
    files: flags.list("values").map((name) => ({
      name,
      get text() {
        return read(name);
      },
    })),
    set: flags.list("set"),
    setString: flags.list("set-string"),
    setFile: flags.list("set-file"),
    setJson: flags.list("set-json"),
    setLiteral: flags.list("set-literal"),
    readFile: read,
  });
}

/** A file's text. @throws Error in Go's words */
export function readText(path: string, io: CommandIo): string {
  if (/^https?:\/\//.test(path)) throw new Error(`${path} is refused: nothing is fetched while rendering; name a file`);
  try {
    return fromBytes(io.readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new Error(`open ${path}: no such file or directory`, { cause: error });
    if (code === "EISDIR") throw new Error(`read ${path}: is a directory`, { cause: error });
    if (code === "EACCES") throw new Error(`open ${path}: permission denied`, { cause: error });
    throw error;
  }
}
