import { randomUUID } from "node:crypto";
import { request as httpsRequest } from "node:https";
import { formatGoDuration, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { dialFault } from "../http/dial-faults.ts";
import { userInfo } from "../auth/reviews.ts";
import type { ServiceProxies } from "../registry/service-proxy.ts";
import type { AdmissionRequest } from "./types.ts";

/** A webhook's answer is a few patches and a message; what is larger is none. */
const ANSWER_BYTES_MAX = 3 * 1024 * 1024;

/** An AdmissionReview of admission.k8s.io/v1 for one request. */
export function reviewOf(request: AdmissionRequest): { readonly uid: string; readonly review: JsonObject } {
  const { resource, context } = request;
  const uid = randomUUID();
  const kind = { group: resource.group, version: resource.version, kind: resource.kind };
  const about = { group: resource.group, version: resource.version, resource: resource.plural };
  const subresource =
    request.subresource === "" ? {} : { subResource: request.subresource, requestSubResource: request.subresource };
  return {
    uid,
    review: {
      kind: "AdmissionReview",
      apiVersion: "admission.k8s.io/v1",
      request: {
        uid,
        kind,
        resource: about,
        requestKind: kind,
        requestResource: about,
        ...subresource,
        ...(request.name === "" ? {} : { name: request.name }),
        ...(request.namespace === "" ? {} : { namespace: request.namespace }),
        operation: request.operation,
        userInfo: userInfo(context.user),
        object: request.object ?? null,
        oldObject: request.oldObject ?? null,
        dryRun: request.dryRun,
        options: request.options as JsonObject,
      },
    },
  };
}

/**
 * Sends a review to a webhook by its URL, or to a service answered in this process.
 * @throws Error with the words of kube-apiserver's client
 */
export async function callWebhook(
  client: JsonObject,
  review: JsonObject,
  timeoutMs: number,
  proxies: ServiceProxies,
): Promise<JsonObject> {
  const body = JSON.stringify(review);
  const text = isJsonObject(client["service"])
    ? await askService(client["service"], body, proxies)
    : await askUrl(String(client["url"] ?? ""), client["caBundle"], body, timeoutMs);
  let answer: Json;
  try {
    answer = JSON.parse(text) as Json;
  } catch {
    throw new Error("the server response was no JSON");
  }
  const response = isJsonObject(answer) ? answer["response"] : undefined;
  if (!isJsonObject(response)) throw new Error("webhook response did not contain a response");
  return response;
}

async function askService(service: JsonObject, body: string, proxies: ServiceProxies): Promise<string> {
  const namespace = String(service["namespace"] ?? "");
  const name = String(service["name"] ?? "");
  const port = String(service["port"] ?? 443);
  const handler = proxies.find(namespace, `${name}:${port}`);
  if (handler === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const answer = await handler({
    method: "POST",
    path: String(service["path"] ?? "/"),
    headers: { "content-type": "application/json" },
    body: Buffer.from(body),
  });
  if (answer.status >= 300) throw new Error(`the server returned status ${answer.status}`);
  return Buffer.from(answer.body as Uint8Array).toString("utf8");
}

function askUrl(url: string, caBundle: Json | undefined, body: string, timeoutMs: number): Promise<string> {
  const shown = `Post ${JSON.stringify(`${url}?timeout=${formatGoDuration(timeoutMs)}`)}`;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`failed to call webhook: ${shown}: ${why}`));
    const ca = typeof caBundle === "string" && caBundle !== "" ? Buffer.from(caBundle, "base64") : undefined;
    const sent = httpsRequest(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: timeoutMs,
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) sent.destroy(new Error("response body is too large"));
          else chunks.push(chunk);
        });
        response.on("end", () => {
          if ((response.statusCode ?? 500) < 300) resolve(Buffer.concat(chunks).toString("utf8"));
          else fail(`the server returned status ${response.statusCode ?? 0}`);
        });
        response.on("error", (error) => fail(error.message));
      },
    );
    const deadline = setTimeout(() => sent.destroy(new Error("context deadline exceeded")), timeoutMs);
    sent.on("timeout", () => sent.destroy(new Error("context deadline exceeded")));
    sent.on("error", (error: NodeJS.ErrnoException) => fail(dialFault(error, "")));
    sent.on("close", () => clearTimeout(deadline));
    sent.end(body);
  });
}
