import type { KubeObject } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, type Json } from "@fairlead/base";
import { deleteObject, type DeleteResult } from "../registry/delete.ts";
import { listPage } from "../registry/list.ts";
import { decoded, tracked, withDefaults } from "../registry/machinery.ts";
import { ensureName, ensureNamespace } from "../registry/metadata.ts";
import type { Registry, Target, WriteResult } from "../registry/registry.ts";
import { selectionOf } from "../registry/selection.ts";
import type { DeleteOptions, RequestContext, Resource, WriteOptions } from "../registry/types.ts";
import { readBody } from "./body.ts";
import { asObject, decodeBody, mediaType, type DecodedBody, type Expected } from "./decode.ts";
import { representationOf, sendStatus, type Exchange } from "./exchange.ts";
import { deleteOptionsOf, writeOptionsOf } from "./options.ts";
import { changeOfPatch } from "./patch.ts";
import { sendEntry, sendObject, sendPage } from "./read-handlers.ts";
import { badRequest, invalid, StatusError } from "./status.ts";

/** POST to a collection. */
export async function handleCreate(registry: Registry, resource: Resource, exchange: Exchange): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const body = await readBody(exchange.request);
  const options = writeOptionsOf(info.query, context.userAgent, "CreateOptions");
  const object = readObject(resource, exchange, body, options);
  const namespace = namespaceFor(resource, exchange, object);
  const target = { resource, namespace, subresource: "" };
  const result = await registry.create(target, object, options, context);
  sendResult(registry, resource, exchange, result, representation);
}

/** PUT of an object, or of its status. */
export async function handleUpdate(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  subresource: string,
): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const body = await readBody(exchange.request);
  const options = writeOptionsOf(info.query, context.userAgent, "UpdateOptions");
  const object = readObject(resource, exchange, body, options);
  const target = targetOf(resource, exchange, subresource);
  if ((object.metadata.name ?? "") === "")
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  ensureName(info.name, object);
  ensureNamespace(resource, target.namespace, object);
  const result = await updateObject(registry, target, object, options, exchange);
  sendResult(registry, resource, exchange, result, representation);
}

function updateObject(
  registry: Registry,
  target: Target,
  given: KubeObject,
  options: WriteOptions,
  exchange: Exchange,
): Promise<WriteResult> {
  const { resource } = target;
  const { resourceVersion = "" } = given.metadata;
  const object = withDefaults(resource, given);
  return registry.modify(
    target,
    {
      next(before) {
        const after = cloneJson(object);
        if (before === undefined) checkCreateOnUpdate(resource, after);
        else if (resourceVersion === "" && resource.strategy.needsResourceVersion === true)
          refuseUnconditional(resource, after);
        const nowMs = registry.clock.now();
        return tracked(registry.resources, resource, before, after, options, target.subresource, nowMs);
      },
      isUidPrecondition: true,
      mayCreate: resource.strategy.createsOnUpdate === true && target.subresource === "",
      expectedRevision: resourceVersion === "" ? undefined : resourceVersion,
    },
    options,
    exchange.context,
  );
}

function checkCreateOnUpdate(resource: Resource, object: KubeObject): void {
  const { uid } = object.metadata;
  if (uid === undefined || uid === "") return;
  throw invalid(resource.group, resource.kind, object.metadata.name ?? "", [
    {
      type: "FieldValueInvalid",
      field: "metadata.uid",
      message: `Invalid value: ${JSON.stringify(uid)}: must be unset`,
    },
  ]);
}

function refuseUnconditional(resource: Resource, object: KubeObject): never {
  // The store names the resource where everybody else names the kind.
  throw invalid(resource.group, resource.plural, object.metadata.name ?? "", [
    {
      type: "FieldValueInvalid",
      field: "metadata.resourceVersion",
      message: "Invalid value: 0: must be specified for an update",
    },
  ]);
}

/** PATCH of an object, or of its status; apply may create. */
export async function handlePatch(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  subresource: string,
): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const type = mediaType(exchange.request.headers["content-type"]);
  const body = await readBody(exchange.request);
  const options = writeOptionsOf(info.query, context.userAgent, "PatchOptions");
  const target = targetOf(resource, exchange, subresource);
  const change = changeOfPatch({ registry, target, type, body, options, query: info.query, context });
  const result = await registry.modify(target, change, options, context);
  sendResult(registry, resource, exchange, result, representation);
}

/** DELETE of one object. */
export async function handleDelete(registry: Registry, resource: Resource, exchange: Exchange): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const options = deleteOptionsOf(info.query, await readOptions(exchange));
  const target = targetOf(resource, exchange, "");
  if (resource.strategy.defaultPropagation === "Orphan" && resource.kind === "Job") warnOfOrphans(options, context);
  const result = await deleteObject(registry, target, options, context);
  if (result.status !== undefined) sendStatus(exchange, result.status);
  else if (result.entry !== undefined) sendEntry(registry, resource, exchange, 200, result.entry, representation);
  else sendObject(registry, resource, exchange, 200, result.object as KubeObject, representation);
}

function warnOfOrphans(options: DeleteOptions, context: RequestContext): void {
  if (options.propagationPolicy !== undefined) return;
  context.warnings.push(
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  );
}

/** DELETE of a collection: everything selected, each by the rules of a single deletion. */
export async function handleDeleteCollection(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const options = deleteOptionsOf(info.query, await readOptions(exchange));
  const selection = selectionOf(
    resource,
    info.namespace,
    info.query.get("labelSelector"),
    info.query.get("fieldSelector"),
  );
  const page = await listPage(registry.store, selection, info.query);
  const deletions = page.entries.map((entry) =>
    deleteObject(registry, { resource, namespace: entry.namespace, name: entry.name }, options, context).catch(
      ignoreGone,
    ),
  );
  await Promise.all(deletions);
  sendPage(registry, resource, exchange, page, representation);
}

function ignoreGone(error: unknown): DeleteResult {
  if (error instanceof StatusError && error.status.code === 404) return {};
  throw error;
}

async function readOptions(exchange: Exchange): Promise<Json | undefined> {
  const body = await readBody(exchange.request);
  if (body.length === 0) return undefined;
  const expected = { group: "", version: "v1", kind: "DeleteOptions" };
  const { value } = decodeOptions(body, exchange.request.headers["content-type"], expected);
  const kind = isJsonObject(value) ? value["kind"] : undefined;
  if (typeof kind === "string" && kind !== "" && kind !== expected.kind) {
    const version = isJsonObject(value) ? value["apiVersion"] : undefined;
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version ?? "")} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  return value;
}

/** Options are decoded by themselves: a fault does not say of what. @throws StatusError 400 */
function decodeOptions(body: Buffer, type: string | undefined, expected: Expected): DecodedBody {
  try {
    return decodeBody(body, type, expected);
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 400) throw error;
    const prefix = "the object provided is unrecognized (must be of type DeleteOptions): ";
    const { message } = error;
    if (!message.startsWith(prefix)) throw error;
    throw badRequest(message.slice(prefix.length).replace(/ \([^()]*\)$/, ""));
  }
}

/** The body as the endpoint's kind; unknown and duplicate fields are refused, warned of or dropped, as the client wishes. */
export function readObject(resource: Resource, exchange: Exchange, body: Buffer, options: WriteOptions): KubeObject {
  const { value, duplicates } = decodeBody(body, exchange.request.headers["content-type"], resource);
  const { object, unknown } = decoded(resource, asObject(value, resource));
  // What is under a field that nobody knows is not looked at, custom kinds excepted.
  const told = resource.isCustom ? duplicates : duplicates.filter((fault) => !isBelow(fault, unknown));
  reportStrict(resource, exchange, options, [...told, ...unknown]);
  return object;
}

function isBelow(duplicate: string, unknown: readonly string[]): boolean {
  const path = /"(.*)"$/.exec(duplicate)?.[1] ?? "";
  return unknown.some((fault) => {
    const parent = /"(.*)"$/.exec(fault)?.[1] ?? "";
    return path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
  });
}

/** @throws StatusError 400 under fieldValidation=Strict */
function reportStrict(
  resource: Resource,
  exchange: Pick<Exchange, "context">,
  options: WriteOptions,
  faults: readonly string[],
): void {
  if (faults.length === 0 || options.fieldValidation === "Ignore") return;
  if (options.fieldValidation === "Warn") {
    exchange.context.warnings.push(...faults.map((fault) => fault.replace(/^yaml: unmarshal errors:\s*/, "")));
    return;
  }
  const { kind, version } = resource;
  throw badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${faults.join(", ")}`,
  );
}

function namespaceFor(resource: Resource, exchange: Exchange, object: KubeObject): string {
  if (!resource.namespaced) return "";
  const { namespace } = exchange.info;
  if (namespace !== "") return namespace;
  // A POST to the collection of all namespaces: the object has to say where it belongs.
  const own = object.metadata.namespace ?? "";
  if (own === "") throw badRequest("an empty namespace may not be set during creation");
  return own;
}

export function targetOf(resource: Resource, exchange: Exchange, subresource: string): Target {
  return {
    resource,
    namespace: resource.namespaced ? exchange.info.namespace : "",
    name: exchange.info.name,
    subresource,
  };
}

function sendResult(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  result: WriteResult,
  representation: ReturnType<typeof representationOf>,
): void {
  const code = result.created ? 201 : 200;
  if (result.entry !== undefined && result.object === undefined) {
    sendEntry(registry, resource, exchange, code, result.entry, representation);
  } else sendObject(registry, resource, exchange, code, result.object as KubeObject, representation);
}
