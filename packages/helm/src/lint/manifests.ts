import { isJsonObject, problemsOf } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import { decodeYaml } from "@fairlead/yaml";
import type { Chart } from "../chart/types.ts";
import { deprecationOf } from "./deprecations.ts";
import { readObjects, type LintedObject } from "./documents.ts";
import { nameFault } from "./names.ts";
import type { Report } from "./types.ts";

const EXTENSIONS = [".yaml", ".yml", ".tpl", ".txt"];
const WITH_SELECTOR = new Set(["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"]);
const KEPT = "helm.sh/resource-policy";

interface Rules {
  readonly compat: "v3" | "v4";
  readonly kubeVersion?: string | undefined;
}

/** What Helm's linter says about templates and what they gave. Output that is not YAML ends it, as in Helm. */
export function lintManifests(chart: Chart, rendered: ReadonlyMap<string, string>, rules: Rules, report: Report): void {
  for (const { name, data } of chart.templates) {
    const extension = /\.[^./]*$/.exec(name)?.[0] ?? "";
    if (!EXTENSIONS.includes(extension))
      report("ERROR", name, `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`);
    if (rules.compat === "v3") lintRemains(name, Buffer.from(data).toString("utf8"), report);
    const isYaml = rules.compat === "v3" ? extension === ".yaml" : /^\.ya?ml$/i.test(extension);
    const output = rendered.get(`${chart.metadata.name}/${name}`) ?? "";
    if (!isYaml || output.trim() === "") continue;
    const first = output.split("\n").find((line) => line.trim() !== "") ?? "";
    if (/^[ \t]/.test(first))
      report(
        "WARNING",
        name,
        `document starts with an illegal indent: ${goQuote(first)}, which may cause parsing problems`,
      );
    const { objects, fault } = readObjects(output, rules.compat);
    for (const object of objects) lintObject(name, object, output, rules, report);
    if (fault !== undefined) return report("ERROR", name, `unable to parse YAML: ${fault}`);
  }
}

/** What charts for Helm 2 may still have. */
function lintRemains(path: string, template: string, report: Report): void {
  if (/"?helm\.sh\/hook"?:\s+crd-install/.test(template))
    report(
      "WARNING",
      path,
      "manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart",
    );
  if (template.includes(".Release.Time"))
    report(
      "ERROR",
      path,
      ".Release.Time has been removed in v3, please replace with the `now` function in your templates",
    );
}

function lintObject(path: string, object: LintedObject, output: string, rules: Rules, report: Report): void {
  const { apiVersion, kind, name } = object;
  const fault = nameFault(kind, name);
  if (fault !== undefined) report("WARNING", path, fault);
  const deprecation = deprecationOf(apiVersion, kind, rules.compat, rules.kubeVersion);
  if (deprecation !== undefined) report("WARNING", path, deprecation);
  if (WITH_SELECTOR.has(kind) && !/matchLabels|matchExpressions/.test(output))
    report("ERROR", path, `a ${kind} must contain matchLabels or matchExpressions, and ${goQuote(name)} does not`);
  if (kind === "List") lintList(path, output, rules, report);
}

/** An annotation of an item has no effect where Helm sees one object. */
function lintList(path: string, output: string, { compat }: Rules, report: Report): void {
  try {
    const list = decodeYaml(output);
    const items = isJsonObject(list) && Array.isArray(list["items"]) ? list["items"] : [];
    const isKept = items.some((item) => {
      const metadata = isJsonObject(item) ? item["metadata"] : undefined;
      const annotations = isJsonObject(metadata) ? metadata["annotations"] : undefined;
      return isJsonObject(annotations) && Object.hasOwn(annotations, KEPT);
    });
    if (isKept)
      report("ERROR", path, `${compat === "v3" ? "A" : "a"}nnotation '${KEPT}' within List objects are ignored`);
  } catch (error) {
    report("ERROR", path, `unable to parse YAML: ${problemsOf(error)[0]?.message}`);
  }
}
