import { isJsonObject, type Json } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import { decodeDocuments } from "@fairlead/yaml";
import type { Chart } from "../chart/types.ts";
import type { Report } from "./types.ts";

const EXTENSIONS = [".yaml", ".yml", ".tpl", ".txt"];
const WITH_SELECTOR = new Set(["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"]);
const WITH_PATH_NAMES = new Set(["role", "clusterrole", "rolebinding", "clusterrolebinding"]);
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_1123 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

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
    if (problem) return report("ERROR", name, `unable to parse YAML: ${problem.message}`);
    for (const { value } of documents) lintObject(name, value, output, report);
  }
}

function lintObject(path: string, value: Json, output: string, report: Report): void {
  if (!isJsonObject(value)) return;
  const { kind, metadata } = value;
  const name = isJsonObject(metadata) && typeof metadata["name"] === "string" ? metadata["name"] : "";
  if (!isGoodName(String(kind).toLowerCase(), name))
    report("WARNING", path, `object name does not conform to Kubernetes naming requirements: ${goQuote(name)}`);
  if (WITH_SELECTOR.has(String(kind)) && !/matchLabels|matchExpressions/.test(output))
    report(
      "ERROR",
      path,
      `a ${String(kind)} must contain matchLabels or matchExpressions, and ${goQuote(name)} does not`,
    );
}

function isGoodName(kind: string, name: string): boolean {
  if (kind === "certificatesigningrequest") return true;
  if (WITH_PATH_NAMES.has(kind)) return name !== "." && name !== ".." && !/[/%]/.test(name);
  if (kind === "service") return LABEL_1035.test(name);
  return kind === "namespace" ? LABEL_1123.test(name) : SUBDOMAIN.test(name);
}
