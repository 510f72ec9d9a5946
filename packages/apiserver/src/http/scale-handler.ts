import { builtinSchemas, formatApiVersion, type KubeObject, type ManagedFieldsEntry } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject } from "@fairlead/base";
import { applied, tracked, withDefaults } from "../registry/machinery.ts";
import type { Registry, WriteResult } from "../registry/registry.ts";
import { decodeEntry } from "../registry/codec.ts";
import { applyScale, scaleOf } from "../registry/scale.ts";
import type { Resource, WriteOptions } from "../registry/types.ts";
import { printer } from "../table/columns.ts";
import { represent } from "../table/render.ts";
import { readBody } from "./body.ts";
import { asObject, decodeBody, mediaType } from "./decode.ts";
import { representationOf, sendValue, type Exchange } from "./exchange.ts";
import { writeOptionsOf } from "./options.ts";
import { changeOfPatch } from "./patch.ts";
import { isTrue } from "./request-info.ts";
import { conflict, methodNotAllowedOnPath, OBJECT_MODIFIED, StatusError } from "./status.ts";
import { targetOf } from "./write-handlers.ts";

/** GET, PUT and PATCH of `…/scale`: a Scale is read from and written into the object. */
export async function handleScale(registry: Registry, resource: Resource, exchange: Exchange): Promise<void> {
  const { info, context } = exchange;
  const representation = representationOf(exchange);
  const target = targetOf(resource, exchange, "scale");
  const answer = (object: KubeObject): void => {
    const scale = scaleOf(resource, object);
    sendValue(
      exchange,
      200,
      represent(scaleResource(resource), scale, representation, info.query, registry.clock.now()),
    );
  };
  if (info.verb === "get") {
    const entry = registry.entry(resource, target.namespace, target.name);
    answer(decodeEntry(resource, entry));
    return;
  }
  const isPatch = info.verb === "patch";
  if (!isPatch && info.verb !== "update") throw methodNotAllowedOnPath();
  const isApply = isPatch && isApplyType(mediaType(exchange.request.headers["content-type"]));
  const body = await readBody(exchange.request);
  const options = writeOptionsOf(info.query, context.userAgent, isPatch ? "PatchOptions" : "UpdateOptions");
  const next = isPatch
    ? patchedScale(registry, resource, exchange, body, options)
    : () => asObject(decodeBody(body, exchange.request.headers["content-type"], SCALE).value, SCALE);
  const result: WriteResult = await registry.modify(
    target,
    {
      mayCreate: false,
      next(before) {
        const current = before as KubeObject;
        const scale = next(scaleOf(resource, current));
        const { resourceVersion = "" } = scale.metadata;
        if (resourceVersion !== "" && resourceVersion !== current.metadata.resourceVersion) {
          throw conflict(resource, target.name, OBJECT_MODIFIED);
        }
        if (isApply) return withoutTime(appliedScale(registry, resource, current, scale, options, isForced(exchange)));
        const after = cloneJson(current);
        applyScale(resource, after, scale);
        return withoutTime(
          tracked(
            registry.resources,
            resource,
            current,
            withDefaults(resource, after),
            options,
            "scale",
            registry.clock.now(),
          ),
        );
      },
    },
    options,
    context,
  );
  answer(result.object ?? decodeEntry(resource, result.entry as NonNullable<WriteResult["entry"]>));
}

/** Who applies a Scale applies the field of the object behind it, and owns that. */
function appliedScale(
  registry: Registry,
  resource: Resource,
  current: KubeObject,
  scale: KubeObject,
  options: WriteOptions,
  force: boolean,
): KubeObject {
  const { name, namespace } = current.metadata;
  const applying: KubeObject = {
    apiVersion: formatApiVersion(resource.group, resource.version),
    kind: resource.kind,
    metadata: { name: name ?? "", ...(namespace === undefined ? {} : { namespace }) },
  };
  applyScale(resource, applying, scale);
  const nowMs = registry.clock.now();
  const own = formatApiVersion(resource.group, resource.version);
  return asScale(own, () =>
    cloneJson(applied(registry.resources, resource, current, applying, { ...options, force }, "scale", nowMs)),
  );
}

/** To who applies a Scale, the others own a Scale too. */
function asScale(apiVersion: string, write: () => KubeObject): KubeObject {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 409) throw error;
    const shown = (text: string): string => text.replaceAll(`using ${apiVersion}`, "using autoscaling/v1");
    const causes = error.status.details?.causes?.map((cause) => ({ ...cause, message: shown(cause.message ?? "") }));
    throw new StatusError(409, "Conflict", shown(error.status.message ?? ""), causes === undefined ? {} : { causes });
  }
}

function isApplyType(type: string): boolean {
  return type === "application/apply-patch+yaml";
}

function isForced({ info }: Exchange): boolean {
  return isTrue(info.query.get("force"));
}

const SCALE_PRINTER = printer("Name Desired:i Available:i Age", (scale) => [
  scale.name,
  scale.number("spec.replicas"),
  scale.number("status.replicas"),
  scale.age,
]);
const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

function patchedScale(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  body: Buffer,
  options: WriteOptions,
): (current: KubeObject) => KubeObject {
  const scale = scaleResource(resource);
  const type = mediaType(exchange.request.headers["content-type"]);
  const target = { ...targetOf(resource, exchange, "scale"), resource: scale };
  const change = changeOfPatch({
    registry,
    target,
    type,
    body,
    options,
    // Whom an applied Scale conflicts with is told where the object behind it is written.
    query: new Map([...exchange.info.query, ...(isApplyType(type) ? ([["force", "true"]] as const) : [])]),
    context: exchange.context,
  });
  return (current) => {
    const next = change.next(current);
    return { ...next, spec: isJsonObject(next["spec"]) ? next["spec"] : {} };
  };
}

/** Scale as if it were a resource of its own, so that patches know its schema. */
function scaleResource(resource: Resource): Resource {
  return {
    ...resource,
    group: SCALE.group,
    version: SCALE.version,
    kind: SCALE.kind,
    isCustom: false,
    custom: undefined,
    conversion: undefined,
    schema: builtinSchemas().forKind(SCALE),
    printer: SCALE_PRINTER,
    strategy: { hasStatus: false },
    storage: `${formatApiVersion(resource.group, resource.version)}/scale`,
  };
}

/** Entries of the scale subresource carry no time in kube-apiserver, and so come before the other updates. */
function withoutTime(object: KubeObject): KubeObject {
  const entries = object.metadata.managedFields ?? [];
  const isScale = (entry: ManagedFieldsEntry): boolean => entry.subresource === "scale";
  const scales = entries.filter(isScale).map(({ time: _time, ...entry }) => entry);
  if (scales.length === 0) return object;
  const others = entries.filter((entry) => !isScale(entry));
  const applied = others.filter((entry) => entry.operation === "Apply");
  const updated = others.filter((entry) => entry.operation !== "Apply");
  return { ...object, metadata: { ...object.metadata, managedFields: [...applied, ...scales, ...updated] } };
}
