import type { JsonObject } from "@fairlead/base";
import { goQuote, parseVersion } from "@fairlead/gotemplate";
import type { ChartMetadata } from "../chart/types.ts";
import { goType } from "../values/strvals.ts";
import type { Report } from "./types.ts";

const FILE = "Chart.yaml";
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What Helm's linter says about Chart.yaml, one finding a rule. @param raw the file as it is, for the kinds of its values */
export function lintChartFile(metadata: ChartMetadata, raw: JsonObject, report: Report): void {
  const error = (text: string | undefined): void => {
    if (text !== undefined) report("ERROR", FILE, text);
  };
  const { name, icon } = metadata;
  if (name === "") error("name is required");
  else if (name.includes("/")) error(`chart name ${goQuote(name)} is invalid`);
  error(apiVersionFault(raw["apiVersion"]));
  error(kindFault(raw, "version"));
  error(versionFault(metadata.version));
  error(kindFault(raw, "appVersion"));
  error(maintainerFault(metadata));
  const source = (metadata.sources ?? []).find((each) => !isUrl(each));
  if (source !== undefined) error(`invalid source URL '${source}'`);
  if (!icon) report("INFO", FILE, "icon is recommended");
  else if (!isUrl(icon)) error(`invalid icon URL '${icon}'`);
  if (metadata.apiVersion === "v2") return;
  const suffix = `valid in apiVersion 'v2'`;
  if (metadata.type) error(`chart type is not valid in apiVersion '${metadata.apiVersion}'. It is ${suffix}`);
  if (Array.isArray(raw["dependencies"]) && raw["dependencies"].length > 0)
    error(`dependencies are not valid in the Chart file with apiVersion '${metadata.apiVersion}'. They are ${suffix}`);
}

function apiVersionFault(value: unknown): string | undefined {
  const rule = 'The value must be either "v1" or "v2"';
  if (value === undefined || value === null || value === "") return `apiVersion is required. ${rule}`;
  return value === "v1" || value === "v2" ? undefined : `apiVersion '${String(value as string)}' is not valid. ${rule}`;
}

function kindFault(raw: JsonObject, key: string): string | undefined {
  const value = raw[key];
  if (value === undefined || typeof value === "string") return undefined;
  return `${key} should be of type string but it's of type ${value === null ? "<nil>" : goType(value)}`;
}

function versionFault(version: string): string | undefined {
  if (version === "") return "version is required";
  try {
    const { major, minor, patch, prerelease } = parseVersion(version);
    const isZero = [major, minor, patch].every((part) => Number(part) === 0) && prerelease === "0";
    return isZero ? `version ${version} is less than or equal to 0.0.0-0` : undefined;
  } catch {
    return `version '${version}' is not a valid SemVer`;
  }
}

function maintainerFault({ maintainers = [] }: ChartMetadata): string | undefined {
  for (const { name, email, url } of maintainers) {
    if (!name) return "each maintainer requires a name";
    if (email && !EMAIL.test(email)) return `invalid email '${email}' for maintainer '${name}'`;
    if (url && !isUrl(url)) return `invalid url '${url}' for maintainer '${name}'`;
  }
  return undefined;
}

function isUrl(text: string): boolean {
  return URL.canParse(text);
}
