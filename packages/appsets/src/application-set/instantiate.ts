import { isJsonObject, ProblemError, problemError, type JsonObject } from "@fairlead/base";
import { strategicMergePatch, type KubeObject, type SchemaNode } from "@fairlead/apimachinery";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect, TextFiller } from "../template/dialect.ts";
import { readPatch } from "../template/field-check.ts";
import { APPLICATION_FIELDS } from "../template/field-kinds.ts";
import {
  APPLICATION_KIND,
  RESOURCES_FINALIZER,
  type ApplicationSetSpec,
  type GeneratedApplication,
  type Row,
} from "./types.ts";

/** Of an Application's fields only finalizers merge as a list; all other lists are replaced. */
const APPLICATION_PATCH_SCHEMA: SchemaNode = {
  preserveUnknown: true,
  properties: {
    metadata: {
      preserveUnknown: true,
      properties: { finalizers: { type: "array", items: { type: "string" }, patchStrategy: "merge" } },
    },
  },
};

export interface Instantiation {
  readonly set: KubeObject;
  readonly spec: ApplicationSetSpec;
  readonly template: JsonObject;
  readonly dialect: Dialect;
}

/** Makes Applications of rows. @throws ProblemError SetTemplateFailed for a template that cannot be read */
export function compileApplication(options: Instantiation): (row: Row) => GeneratedApplication {
  const { spec, dialect } = options;
  const fill = compileTemplate(options.template, dialect, APPLICATION_FIELDS);
  const patch = compilePatch(spec.templatePatch, dialect);
  return (row) => {
    // Without a parameter nothing is done to the template, not even the finalizer added (facts/argocd.md §1.11).
    const isPlain = Object.keys(row).length === 0;
    const filled = isPlain ? options.template : fill(row);
    const application = assemble(options, filled, !isPlain);
    return patch ? assemble(options, patch(application, row), false) : application;
  };
}

function assemble({ set, spec }: Instantiation, filled: JsonObject, addsFinalizer: boolean): GeneratedApplication {
  const metadata = isJsonObject(filled["metadata"]) ? filled["metadata"] : {};
  const { name, labels, annotations, finalizers } = metadata;
  const own: JsonObject = { name: name ?? "" };
  // The namespace is the set's own, whatever the template says: a set must not write into another team's namespace.
  if (set.metadata.namespace !== undefined) own["namespace"] = set.metadata.namespace;
  if (isJsonObject(labels)) own["labels"] = labels;
  if (isJsonObject(annotations)) own["annotations"] = annotations;
  if (Array.isArray(finalizers) && finalizers.length > 0) own["finalizers"] = finalizers;
  else if (addsFinalizer && !spec.preserveResourcesOnDeletion) own["finalizers"] = [RESOURCES_FINALIZER];
  const application: GeneratedApplication = { ...APPLICATION_KIND, metadata: own, spec: filled["spec"] ?? {} };
  if (isJsonObject(filled["operation"])) application["operation"] = filled["operation"];
  return application;
}

type Patch = (application: GeneratedApplication, row: Row) => JsonObject;

function compilePatch(text: string | undefined, dialect: Dialect): Patch | undefined {
  if (text === undefined || text === "") return undefined;
  let fill: TextFiller | undefined;
  try {
    fill = dialect.compile(text);
  } catch (error) {
    throw inPatch(error);
  }
  return (application, row) => {
    let filled = text;
    try {
      filled = fill?.(row) ?? text;
    } catch (error) {
      throw inPatch(error);
    }
    return applyPatch(application, filled);
  };
}

function inPatch(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  return new ProblemError(
    error.problems.map((problem) => ({ ...problem, message: `spec.templatePatch: ${problem.message}` })),
  );
}

/** Strategic merge; the project stays what the template made it, so that a patch cannot choose rights (facts/argocd.md §1.11). */
function applyPatch(application: GeneratedApplication, text: string): JsonObject {
  const read = readPatch(text);
  if ("fault" in read)
    throw problemError("SetTemplateFailed", `spec.templatePatch is no YAML once filled: ${read.fault}`);
  if (read.value === null) return application;
  if (!isJsonObject(read.value))
    throw problemError("SetTemplateFailed", "spec.templatePatch is not an object once filled");
  const patched = strategicMergePatch(application, read.value, APPLICATION_PATCH_SCHEMA);
  const before = isJsonObject(application["spec"]) ? application["spec"]["project"] : undefined;
  if (!isJsonObject(patched["spec"])) return patched;
  const { project: _chosen, ...rest } = patched["spec"];
  return { ...patched, spec: before === undefined ? rest : { ...rest, project: before } };
}
