import { canonicalJson, cloneJson, isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { builtinSchemas, formatApiVersion, goPrint, parseApiVersion, type KubeObject } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";
import { settleBytes } from "../registry/bytes.ts";
import { applied, decoded, tracked, typeFaultIn, withDefaults, withoutUnknown } from "../registry/machinery.ts";
import { ensureName, ensureNamespace, wipeSystemFields } from "../registry/metadata.ts";
import type { Change, Registry, Target } from "../registry/registry.ts";
import type { RequestContext, Resource, WriteOptions } from "../registry/types.ts";
import { mayBeWide, wrapIntegers } from "../registry/wrapped-integers.ts";
import { problemsOf } from "@fairlead/base";
import { goSyntaxError } from "./go-json.ts";
import { asObject, BIG_INTEGER, withoutBigIntegers, yamlDuplicates } from "./decode.ts";
import { parseJson } from "../storage/parse-json.ts";
import { countKeys, duplicateKeys, jsonShape } from "./json-scan.ts";
import { patchMechanism } from "./patch-mechanisms.ts";
import type { Query } from "./request-info.ts";
import {
  badRequest,
  invalid,
  StatusError,
  unsupportedMediaType,
  unsupportedPatchType,
  type FieldFault,
} from "./status.ts";
import { LIMITS } from "../limits.ts";

export interface PatchRequest {
  readonly registry: Registry;
  readonly target: Target;
  /** Media type of the body. */
  readonly type: string;
  readonly body: Buffer;
  readonly options: WriteOptions;
  readonly query: Query;
  readonly context: RequestContext;
}

const APPLY_TYPE = "application/apply-patch+yaml";
const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

/** What a patch makes of an object. @throws StatusError 400, 415, 422 for a body that is no such patch */
export function changeOfPatch(request: PatchRequest): Change {
  const accepted = request.target.resource.isCustom
    ? [JSON_PATCH, MERGE_PATCH, APPLY_TYPE]
    : [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_TYPE];
  if (!accepted.includes(request.type)) {
    throw request.target.resource.isCustom ? unsupportedMediaType(accepted) : unsupportedPatchType();
  }
  checkOptions(request);
  return request.type === APPLY_TYPE ? applyChange(request) : patchChange(request);
}

function checkOptions(request: PatchRequest): void {
  const faults: FieldFault[] = [];
  const isApply = request.type === APPLY_TYPE;
  if (isApply && (request.query.get("fieldManager") ?? "") === "") {
    faults.push({
      type: "FieldValueRequired",
      field: "fieldManager",
      message: "Required value: is required for apply patch",
    });
  }
  if (!isApply && request.query.has("force")) {
    faults.push({
      type: "FieldValueForbidden",
      field: "force",
      message: "Forbidden: may not be specified for non-apply patch",
    });
  }
  if (faults.length > 0) throw invalid("meta.k8s.io", "PatchOptions", "", faults);
}

/** Nearly every client applies JSON, which is YAML too but much faster to read as what it is; big integers are left to YAML. */
function decodeApplied(text: string): Json {
  if (text.startsWith("{") && !BIG_INTEGER.test(text)) {
    try {
      return parseJson(text);
    } catch {
      // Flow-style YAML, or broken: YAML's own reader tells which.
    }
  }
  return decodeYaml(text);
}

function applyChange(request: PatchRequest): Change {
  const { registry, target, options } = request;
  const { resource } = target;
  const force = request.query.get("force");
  const text = request.body.toString("utf8");
  if (text.startsWith("{") && jsonShape(text).depth > LIMITS.nestingMax)
    throw badRequest("error decoding YAML: yaml: exceeded max depth of 10000");
  let applying: Json;
  try {
    applying = decodeApplied(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${problemsOf(error)[0]?.message ?? String(error)}`);
  }
  reportTwice(request);
  if (!isJsonObject(applying))
    throw badRequest("error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}");
  const config = applying as KubeObject;
  checkAppliedKind(resource, config);
  if (!resource.isCustom && resource.schema !== undefined && mayBeWide(text)) wrapIntegers(config, resource.schema);
  if (BIG_INTEGER.test(text)) withoutBigIntegers(config);
  return {
    mayCreate: target.subresource === "",
    readsOnly: true,
    next(before) {
      // Custom kinds are read in place; the others are copied by what fills in their defaults.
      const given = resource.isCustom ? cloneJson(config) : config;
      given.metadata ??= {};
      const merged = applied(
        registry.resources,
        resource,
        before,
        given,
        { ...options, force: force === "true" || force === "1" },
        target.subresource,
        registry.clock.now(),
      );
      checkConvertible(resource, config);
      const after = resource.isCustom || sharesParts(merged, before) ? cloneJson(merged) : merged;
      if (!resource.isCustom && resource.schema !== undefined) settleBytes(after, resource.schema);
      if (before === undefined) {
        refuseUid(target, after);
        wipeSystemFields(after);
      }
      ensureName(target.name, after);
      ensureNamespace(resource, target.namespace, after);
      return after;
    },
    expectedRevision: expectedOf(config),
  };
}

/** What structured merge takes as a text and Go's type does not. @throws StatusError 500, as kube-apiserver does */
function checkConvertible(resource: Resource, config: KubeObject): void {
  const fault = typeFaultIn(resource, config, "converter");
  if (fault === undefined) return;
  const { namespace = "", name = "" } = config.metadata;
  const kind = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
  const about = `failed to convert new object (${namespace}/${name}; ${kind}) to proper version`;
  throw new StatusError(500, "", `${about}: unable to convert unstructured object to ${kind}: ${fault}`);
}

/** Keys that are there twice. @throws StatusError 400 under fieldValidation=Strict */
function reportTwice({ body, options, context }: PatchRequest): void {
  if (options.fieldValidation === "Ignore") return;
  const text = body.toString("utf8");
  if (text.startsWith("{") && jsonShape(text).keys === countKeys(parsedOr(text))) return;
  const [first, ...others] = yamlDuplicates(text);
  if (first === undefined) return;
  if (options.fieldValidation === "Warn") context.warnings.push(...[first, ...others].map(({ warning }) => warning));
  else throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${first.whole}`);
}

function parsedOr(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** An apply that changed nothing gives the parts of what is there. */
function sharesParts(merged: KubeObject, before: KubeObject | undefined): boolean {
  if (before === undefined) return false;
  const shares = (one: JsonObject, other: JsonObject): boolean =>
    Object.keys(one).some((key) => typeof one[key] === "object" && one[key] !== null && one[key] === other[key]);
  return shares(merged, before) || shares(merged.metadata, before.metadata);
}

/** A patch that names a resourceVersion wants that one and no other. */
function expectedOf(patch: Json): string | undefined {
  const metadata = isJsonObject(patch) ? patch["metadata"] : undefined;
  const version = isJsonObject(metadata) ? metadata["resourceVersion"] : undefined;
  return typeof version === "string" && version !== "" ? version : undefined;
}

function refuseUid(target: Target, object: KubeObject): void {
  const { uid } = object.metadata;
  if (uid === undefined || uid === "") return;
  throw new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${target.resource.plural} ${JSON.stringify(target.name)}: uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    { name: target.name, kind: target.resource.plural },
  );
}

function patchChange(request: PatchRequest): Change {
  const { registry, target, options } = request;
  const { resource } = target;
  const { value, duplicates } = readPatch(request);
  const mechanism = patchMechanism(request.type, value, resource);
  const isStrategic = request.type === STRATEGIC_PATCH;
  const wideIn = isStrategic && mayBeWide(request.body.toString("utf8")) ? resource.schema : undefined;
  return {
    mayCreate: false,
    next(before) {
      const current = before as KubeObject;
      const patched = mechanism(current);
      const { rest, kept } = untouched(target, asPatched(request, patched), current);
      if (wideIn !== undefined) wrapIntegers(rest, wideIn);
      const fault = typeFaultIn(resource, rest, isStrategic ? "converter" : "json");
      if (fault !== undefined) throw invalidPatch(shown(request, value, patched), fault);
      const { object: after, unknown } = isStrategic ? decoded(resource, rest) : withoutUnknown(resource, rest);
      // A patched document is written with its keys in order before it is read.
      const faults = [...duplicates, ...unknown.toSorted()];
      if (faults.length > 0) report(request, faults, shown(request, value, patched));
      if ((after.metadata.name ?? "") === "") {
        const about = `the name of the object (${target.name} based on URL)`;
        throw badRequest(`${about} was undeterminable: name must be provided`);
      }
      ensureName(target.name, after);
      ensureNamespace(resource, target.namespace, after);
      const named = after.metadata.resourceVersion;
      checkVersion(target, named, current.metadata.resourceVersion);
      return tracked(
        registry.resources,
        resource,
        current,
        { ...withDefaults(resource, after), ...kept },
        options,
        target.subresource,
        registry.clock.now(),
      );
    },
    // A patch is merged with whatever is there; only one that writes a resourceVersion is tied to it, see checkVersion.
    expectedRevision: undefined,
  };
}

/**
 * A write of the status leaves the other parts of an object as they were stored: they were read, checked and given their defaults
 * then, and what would come of doing it again is thrown away.
 */
function untouched(
  { resource, subresource }: Target,
  given: KubeObject,
  current: KubeObject,
): { rest: KubeObject; kept: JsonObject } {
  const kept: JsonObject = {};
  // A default in the status of a Service depends on its type.
  const isIndependent = resource.group !== "" || resource.kind !== "Service";
  if (subresource !== "status" || resource.isCustom || !isIndependent) return { rest: given, kept };
  const rest = { ...given };
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (name === "metadata" || !isJsonObject(value) || value !== current[name]) continue;
    setOwn(kept, name, value);
    delete rest[name];
  }
  return { rest, kept };
}

function checkVersion(target: Target, named: string | undefined, current: string | undefined): void {
  if (named === undefined || named === "" || named === current) return;
  throw new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${target.resource.group === "" ? target.resource.plural : `${target.resource.plural}.${target.resource.group}`} ${JSON.stringify(target.name)}: the object has been modified; please apply your changes to the latest version and try again`,
    {
      name: target.name,
      ...(target.resource.group === "" ? {} : { group: target.resource.group }),
      kind: target.resource.plural,
    },
  );
}

function readPatch(request: PatchRequest): { value: Json; duplicates: string[] } {
  const text = request.body.toString("utf8");
  const shape = jsonShape(text);
  if (shape.depth > LIMITS.nestingMax) throw badRequest("error decoding patch: exceeded max depth");
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    const prefix = request.type === STRATEGIC_PATCH ? "" : "error decoding patch: ";
    throw badRequest(`${prefix}${goSyntaxError(text) ?? String(error)}`);
  }
  if (value === null && request.type !== JSON_PATCH) throw badRequest("Invalid JSON Patch");
  const prefix = request.type === JSON_PATCH ? "json patch " : "";
  const duplicates =
    countKeys(value) === shape.keys
      ? []
      : duplicateKeys(text).map((path) => `${prefix}duplicate field ${JSON.stringify(path)}`);
  return { value, duplicates };
}

function asPatched(request: PatchRequest, patched: Json): KubeObject {
  const unknown = unknownVersion(request.target.resource, patched);
  if (unknown !== undefined) throw invalidPatch(JSON.stringify(patched), unknown);
  try {
    return asObject(patched, request.target.resource);
  } catch (error) {
    // What a body is told with its kind before it, a patch is told without.
    if (error instanceof StatusError)
      throw invalidPatch(
        JSON.stringify(patched),
        error.message.replace(/^\S+ in version \S+ cannot be handled as a \S+: /, ""),
      );
    throw error;
  }
}

/** A patch that makes another version of its object: one that nobody serves is told first. */
function unknownVersion(resource: Resource, patched: Json): string | undefined {
  if (resource.isCustom || !isJsonObject(patched)) return undefined;
  const { apiVersion, kind } = patched;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || kind !== resource.kind) return undefined;
  const { group, version } = parseApiVersion(apiVersion);
  if (builtinSchemas().forKind({ group, version, kind }) !== undefined) return undefined;
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
}

/** How a fault names what is wrong: a strategic patch by itself, the others by what they make. */
function shown(request: PatchRequest, patch: Json, patched: Json): string {
  if (request.type === STRATEGIC_PATCH) return goPrint(patch);
  return request.target.resource.isCustom ? canonicalJson(patched) : JSON.stringify(patched);
}

function report(request: PatchRequest, faults: readonly string[], printed: string): void {
  if (request.options.fieldValidation === "Ignore") return;
  if (request.options.fieldValidation === "Warn") request.context.warnings.push(...faults);
  else throw invalidPatch(printed, `strict decoding error: ${faults.join(", ")}`);
}

/** What kube-apiserver says of a patch whose result is no object of the kind: the kind is not named. */
function invalidPatch(printed: string, why: string): StatusError {
  return invalid("", "", "", [
    {
      type: "FieldValueInvalid",
      field: "patch",
      message: `Invalid value: ${JSON.stringify(printed)}: ${why}`,
    },
  ]);
}

/** A version that has no such kind; one that has is refused where it is merged. */
function checkAppliedKind(resource: Resource, config: KubeObject): void {
  const { apiVersion = "", kind = "" } = config as { apiVersion?: string; kind?: string };
  if (resource.isCustom) return;
  const { group, version } = parseApiVersion(apiVersion);
  const isOwnVersion = apiVersion === formatApiVersion(resource.group, resource.version);
  if (isOwnVersion ? kind === resource.kind : builtinSchemas().forKind({ group, version, kind }) !== undefined) return;
  throw badRequest(`invalid object type: ${group}/${version}, Kind=${kind}`);
}
