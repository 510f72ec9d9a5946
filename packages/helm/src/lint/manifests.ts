import { isJsonObject, type Json } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import { decodeDocuments } from "@fairlead/yaml";
import type { Chart } from "../chart/types.ts";
import type { Report } from "./types.ts";

const EXTENSIONS = [".yaml", ".yml", ".tpl", ".txt"];
const WITH_SELECTOR = new Set(["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"]);
const WITH_PATH_NAMES = new Set(["role", "clusterrole", "rolebinding", "clusterrolebinding"]);
const ALPHANUMERIC = "must start and end with an alphanumeric character";
/** Kubernetes' rules for names: the expression, and what its library says when it does not fit. */
const SUBDOMAIN = {
  rule: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${ALPHANUMERIC} (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
} as const;
const LABEL_1123 = {
  rule: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${ALPHANUMERIC} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
} as const;
const LABEL_1035 = {
  rule: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
  text: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
} as const;
const PATH_SEGMENT = { rule: /^(?!\.{1,2}$)[^/%]*$/, text: "may not be '.' or '..', nor contain '/' or '%'" } as const;

/** What Helm's linter says about templates and what they gave. Output that is not YAML ends it, as in Helm. */
export function lintManifests(chart: Chart, rendered: ReadonlyMap<string, string>, report: Report): void {
  for (const { name, data } of chart.templates) {
    const extension = /\.[^./]*$/.exec(name)?.[0] ?? "";
    const text = Buffer.from(data).toString("utf8");
    if (!EXTENSIONS.includes(extension))
      report("ERROR", name, `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`);
    if (/"?helm\.sh\/hook"?:\s+crd-install/.test(text))
      report("WARNING", name, "manifest is a crd-install hook, which Helm no longer knows; CRDs belong into crds/");
    if (/\.Release\.Time/.test(text)) report("ERROR", name, ".Release.Time is gone; use the `now` function");
    const output = rendered.get(`${chart.metadata.name}/${name}`) ?? "";
    if (extension !== ".yaml" || output.trim() === "") continue;
    const first = output.split("\n").find((line) => line.trim() !== "") ?? "";
    if (/^[ \t]/.test(first))
      report(
        "WARNING",
        name,
        `document starts with an illegal indent: ${goQuote(first)}, which may cause parsing problems`,
      );
    const { documents, problems } = decodeDocuments(output, { file: name });
    const [problem] = problems;
    if (problem)
      return report("ERROR", name, `unable to parse YAML: error converting YAML to JSON: ${problem.message}`);
    for (const { value } of documents) lintObject(name, value, output, report);
  }
}

function lintObject(path: string, value: Json, output: string, report: Report): void {
  if (!isJsonObject(value)) return;
  const { kind, metadata } = value;
  const given = isJsonObject(metadata) ? metadata["name"] : undefined;
  // Go reads a scalar of another kind as its text.
  const name = given === undefined || given === null || typeof given === "object" ? "" : String(given);
  const wanted = nameRule(String(kind).toLowerCase());
  if (wanted && !wanted.rule.test(name)) {
    const own = goQuote(name);
    const fault = `metadata.name: Invalid value: ${own}: ${wanted.text}`;
    report("WARNING", path, `object name does not conform to Kubernetes naming requirements: ${own}: ${fault}`);
  }
  if (WITH_SELECTOR.has(String(kind)) && !/matchLabels|matchExpressions/.test(output))
    report(
      "ERROR",
      path,
      `a ${String(kind)} must contain matchLabels or matchExpressions, and ${goQuote(name)} does not`,
    );
}

function nameRule(kind: string): { readonly rule: RegExp; readonly text: string } | undefined {
  if (kind === "certificatesigningrequest") return undefined;
  if (WITH_PATH_NAMES.has(kind)) return PATH_SEGMENT;
  if (kind === "service") return LABEL_1035;
  return kind === "namespace" ? LABEL_1123 : SUBDOMAIN;
}
