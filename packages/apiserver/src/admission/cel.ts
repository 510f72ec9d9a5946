import { compileCel, type KubeObject, type SchemaNode } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { userInfo } from "../auth/reviews.ts";
import type { AdmissionRequest } from "./types.ts";

/** Cost units that one expression may use: kube-apiserver's limit per call. */
const COST_MAX = 1_000_000;

export interface Bindings {
  readonly [name: string]: unknown;
}

/** @throws Error with the compiler's or the evaluation's words */
export function evaluate(expression: string, bindings: Bindings): unknown {
  const compiled = compileCel(expression, Object.keys(bindings));
  if ("fault" in compiled) throw new Error(`compilation failed: ${compiled.fault}`);
  try {
    return compiled.evaluate(bindings, COST_MAX).result;
  } catch (error) {
    throw new Error(goWords(error), { cause: error });
  }
}

/** The evaluator's first line, which says what; the others show where. Go's begins small. */
function goWords(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  return line.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}

/** What expressions of admission can speak of. */
export function bindingsOf(
  request: AdmissionRequest,
  namespaceObject: KubeObject | undefined,
): Record<string, unknown> {
  const { resource, object, oldObject, context } = request;
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const about = { group: resource.group, version: resource.version, resource: resource.plural };
  const { schema } = resource;
  return {
    object: object === undefined ? null : celValue(object, schema),
    oldObject: oldObject === undefined ? null : celValue(oldObject, schema),
    namespaceObject: namespaceObject === undefined ? null : celValue(namespaceObject, undefined),
    request: celValue(
      {
        kind,
        resource: about,
        subResource: request.subresource,
        requestKind: kind,
        requestResource: about,
        requestSubResource: request.subresource,
        name: request.name,
        namespace: request.namespace,
        operation: request.operation,
        userInfo: userInfo(context.user),
        dryRun: request.dryRun,
        options: request.options as JsonObject,
      },
      undefined,
    ),
  };
}

/** A value as CEL sees it: whole numbers are ints, where the schema says integer or says nothing. */
export function celValue(value: Json | undefined, schema: SchemaNode | undefined): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (typeof value === "number") {
    const isInt = schema?.type === undefined ? Number.isInteger(value) : schema.type === "integer";
    return isInt ? BigInt(Math.trunc(value)) : value;
  }
  if (!isJsonObject(value)) return value;
  const { properties, additionalProperties } = schema ?? {};
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const child = own ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    setOwn(out, key, celValue(item, child));
  }
  return out;
}

/** matchConditions: all must hold. @throws Error when one cannot be evaluated and none is false */
export function conditionsHold(conditions: readonly JsonObject[], bindings: Bindings): boolean {
  let failure: unknown;
  for (const condition of conditions) {
    try {
      if (evaluate(String(condition["expression"]), bindings) !== true) return false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failure ??= new Error(`expression '${String(condition["expression"])}' resulted in error: ${why}`);
    }
  }
  if (failure !== undefined) throw failure as Error;
  return true;
}
