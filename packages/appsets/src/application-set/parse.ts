import { isJsonObject, type Json, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, refOf, type KubeObject } from "@fairlead/apimachinery";
import type { ApplicationSetSpec, Generator } from "./types.ts";

/** What this version generates from; the other generators of Argo CD are named, so that the message can tell a typo from a gap. */
const OTHER_GENERATORS = [
  "clusters",
  "git",
  "scmProvider",
  "clusterDecisionResource",
  "pullRequest",
  "matrix",
  "merge",
  "plugin",
];

/** The spec as a typed value, with every fault at once. */
export function parseApplicationSet(set: KubeObject): { spec: ApplicationSetSpec; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const object = describeRef(refOf(set));
  const fault = (code: string, message: string, hint?: string): void =>
    void problems.push({ code, message, object, hint });

  const spec = isJsonObject(set["spec"]) ? set["spec"] : {};
  const template = isJsonObject(spec["template"]) ? spec["template"] : {};
  if (!isJsonObject(template["metadata"])) fault("InvalidApplicationSet", "spec.template.metadata is missing");
  if (!isJsonObject(template["spec"])) fault("InvalidApplicationSet", "spec.template.spec is missing");
  if (spec["goTemplate"] === true) fault("UnsupportedGenerator", "spec.goTemplate is not available in this version");
  const listed = Array.isArray(spec["generators"]) ? spec["generators"] : [];
  if (listed.length === 0) fault("InvalidApplicationSet", "spec.generators is empty");
  const generators = listed.flatMap((entry, index) => parseGenerator(entry, `spec.generators[${index}]`, fault));
  const policy = isJsonObject(spec["syncPolicy"]) ? spec["syncPolicy"] : {};
  const preserveResourcesOnDeletion = policy["preserveResourcesOnDeletion"] === true;
  return { spec: { generators, template, preserveResourcesOnDeletion }, problems };
}

type Fault = (code: string, message: string, hint?: string) => void;

function parseGenerator(entry: Json | undefined, path: string, fault: Fault): Generator[] {
  const generator = isJsonObject(entry) ? entry : {};
  const list = generator["list"];
  if (isJsonObject(list)) return [{ type: "list", path: `${path}.list`, elements: parseElements(list, path, fault) }];
  const known = OTHER_GENERATORS.find((name) => name in generator);
  if (known) fault("UnsupportedGenerator", `${path}.${known}: this generator is not available in this version`);
  else
    fault("UnsupportedGenerator", `${path}: no generator of Argo CD among ${JSON.stringify(Object.keys(generator))}`);
  return [];
}

function parseElements(list: JsonObject, path: string, fault: Fault): JsonObject[] {
  const elements = list["elements"] ?? [];
  if (!Array.isArray(elements)) {
    fault("InvalidApplicationSet", `${path}.list.elements is not a list`);
    return [];
  }
  return elements.flatMap((element, index) => {
    if (isJsonObject(element)) return [element];
    fault("InvalidApplicationSet", `${path}.list.elements[${index}] is not an object`);
    return [];
  });
}
