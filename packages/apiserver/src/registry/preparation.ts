import { formatApiVersion, type KubeObject } from "@fairlead/apimachinery";
import { invalid, plainError, type FieldFault } from "../http/status.ts";
import { fillSystemFields, generatedName, tidyMetadata } from "./metadata.ts";
import type { RequestContext, Resource } from "./types.ts";

/** Fills in what the server decides of a new object. Returns whether its name was generated. @throws StatusError */
export function prepareCreation(
  resource: Resource,
  object: KubeObject,
  context: RequestContext,
  nowMs: number,
): boolean {
  const { metadata } = object;
  const isGenerated = (metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "";
  if (isGenerated) metadata.name = generatedName(metadata.generateName ?? "");
  fillSystemFields(object, nowMs);
  if ((metadata.resourceVersion ?? "") !== "")
    throw plainError("resourceVersion should not be set on objects to be created");
  if (resource.strategy.generation !== undefined && resource.strategy.startsAtZero !== true) metadata.generation = 1;
  resource.strategy.prepareForCreate?.(object, context);
  tidyMetadata(object);
  if ((metadata.name ?? "") === "") {
    refuse(resource, object, [
      {
        type: "FieldValueRequired",
        field: "metadata.name",
        message: "Required value: name or generateName is required",
      },
    ]);
  }
  return isGenerated;
}

/** Undoes what may not be changed through the endpoint that is written to, and does what the server does by itself. */
export function prepareUpdate(
  target: { readonly resource: Resource; readonly subresource: string },
  after: KubeObject,
  before: KubeObject,
  context: RequestContext,
  nowMs: number,
): void {
  const { strategy } = target.resource;
  // A binding writes node and status at once, outside the rules of both.
  if (target.subresource === "binding") return;
  const endpoint = strategy.endpoints?.[target.subresource];
  if (target.subresource === "status" || endpoint !== undefined) {
    keepAllButStatus(target.resource, after, before);
    if (endpoint === undefined) strategy.prepareForStatusUpdate?.(after, before, nowMs);
    else endpoint.prepare(after, before, nowMs);
    return;
  }
  if (strategy.hasStatus) {
    if (before["status"] === undefined) delete after["status"];
    else after["status"] = before["status"];
  }
  if (target.subresource !== "finalize") strategy.prepareForUpdate?.(after, before, context);
  if (strategy.generation?.(before, after) === true) after.metadata.generation = (before.metadata.generation ?? 0) + 1;
}

/** A status write changes status, managed fields and, for built-in kinds, annotations; labels and the rest stay. */
function keepAllButStatus(resource: Resource, after: KubeObject, before: KubeObject): void {
  const { status } = after;
  const { metadata } = after;
  for (const key of Object.keys(after)) if (key !== "metadata") delete after[key];
  for (const key of Object.keys(before)) if (key !== "metadata" && key !== "status") after[key] = before[key];
  after.apiVersion = formatApiVersion(resource.group, resource.version);
  after.kind = resource.kind;
  if (status !== undefined) after["status"] = status;
  if (resource.strategy.keepsLabelsOfStatus === true) {
    const { labels } = before.metadata;
    if (labels === undefined) delete metadata.labels;
    else metadata.labels = labels;
  }
  if (!resource.isCustom) return;
  const { managedFields } = metadata;
  after.metadata = { ...before.metadata };
  if (managedFields === undefined) delete after.metadata.managedFields;
  else after.metadata.managedFields = managedFields;
}

/** @throws StatusError 422 where there are faults */
export function refuse(resource: Resource, object: KubeObject, faults: readonly FieldFault[]): void {
  if (faults.length > 0) throw invalid(resource.group, resource.kind, object.metadata.name ?? "", faults);
}
