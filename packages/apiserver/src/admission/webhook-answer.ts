import { jsonPatch, type JsonPatchOperation, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { internalError } from "../http/status.ts";
import { withDefaults } from "../registry/machinery.ts";
import { applyScale } from "../registry/scale.ts";
import { parseJson } from "../storage/parse-json.ts";
import { convertBetween, type MatchedRequest } from "./matched.ts";

/** The response in a review, when it is one to this request (admission/plugin/webhook/request VerifyAdmissionResponse). @throws Error */
export function checkAnswer(answer: JsonObject, uid: string, isMutating: boolean): JsonObject {
  const invalid = (why: string): Error => new Error(`received invalid webhook response: ${why}`);
  const { response } = answer;
  if (!isJsonObject(response)) throw invalid("webhook response was absent");
  const given = typeof response["uid"] === "string" ? response["uid"] : "";
  if (given !== uid) throw invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(given)}`);
  const { patch, patchType } = response;
  const hasPatch = typeof patch === "string" && patch !== "";
  if (!isMutating) {
    if (hasPatch) throw invalid("validating webhook may not return response.patch");
    if (typeof patchType === "string") throw invalid("validating webhook may not return response.patchType");
    return response;
  }
  if (!hasPatch && typeof patchType === "string") {
    throw invalid("webhook returned response.patchType but not response.patch");
  }
  if (hasPatch && typeof patchType !== "string") {
    throw invalid("webhook returned response.patch but not response.patchType");
  }
  return response;
}

/** The operations of a response's patch, none where it has none. @throws Error for what cannot be read */
export function patchIn(response: JsonObject): readonly JsonPatchOperation[] {
  const { patch, patchType } = response;
  if (typeof patch !== "string" || patch === "") return [];
  const undecodable = (why: string): Error => new Error(`received undecodable patch in webhook response: ${why}`);
  let operations: Json;
  try {
    operations = parseJson(Buffer.from(patch, "base64").toString("utf8"));
  } catch {
    throw undecodable("invalid character looking for beginning of value");
  }
  if (!Array.isArray(operations)) {
    throw undecodable("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  if (operations.length > 0 && patchType !== "JSONPatch") {
    throw new Error(`unsupported patch type ${JSON.stringify(patchType)}`);
  }
  return operations as unknown as JsonPatchOperation[];
}

/** Changes the request's object as a webhook's patch says. @throws StatusError 500 for a patch that does not fit */
export function applyAnswer(
  webhook: string,
  operations: readonly JsonPatchOperation[],
  { request, resource, object }: MatchedRequest,
): void {
  if (object === undefined || request.object === undefined) {
    throw internalError(
      `admission webhook ${JSON.stringify(webhook)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  let patched: KubeObject;
  try {
    patched = jsonPatch(object, [...operations]) as KubeObject;
  } catch (error) {
    throw internalError(error instanceof Error ? error.message : String(error));
  }
  if (request.subresource === "scale") {
    applyScale(request.resource, request.object, patched);
    return;
  }
  const own = resource === request.resource ? patched : convertBetween(resource, request.resource, patched);
  request.object = withDefaults(request.resource, own);
}
