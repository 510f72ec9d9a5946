import {
  applyDefaults as applyBuiltinDefaults,
  applyPatch,
  customResetFields,
  fieldErrorBody,
  formatApiVersion,
  keepTimesIfUnchanged,
  parseApiVersion,
  resetFields,
  trackUpdate,
  validateBuiltin,
  type ConvertVersion,
  type FieldError,
  type KubeObject,
  type SchemaNode,
  type WriteContext,
} from "@fairlead/apimachinery";
import { problemsOf, ProblemError } from "@fairlead/base";
import { badRequest, internalError, StatusError, type FieldFault } from "../http/status.ts";
import type { ResourceTable } from "./resource-table.ts";
import type { Resource, WriteOptions } from "./types.ts";
import { typeFault, type Decoder } from "./type-faults.ts";
import { takeUnknown } from "./unknown-fields.ts";

/**
 * The rules of objects that come from @fairlead/apimachinery, asked for a resource as it is served: built-in and custom kinds
 * have the same questions and different sources.
 */
/** @throws StatusError 400 for a value of another type than the field has */
export function decoded(resource: Resource, object: KubeObject): { object: KubeObject; unknown: readonly string[] } {
  const fault = typeFaultIn(resource, object);
  if (fault !== undefined) {
    const { kind, version } = resource;
    throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${fault}`);
  }
  return withoutUnknown(resource, object);
}

/** The second half of `decoded`, for what typeFaultIn found nothing in. */
export function withoutUnknown(
  resource: Resource,
  object: KubeObject,
): { object: KubeObject; unknown: readonly string[] } {
  if (resource.custom !== undefined) {
    const { object: own, unknown } = resource.custom.decode(object);
    return { object: own, unknown: unknown.map((path) => `unknown field ${JSON.stringify(path)}`) };
  }
  return { object, unknown: resource.schema === undefined ? [] : takeUnknown(object, resource.schema) };
}

/** The first value of another type than its field has; custom kinds are checked by their schema instead. */
export function typeFaultIn(resource: Resource, object: KubeObject, decoder: Decoder = "json"): string | undefined {
  if (resource.custom !== undefined || resource.schema === undefined) return undefined;
  return typeFault(object, resource.schema, resource.kind, decoder);
}

/**
 * The object with its defaults, in the form Go would write it. May be the same object. A list of managers that is empty stays, which
 * Go would not write: it says that all owners are to be forgotten.
 */
export function withDefaults(resource: Resource, object: KubeObject): KubeObject {
  const isReset = object.metadata.managedFields?.length === 0;
  const full =
    resource.custom === undefined ? applyBuiltinDefaults(object, resource) : resource.custom.decode(object).object;
  if (isReset) full.metadata.managedFields = [];
  return full;
}

export function validate(resource: Resource, object: KubeObject, before: KubeObject | undefined): FieldFault[] {
  if (resource.custom !== undefined) return resource.custom.validate(object, before);
  // Versions of a kind are validated as the stored one, as kube-apiserver validates its internal form.
  const stored = (one: KubeObject): KubeObject => resource.conversion?.toStored(one) ?? one;
  return validateBuiltin(stored(object), before === undefined ? undefined : stored(before)).map(faultOf);
}

/** A fault as @fairlead/apimachinery finds it, in the form a Status carries. */
export function faultOf(error: FieldError): FieldFault {
  return { type: error.type, field: error.field, message: fieldErrorBody(error) };
}

/** managedFields of a create, update or patch that is no apply. */
export function tracked(
  resources: ResourceTable,
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
  options: WriteOptions,
  subresource: string,
  nowMs: number,
): KubeObject {
  const { schema } = resource;
  if (schema === undefined) return after;
  return trackUpdate({ before, after, ...contextOf(resources, resource, schema, options, subresource, nowMs) });
}

/** Server-side apply. @throws StatusError 400, 409 with a cause for each conflict */
export function applied(
  resources: ResourceTable,
  resource: Resource,
  live: KubeObject | undefined,
  applying: KubeObject,
  options: WriteOptions & { readonly force: boolean },
  subresource: string,
  nowMs: number,
): KubeObject {
  const { schema } = resource;
  if (schema === undefined) throw internalError(`no schema for ${resource.kind}`);
  try {
    const result = applyPatch({
      live,
      applied: applying,
      force: options.force,
      defaults: (object) => withDefaults(resource, object),
      ...contextOf(resources, resource, schema, options, subresource, nowMs),
    });
    if (result.conflicts.length === 0) return result.object;
    throw new StatusError(409, "Conflict", result.message, {
      causes: result.conflicts.map(({ message, field }) => ({ reason: "FieldManagerConflict", message, field })),
    });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const text = problemsOf(error)[0]?.message ?? error.message;
    if (error.code === "InvalidTyped") throw new StatusError(500, "", text);
    throw badRequest(text);
  }
}

/** A write that changed nothing but times of managedFields is none. */
export function keepTimes(before: KubeObject, after: KubeObject): KubeObject {
  return keepTimesIfUnchanged(before, after);
}

function contextOf(
  resources: ResourceTable,
  resource: Resource,
  schema: SchemaNode,
  options: WriteOptions,
  subresource: string,
  nowMs: number,
): WriteContext {
  return {
    schema,
    apiVersion: formatApiVersion(resource.group, resource.version),
    manager: options.fieldManager,
    subresource,
    now: nowMs,
    reset: resource.isCustom
      ? customResetFields(resource.strategy.hasStatus, subresource)
      : resetFields(resource, subresource),
    convert: converter(resources, resource),
  };
}

function converter(resources: ResourceTable, from: Resource): ConvertVersion {
  return (object, apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion);
    const to = resources.findKind(group, version, from.kind);
    if (to?.schema === undefined || to.storage !== from.storage) return undefined;
    const converter = from.custom?.converter;
    if (converter !== undefined) return { object: converter.made(object, from.version, version), schema: to.schema };
    const stored = from.conversion === undefined ? object : from.conversion.toStored(object);
    const converted = to.conversion === undefined ? { ...stored, apiVersion } : to.conversion.toServed(stored);
    return { object: converted, schema: to.schema };
  };
}
