import { problemsOf, readText, type FileTree, type Json, type JsonObject, isJsonObject } from "@fairlead/base";
import { compareVersions, goQuote, parseRequestUrl, parseVersion } from "@fairlead/gotemplate";
import { decodeDocuments, decodeYaml } from "@fairlead/yaml";
import { decodeFields, UNMARSHALLING, type GivenMetadata } from "../chart/metadata.ts";
import { goType } from "../values/strvals.ts";
import type { Report } from "./types.ts";

const FILE = "Chart.yaml";
const FIELDS = new Set([
  "name",
  "home",
  "sources",
  "version",
  "description",
  "keywords",
  "maintainers",
  "icon",
  "apiVersion",
  "condition",
  "tags",
  "appVersion",
  "deprecated",
  "annotations",
  "kubeVersion",
  "dependencies",
  "type",
]);
const DEPENDENCY_FIELDS = new Set([
  "name",
  "version",
  "repository",
  "condition",
  "tags",
  "enabled",
  "import-values",
  "alias",
]);
const MAINTAINER_FIELDS = new Set(["name", "email", "url"]);
const EMAIL =
  /^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.\u00A0-\uFFEF-]+(?<!\.)@([a-zA-Z0-9\u00A0-\uFFEF]([a-zA-Z0-9._~\u00A0-\uFFEF-]*[a-zA-Z0-9\u00A0-\uFFEF])?\.)+[a-zA-Z\u00A0-\uFFEF]([a-zA-Z0-9_~\u00A0-\uFFEF-]*[a-zA-Z\u00A0-\uFFEF])?\.?$/;
const WEB =
  /^((ftp|tcp|udp|wss?|https?):\/\/)?(\S+(:\S*)?@)?(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9\u00A1-\uFFFF][a-zA-Z0-9\u00A1-\uFFFF_.-]*)\.?(:\d{1,5})?([/?#]\S*)?$/;

/** What Helm's linter says about Chart.yaml, one finding a rule. */
export function lintChartFile(tree: FileTree, compat: "v3" | "v4", report: Report): void {
  const error = (text: string | undefined): void => {
    if (text !== undefined) report("ERROR", FILE, text);
  };
  if (tree.stat(FILE)?.kind === "directory") error("should be a file, not a directory");
  const text = tree.stat(FILE)?.kind === "file" ? readText(tree, FILE) : "";
  let given: GivenMetadata;
  let raw: Json;
  try {
    given = decodeFields(text, FILE, "", compat);
    raw = decodeYaml(text);
  } catch (fault) {
    const message = problemsOf(fault)[0]?.message ?? "";
    return error(`unable to parse YAML\n\t${message}`);
  }
  const object = isJsonObject(raw) ? raw : {};
  if (compat === "v4") {
    const fault = strictFault(text, object);
    if (fault !== undefined) report("WARNING", FILE, `failed to strictly parse chart metadata file\n\t${fault}`);
  }
  const { name = "", icon, sources = [], type, dependencies = [], apiVersion = "" } = given;
  if (name === "") error("name is required");
  else if (name.includes("/")) error(`chart name ${goQuote(name)} is invalid`);
  error(apiVersionFault(apiVersion));
  error(kindFault(object, "version"));
  error(versionFault(given.version ?? "", compat));
  error(kindFault(object, "appVersion"));
  error(maintainerFault(given));
  const source = sources.find((each) => !isRequestUrl(each));
  if (source !== undefined) error(`invalid source URL '${source}'`);
  if (!icon) report("INFO", FILE, "icon is recommended");
  else if (!isRequestUrl(icon)) error(`invalid icon URL '${icon}'`);
  const suffix = `valid in apiVersion 'v2'`;
  if (type && apiVersion !== "v2") error(`chart type is not valid in apiVersion '${apiVersion}'. It is ${suffix}`);
  if (dependencies.length > 0 && apiVersion !== "v2")
    error(`dependencies are not valid in the Chart file with apiVersion '${apiVersion}'. They are ${suffix}`);
  if (compat === "v4" && !isStrictVersion(given.version ?? ""))
    report("WARNING", FILE, `version '${given.version ?? ""}' is not a valid SemVerV2`);
}

function apiVersionFault(value: string): string | undefined {
  const rule = 'The value must be either "v1" or "v2"';
  if (value === "") return `apiVersion is required. ${rule}`;
  return value === "v1" || value === "v2" ? undefined : `apiVersion '${value}' is not valid. ${rule}`;
}

function kindFault(raw: JsonObject, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined || typeof value === "string") return undefined;
  return `${key} should be of type string but it's of type ${value === null ? "<nil>" : goType(value)}`;
}

const ZERO = "0.0.0-0";

function versionFault(version: string, compat: "v3" | "v4"): string | undefined {
  if (version === "") return "version is required";
  try {
    const isZero = compareVersions(parseVersion(version), parseVersion(ZERO)) <= 0;
    const show = (text: string): string => (compat === "v4" ? goQuote(text) : text);
    return isZero ? `version ${show(version)} is less than or equal to ${show(ZERO)}` : undefined;
  } catch {
    return `version '${version}' is not a valid SemVer`;
  }
}

function isStrictVersion(version: string): boolean {
  const part = "(?:0|[1-9]\\d*)";
  const pre = `(?:${part}|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
  return new RegExp(
    `^${part}\\.${part}\\.${part}(?:-${pre}(?:\\.${pre})*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
  ).test(version);
}

/** Keys that come twice, then fields that nothing reads, in the words of sigs.k8s.io/yaml's strict reader. */
function strictFault(text: string, object: JsonObject): string | undefined {
  const { problems } = decodeDocuments(text, { uniqueKeys: true });
  const [problem] = problems;
  if (problem)
    return `error converting YAML to JSON: ${problem.message.replace(/^error converting YAML to JSON: /, "")}`;
  const unknown = (map: Json | undefined, fields: ReadonlySet<string>): string[] =>
    isJsonObject(map)
      ? Object.keys(map)
          .sort()
          .filter((key) => !hasField(fields, key))
      : [];
  const inList = (key: string, fields: ReadonlySet<string>): string[] => {
    const list = object[key];
    return Array.isArray(list) ? list.flatMap((item) => unknown(item, fields)) : [];
  };
  for (const key of Object.keys(object).sort()) {
    const found = hasField(FIELDS, key)
      ? key === "dependencies"
        ? inList(key, DEPENDENCY_FIELDS)
        : key === "maintainers"
          ? inList(key, MAINTAINER_FIELDS)
          : []
      : [key];
    if (found[0] !== undefined) return `${UNMARSHALLING}json: unknown field ${goQuote(found[0])}`;
  }
  return undefined;
}

/** encoding/json minds no case. */
function hasField(fields: ReadonlySet<string>, key: string): boolean {
  if (fields.has(key)) return true;
  const lower = key.toLowerCase();
  return [...fields].some((field) => field.toLowerCase() === lower);
}

function maintainerFault({ maintainers = [] }: GivenMetadata): string | undefined {
  for (const maintainer of maintainers) {
    if (!maintainer) return "a maintainer entry is empty";
    const { name, email, url } = maintainer;
    if (!name) return "each maintainer requires a name";
    if (email && !EMAIL.test(email)) return `invalid email '${email}' for maintainer '${name}'`;
    if (url && !isWebAddress(url)) return `invalid url '${url}' for maintainer '${name}'`;
  }
  return undefined;
}

/** With a scheme; Go takes what a browser would not, `oci:x` and a path without a host among it. */
function isRequestUrl(text: string): boolean {
  try {
    return parseRequestUrl(text).scheme !== "";
  } catch {
    return false;
  }
}

function isWebAddress(text: string): boolean {
  return text.length > 3 && text.length < 2083 && !text.startsWith(".") && WEB.test(text) && /\.|:\/\//.test(text);
}
