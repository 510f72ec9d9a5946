/** What `kustomize build` was asked for. */
export interface BuildFlags {
  readonly path: string;
  readonly output: string;
  readonly restrict: boolean;
  readonly reorder: "legacy" | "none" | undefined;
  readonly enableHelm: boolean;
  readonly helmKubeVersion: string;
  readonly helmApiVersions: readonly string[];
  readonly managedByLabel: boolean;
  readonly wantsAlphaPlugins: boolean;
  readonly help: boolean;
  /** Lines for standard error about deprecated flags, in the order in which these were given. */
  readonly notes: readonly string[];
}

type FlagKind = "bool" | "string" | "list";

interface Flag {
  readonly kind: FlagKind;
  readonly short?: string;
  readonly deprecated?: string;
}

/** The real tool's flags. Those of container functions are known, and have nothing to act on here. */
const FLAGS: Readonly<Record<string, Flag>> = {
  output: { kind: "string", short: "o" },
  "load-restrictor": { kind: "string" },
  reorder: { kind: "string", deprecated: "use the new 'sortOptions' field in kustomization.yaml instead." },
  "enable-helm": { kind: "bool" },
  "helm-command": { kind: "string" },
  "helm-api-versions": { kind: "list" },
  "helm-kube-version": { kind: "string" },
  "helm-debug": { kind: "bool" },
  "enable-managedby-label": {
    kind: "bool",
    deprecated:
      "The flag `enable-managedby-label` has been deprecated. " +
      "Use the `managedByLabel` option in the `buildMetadata` field instead.",
  },
  "enable-alpha-plugins": { kind: "bool" },
  "enable-exec": { kind: "bool" },
  network: { kind: "bool" },
  "network-name": { kind: "string" },
  mount: { kind: "list" },
  env: { kind: "list", short: "e" },
  "as-current-user": { kind: "bool" },
  "stack-trace": { kind: "bool" },
  help: { kind: "bool", short: "h" },
};

const RESTRICTORS = ["LoadRestrictionsRootOnly", "LoadRestrictionsNone"];

/** Thrown for arguments that are not understood; the message is the real tool's. */
export class FlagFault extends Error {}

/** Reads the arguments behind `build`. @throws FlagFault */
export function parseBuildFlags(args: readonly string[]): BuildFlags {
  const values = new Map<string, string[]>();
  const notes: string[] = [];
  const paths = readArguments(args, values, notes);
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const isSet = (name: string): boolean => last(name) === "true";
  const restrictor = last("load-restrictor") ?? "";
  const reorder = last("reorder");
  if (!isSet("help")) check(paths, restrictor, reorder, notes);
  return {
    path: paths[0] ?? ".",
    output: last("output") ?? "",
    restrict: restrictor !== "LoadRestrictionsNone",
    reorder: reorder as BuildFlags["reorder"],
    enableHelm: isSet("enable-helm"),
    helmKubeVersion: last("helm-kube-version") ?? "",
    helmApiVersions: values.get("helm-api-versions") ?? [],
    managedByLabel: isSet("enable-managedby-label"),
    wantsAlphaPlugins: isSet("enable-alpha-plugins") || isSet("enable-exec"),
    help: isSet("help"),
    notes,
  };
}

/** A fault that comes after notes on deprecated flags have been printed. */
export class CheckedFault extends FlagFault {
  readonly notes: readonly string[];

  constructor(message: string, notes: readonly string[]) {
    super(message);
    this.notes = notes;
  }
}

function check(
  paths: readonly string[],
  restrictor: string,
  reorder: string | undefined,
  notes: readonly string[],
): void {
  if (paths.length > 1) throw new CheckedFault("specify one path to kustomization.yaml", notes);
  if (restrictor !== "" && !RESTRICTORS.includes(restrictor)) {
    const legal = `legal values: [${RESTRICTORS.join(" ")}]`;
    throw new CheckedFault(`illegal flag value --load-restrictor ${restrictor}; ${legal}`, notes);
  }
  if (reorder !== undefined && reorder !== "legacy" && reorder !== "none") {
    throw new CheckedFault(`illegal flag value --reorder ${reorder}; legal values: [legacy none]`, notes);
  }
}

function readArguments(args: readonly string[], values: Map<string, string[]>, notes: string[]): string[] {
  const paths: string[] = [];
  const queue = [...args];
  for (let argument = queue.shift(); argument !== undefined; argument = queue.shift()) {
    if (argument === "--") return [...paths, ...queue];
    if (!argument.startsWith("-") || argument === "-") paths.push(argument);
    else if (argument.startsWith("--")) readLong(argument, queue, values, notes);
    else readShort(argument, queue, values, notes);
  }
  return paths;
}

function readLong(argument: string, queue: string[], values: Map<string, string[]>, notes: string[]): void {
  const equals = argument.indexOf("=");
  const name = argument.slice(2, equals < 0 ? undefined : equals);
  const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
  if (!flag) throw new FlagFault(`unknown flag: --${name}`);
  let value = equals < 0 ? undefined : argument.slice(equals + 1);
  if (value === undefined && flag.kind !== "bool") {
    value = queue.shift();
    if (value === undefined) throw new FlagFault(`flag needs an argument: --${name}`);
  }
  set(name, flag, value ?? "true", `--${name}`, values, notes);
}

/** `-o file`, `-ofile`, `-o=file`. */
function readShort(argument: string, queue: string[], values: Map<string, string[]>, notes: string[]): void {
  const letter = argument[1] ?? "";
  const found = Object.entries(FLAGS).find(([, { short }]) => short === letter);
  if (!found) throw new FlagFault(`unknown shorthand flag: '${letter}' in ${argument}`);
  const [name, flag] = found;
  let value: string | undefined = argument.slice(2).replace(/^=/, "");
  if (flag.kind === "bool") value = "true";
  else if (argument.length === 2) value = queue.shift();
  if (value === undefined) throw new FlagFault(`flag needs an argument: '${letter}' in ${argument}`);
  set(name, flag, value, `-${letter}, --${name}`, values, notes);
}

function set(
  name: string,
  flag: Flag,
  value: string,
  shown: string,
  values: Map<string, string[]>,
  notes: string[],
): void {
  const text = flag.kind === "bool" ? parseBool(value, shown) : value;
  if (flag.deprecated) notes.push(`Flag --${name} has been deprecated, ${flag.deprecated}`);
  values.set(name, [...(values.get(name) ?? []), text]);
}

function parseBool(value: string, shown: string): string {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(value)) return "true";
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) return "false";
  const parsing = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
  throw new FlagFault(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${parsing}`);
}
