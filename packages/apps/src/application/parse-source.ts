import type { JsonObject } from "@fairlead/base";
import type { Reader } from "../reader.ts";

const TOOLS = ["helm", "kustomize", "directory", "plugin"] as const;

/**
 * Shape of one source (facts/argocd.md §1.1). The values are handed on as written; this only finds what cannot work, all of it.
 * `refs` are the names other sources of the application go by.
 */
export function checkSource(source: JsonObject, path: string, refs: ReadonlySet<string>, reader: Reader): void {
  if (reader.text(source, "repoURL", path) === undefined) {
    reader.fault(`${path}.repoURL`, "is missing", "name the Git, Helm or OCI repository");
  }
  const chart = reader.text(source, "chart", path);
  const ref = reader.text(source, "ref", path);
  const directory = reader.text(source, "path", path);
  reader.string(source, "targetRevision", path);
  reader.string(source, "name", path);
  if (chart === undefined && directory === undefined && ref === undefined) {
    reader.fault(path, "has neither path nor chart", 'set path to a directory of the repository ("." for its root)');
  }
  if (chart !== undefined && ref !== undefined) {
    reader.fault(`${path}.ref`, "cannot be used on a chart", "only Git sources can be referred to");
  }
  if (ref !== undefined && !/^[a-zA-Z0-9_-]+$/.test(ref)) {
    reader.fault(`${path}.ref`, `${JSON.stringify(ref)} may only hold letters, digits, "-" and "_"`);
  }
  const used = TOOLS.filter((tool) => reader.object(source, tool, path) !== undefined);
  if (used.length > 1) reader.fault(path, `has more than one tool: ${used.join(", ")}`, "keep one of them");
  checkHelm(source, path, refs, reader);
  checkKustomize(source, path, reader);
  checkDirectory(source, path, reader);
  checkPlugin(source, path, reader);
}

function checkHelm(source: JsonObject, path: string, refs: ReadonlySet<string>, reader: Reader): void {
  const helm = reader.object(source, "helm", path);
  if (!helm) return;
  const at = `${path}.helm`;
  for (const file of reader.strings(helm, "valueFiles", at)) {
    const ref = /^\$([^/]+)/.exec(file)?.[1];
    if (ref !== undefined && refs.size > 0 && !refs.has(ref) && !ref.startsWith("ARGOCD_") && !ref.startsWith("{")) {
      reader.fault(
        `${at}.valueFiles`,
        `${JSON.stringify(file)} refers to no source`,
        `refs there: ${[...refs].join(", ")}`,
      );
    }
  }
  for (const { value, path: item } of reader.objects(helm, "parameters", at)) {
    if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
    reader.string(value, "value", item);
    reader.boolean(value, "forceString", item);
  }
  for (const { value, path: item } of reader.objects(helm, "fileParameters", at)) {
    if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
    if (reader.text(value, "path", item) === undefined) reader.fault(`${item}.path`, "is missing");
  }
  for (const key of ["values", "releaseName", "version", "namespace", "kubeVersion"]) reader.string(helm, key, at);
  for (const key of ["passCredentials", "ignoreMissingValueFiles", "skipCrds", "skipTests", "skipSchemaValidation"]) {
    reader.boolean(helm, key, at);
  }
  reader.object(helm, "valuesObject", at);
  reader.strings(helm, "apiVersions", at);
}

function checkKustomize(source: JsonObject, path: string, reader: Reader): void {
  const kustomize = reader.object(source, "kustomize", path);
  if (!kustomize) return;
  const at = `${path}.kustomize`;
  for (const key of ["namePrefix", "nameSuffix", "namespace", "version", "kubeVersion"])
    reader.string(kustomize, key, at);
  for (const key of [
    "forceCommonLabels",
    "forceCommonAnnotations",
    "labelWithoutSelector",
    "labelIncludeTemplates",
    "commonAnnotationsEnvsubst",
    "ignoreMissingComponents",
  ]) {
    reader.boolean(kustomize, key, at);
  }
  for (const key of ["images", "components", "apiVersions"]) reader.strings(kustomize, key, at);
  reader.stringMap(kustomize, "commonLabels", at);
  reader.stringMap(kustomize, "commonAnnotations", at);
  for (const { value, path: item } of reader.objects(kustomize, "replicas", at)) {
    if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
    if (!/^\d+$/.test(String(value["count"]))) reader.fault(`${item}.count`, "must be a whole number");
  }
  for (const { value, path: item } of reader.objects(kustomize, "patches", at)) {
    const hasPath = reader.text(value, "path", item) !== undefined;
    const hasPatch = reader.text(value, "patch", item) !== undefined;
    if (hasPath === hasPatch) reader.fault(item, "must have exactly one of path and patch");
  }
}

function checkDirectory(source: JsonObject, path: string, reader: Reader): void {
  const directory = reader.object(source, "directory", path);
  if (!directory) return;
  const at = `${path}.directory`;
  reader.boolean(directory, "recurse", at);
  reader.boolean(directory, "disableExtensionFilter", at);
  reader.string(directory, "include", at);
  reader.string(directory, "exclude", at);
  const jsonnet = reader.object(directory, "jsonnet", at);
  if (!jsonnet) return;
  for (const key of ["extVars", "tlas"]) {
    for (const { value, path: item } of reader.objects(jsonnet, key, `${at}.jsonnet`)) {
      if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
      reader.string(value, "value", item);
      reader.boolean(value, "code", item);
    }
  }
  reader.strings(jsonnet, "libs", `${at}.jsonnet`);
}

function checkPlugin(source: JsonObject, path: string, reader: Reader): void {
  const plugin = reader.object(source, "plugin", path);
  if (!plugin) return;
  const at = `${path}.plugin`;
  reader.string(plugin, "name", at);
  for (const { value, path: item } of reader.objects(plugin, "env", at)) {
    if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
    reader.string(value, "value", item);
  }
  for (const { value, path: item } of reader.objects(plugin, "parameters", at)) {
    if (reader.text(value, "name", item) === undefined) reader.fault(`${item}.name`, "is missing");
  }
}
