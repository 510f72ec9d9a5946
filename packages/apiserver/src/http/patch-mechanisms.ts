import {
  jsonPatch,
  mergePatch,
  strategicMergePatch,
  type JsonPatchOperation,
  type KubeObject,
} from "@fairlead/apimachinery";
import { isJsonObject, ProblemError, problemsOf, type Json } from "@fairlead/base";
import type { Resource } from "../registry/types.ts";
import { badRequest, requestTooLarge, StatusError } from "./status.ts";

/** The patched document, from the one that is; the result may share parts with it. */
export type PatchMechanism = (current: KubeObject) => Json;

const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

function goKind(value: Json): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** @throws StatusError 400 for a body that is no patch of this type */
export function patchMechanism(type: string, patch: Json, resource: Resource): PatchMechanism {
  if (type === "application/json-patch+json") {
    if (!Array.isArray(patch)) {
      const type = "[]handlers.jsonPatchOp";
      throw badRequest(`error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type ${type}`);
    }
    const strange = patch.find((operation) => operation !== null && !isJsonObject(operation));
    if (strange !== undefined) {
      const type = "handlers.jsonPatchOp";
      throw badRequest(`error decoding patch: json: cannot unmarshal ${goKind(strange)} into Go value of type ${type}`);
    }
    const isPatch = patch.every((operation) => operation !== null);
    if (!isPatch) return () => failed();
    return guarded((current) => jsonPatch(current, patch as unknown as JsonPatchOperation[]));
  }
  if (!isJsonObject(patch)) {
    const prefix = type === STRATEGIC_PATCH ? "" : "error decoding patch: ";
    throw badRequest(`${prefix}json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);
  }
  const { schema } = resource;
  if (type === "application/merge-patch+json" || schema === undefined)
    return guarded((current) => mergePatch(current, patch));
  return guarded((current) => strategicMergePatch(current, patch, schema));
}

/** Faults of patches in kube-apiserver's answers: which fault has which code is in apimachinery's codes. */
function guarded(mechanism: PatchMechanism): PatchMechanism {
  return (current) => {
    try {
      return mechanism(current);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const text = problemsOf(error)[0]?.message ?? error.message;
      if (error.code === "LimitExceeded") throw requestTooLarge(text);
      // NewGenericServerResponse keeps the reason to itself; the audit log has it.
      if (error.code === "PatchFailed") failed();
      if (error.code === "PatchRejected") throw new StatusError(500, "", text);
      throw badRequest(text);
    }
  };
}

function failed(): never {
  throw new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
