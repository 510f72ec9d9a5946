import {
  applyDefaults,
  applyPatch,
  builtinSchemas,
  crdSchema,
  customResetFields,
  gvkOf,
  jsonSchemaNode,
  type KubeObject,
  resetFields,
  type SchemaNode,
} from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";

export interface Prediction {
  readonly before: KubeObject | undefined;
  /** What the server would make of it, managedFields left out. */
  readonly after: KubeObject;
}

/**
 * What a forced server-side apply would make of a live object, without a server: structured merge by the schema of the kind,
 * from the built-in table or from the CRDs given; a kind without a schema is merged field by field with lists as a whole.
 * @throws ProblemError InvalidApply, InvalidTyped
 */
export function predictApply(
  desired: KubeObject,
  live: KubeObject | undefined,
  options: { crds?: readonly KubeObject[] | undefined; manager: string; now: number },
): Prediction {
  const gvk = gvkOf(desired);
  const builtin = builtinSchemas().forKind(gvk);
  const crd = options.crds?.find((each) => isFor(each, gvk));
  const schema = builtin ?? (crd && crdSchema(crd, gvk.version)) ?? UNKNOWN;
  const { managedFields: _, ...metadata } = desired.metadata;
  const { object } = applyPatch({
    live,
    applied: { ...desired, metadata },
    manager: options.manager,
    apiVersion: desired.apiVersion,
    force: true,
    schema,
    now: options.now,
    ...(builtin ? { defaults: applyDefaults, reset: resetFields(gvk) } : { reset: customResetFields(hasStatus(crd)) }),
  });
  return { before: live && bare(live), after: bare(object) };
}

const UNKNOWN: SchemaNode = jsonSchemaNode({ type: "object", "x-kubernetes-preserve-unknown-fields": true }, true);

function isFor(crd: KubeObject, gvk: { readonly group: string; readonly kind: string }): boolean {
  const spec = isJsonObject(crd["spec"]) ? crd["spec"] : {};
  const names = isJsonObject(spec["names"]) ? spec["names"] : {};
  return spec["group"] === gvk.group && names["kind"] === gvk.kind;
}

function hasStatus(crd: KubeObject | undefined): boolean {
  return crd === undefined || JSON.stringify(crd["spec"]).includes('"subresources":{"status"');
}

function bare(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
