import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, refOf, type KubeObject } from "@fairlead/apimachinery";
import { listParameters } from "../generators/list.ts";
import { fillTemplate } from "../template/fasttemplate.ts";
import { parseApplicationSet } from "./parse.ts";
import {
  APPLICATION_KIND,
  RESOURCES_FINALIZER,
  type ApplicationSetSpec,
  type GeneratedApplication,
  type Parameters,
} from "./types.ts";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LENGTH_MAX = 253;

export interface Generation {
  readonly applications: readonly GeneratedApplication[];
  /** Any problem means that nothing is written or deleted this time: a generator that fails changes nothing. */
  readonly problems: readonly Problem[];
}

/** The Applications a set stands for; pure and deterministic. */
export function generateApplications(set: KubeObject): Generation {
  const { spec, problems } = parseApplicationSet(set);
  const object = describeRef(refOf(set));
  const found: Problem[] = [...problems];
  const applications: GeneratedApplication[] = [];
  for (const generator of spec.generators) {
    const { rows, problems: faults } = listParameters(generator.elements, generator.path);
    found.push(...faults.map((fault) => ({ ...fault, object })));
    applications.push(...rows.map((row) => instantiate(set, spec, row)));
  }
  found.push(...nameProblems(applications, object));
  return { applications, problems: found };
}

function instantiate(set: KubeObject, spec: ApplicationSetSpec, parameters: Parameters): GeneratedApplication {
  const filled = fillTemplate(spec.template, parameters);
  const metadata = isJsonObject(filled["metadata"]) ? filled["metadata"] : {};
  const { name, labels, annotations, finalizers } = metadata;
  const own: JsonObject = { name: name ?? "" };
  // The namespace is the set's own, whatever the template says: a set must not write into another team's namespace.
  if (set.metadata.namespace !== undefined) own["namespace"] = set.metadata.namespace;
  if (isJsonObject(labels)) own["labels"] = labels;
  if (isJsonObject(annotations)) own["annotations"] = annotations;
  if (Array.isArray(finalizers) && finalizers.length > 0) own["finalizers"] = finalizers;
  else if (!spec.preserveResourcesOnDeletion) own["finalizers"] = [RESOURCES_FINALIZER];
  return { ...APPLICATION_KIND, metadata: own, spec: filled["spec"] ?? {} };
}

function nameProblems(applications: readonly GeneratedApplication[], object: string): Problem[] {
  const seen = new Set<string>();
  return applications.flatMap((application): Problem[] => {
    const name = String(application.metadata.name ?? "");
    if (seen.has(name)) {
      return [
        { code: "DuplicateApplication", message: `two rows give the Application ${JSON.stringify(name)}`, object },
      ];
    }
    seen.add(name);
    if (name.length <= NAME_LENGTH_MAX && DNS_SUBDOMAIN.test(name)) return [];
    const hint = name.includes("{{")
      ? "a placeholder was not filled: no parameter has that name"
      : "use a-z, 0-9, - and .";
    return [
      { code: "InvalidGeneratedName", message: `${JSON.stringify(name)} is no name for an Application`, object, hint },
    ];
  });
}
