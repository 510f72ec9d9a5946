import { randomUUID } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Pki } from "../auth/pki.ts";
import { ISSUER, signToken, type TokenClaims } from "../auth/tokens.ts";
import { readBody } from "../http/body.ts";
import { asObject, decodeBody } from "../http/decode.ts";
import { sendValue, type Exchange } from "../http/exchange.ts";
import { badRequest, conflict, invalid, methodNotAllowedOnPath, notFound, type FieldFault } from "../http/status.ts";
import { timestamp } from "./metadata.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./types.ts";

const EXPIRATION_SECONDS = { default: 3600, min: 600, max: 2 ** 32 };

/** POST serviceaccounts/NAME/token: a token for a while, for an audience, perhaps bound to an object. */
export async function handleTokenRequest(
  registry: Registry,
  pki: Pki,
  exchange: Exchange,
  accounts: Resource,
): Promise<void> {
  if (exchange.info.verb !== "create") throw methodNotAllowedOnPath();
  const { info } = exchange;
  const expected = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
  const body = await readBody(exchange.request);
  const request = asObject(decodeBody(body, exchange.request.headers["content-type"], expected).value, expected);
  const account = registry.find(accounts, info.namespace, info.name);
  if (account === undefined) throw notFound(accounts, info.name);
  const spec = isJsonObject(request["spec"]) ? request["spec"] : {};
  const seconds = secondsOf(spec);
  const nowMs = registry.clock.now();
  const expiresAtMs = nowMs + seconds * 1000;
  const audiences =
    Array.isArray(spec["audiences"]) && spec["audiences"].length > 0 ? spec["audiences"].map(String) : [ISSUER];
  const token = signToken(
    pki.tokenKey,
    pki.tokenPublicKey,
    {
      audiences,
      expiresAtMs,
      namespace: info.namespace,
      account: { name: info.name, uid: account.metadata.uid ?? "" },
      bound: boundObject(registry, info.namespace, spec["boundObjectRef"]),
    },
    nowMs,
    randomUUID(),
  );
  const { name, namespace } = info;
  sendValue(exchange, 201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: timestamp(nowMs) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec["boundObjectRef"] ?? null },
    status: { token, expirationTimestamp: timestamp(expiresAtMs) },
  });
}

function secondsOf(spec: JsonObject): number {
  const seconds =
    typeof spec["expirationSeconds"] === "number" ? spec["expirationSeconds"] : EXPIRATION_SECONDS.default;
  const faults: FieldFault[] = [];
  const field = "spec.expirationSeconds";
  if (seconds < EXPIRATION_SECONDS.min) {
    faults.push({
      type: "FieldValueInvalid",
      field,
      message: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
    });
  }
  if (seconds > EXPIRATION_SECONDS.max) {
    faults.push({
      type: "FieldValueInvalid",
      field,
      message: `Invalid value: ${seconds}: may not specify a duration larger than 2^32 seconds`,
    });
  }
  if (faults.length > 0) throw invalid("authentication.k8s.io", "TokenRequest", "", faults);
  return seconds;
}

function boundObject(registry: Registry, namespace: string, ref: Json | undefined): TokenClaims["bound"] {
  if (!isJsonObject(ref)) return undefined;
  const kind = String(ref["kind"] ?? "");
  const name = String(ref["name"] ?? "");
  if (kind !== "Pod" && kind !== "Secret" && kind !== "Node") {
    throw badRequest(`cannot bind token to object of type ${String(ref["apiVersion"] ?? "")}, Kind=${kind}`);
  }
  const resource = registry.resources.findKind("", "v1", kind) as Resource;
  const object: KubeObject | undefined = registry.find(resource, resource.namespaced ? namespace : "", name);
  if (object === undefined) throw notFound(resource, name);
  const uid = String(ref["uid"] ?? "");
  if (uid !== "" && uid !== object.metadata.uid) {
    throw conflict(
      resource,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { kind: kind.toLowerCase() as "pod" | "secret" | "node", name, uid: object.metadata.uid ?? "" };
}
