import { randomUUID } from "node:crypto";
import { formatGoDuration, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { userInfo } from "../auth/reviews.ts";
import type { ServerCaller } from "../http/server-call.ts";
import type { ServiceProxies } from "../registry/service-proxy.ts";
import type { ServiceAddress } from "../registry/service-address.ts";
import { parseJson } from "../storage/parse-json.ts";
import { reviewKinds, type MatchedRequest } from "./matched.ts";

/** An AdmissionReview of admission.k8s.io/v1 for one request. */
export function reviewOf(matched: MatchedRequest): { readonly uid: string; readonly review: JsonObject } {
  const { request, object, oldObject } = matched;
  const uid = randomUUID();
  return {
    uid,
    review: {
      kind: "AdmissionReview",
      apiVersion: "admission.k8s.io/v1",
      request: {
        uid,
        ...reviewKinds(matched),
        ...(request.name === "" ? {} : { name: request.name }),
        ...(request.namespace === "" ? {} : { namespace: request.namespace }),
        operation: request.operation,
        userInfo: userInfo(request.context.user),
        object: object ?? null,
        oldObject: oldObject ?? null,
        dryRun: request.dryRun,
        options: request.options as JsonObject,
      },
    },
  };
}

/** How webhooks are reached. */
export interface WebhookRoutes {
  readonly caller: ServerCaller;
  readonly proxies: ServiceProxies;
  /** @throws Error in Go's words where it is not to be reached */
  addressOf(service: { readonly namespace: string; readonly name: string; readonly port: number }): ServiceAddress;
}

/**
 * Sends a body to a webhook by its URL, to a service of the cluster, or to one answered in this process, and gives its answer.
 * @throws Error with the words of kube-apiserver's client
 */
export async function callWebhook(
  client: JsonObject,
  body: JsonObject,
  timeoutMs: number,
  routes: WebhookRoutes,
): Promise<JsonObject> {
  const text = JSON.stringify(body);
  const ca = caOf(client["caBundle"]);
  const answer = isJsonObject(client["service"])
    ? await askService(client["service"], ca, text, timeoutMs, routes)
    : await routes.caller.post({ url: timed(String(client["url"] ?? ""), timeoutMs), ca, body: text, timeoutMs });
  if (answer === "") throw new Error("0-length response with status code: 200 and content type: application/json");
  const value = parsed(answer);
  if (!isJsonObject(value)) throw new Error(decodeFault(answer, value));
  return value;
}

/** @throws Error for an answer that is no review of the kind and version that was sent */
export function checkKind(answer: JsonObject, group: string, kind: string): void {
  const { apiVersion: version, kind: found } = answer;
  if (version === `${group}/v1` && found === kind) return;
  if (version === `${group}/v1beta1` && found === kind) {
    throw new Error(`converting (v1beta1.${kind}) to (v1.${kind}): unknown conversion`);
  }
  if (typeof found !== "string" || found === "") throw new Error("Object 'Kind' is missing in the answer");
  throw new Error(
    `no kind ${JSON.stringify(found)} is registered for version ${JSON.stringify(version ?? "")} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function caOf(bundle: Json | undefined): Buffer | undefined {
  return typeof bundle === "string" && bundle !== "" ? Buffer.from(bundle, "base64") : undefined;
}

function timed(url: string, timeoutMs: number): URL {
  const asked = new URL(url);
  asked.search = `timeout=${formatGoDuration(timeoutMs)}`;
  return asked;
}

async function askService(
  service: JsonObject,
  ca: Buffer | undefined,
  body: string,
  timeoutMs: number,
  { caller, proxies, addressOf }: WebhookRoutes,
): Promise<string> {
  const namespace = String(service["namespace"] ?? "");
  const name = String(service["name"] ?? "");
  const port = Number(service["port"] ?? 443);
  const path = String(service["path"] ?? "/");
  const handler = proxies.find(namespace, `${name}:${port}`);
  if (handler !== undefined) {
    const headers = { "content-type": "application/json" };
    const asked = Promise.resolve(handler({ method: "POST", path, headers, body: Buffer.from(body) }));
    const answer = await within(asked, timeoutMs);
    if (answer.status >= 300) throw new Error(`the server returned status ${answer.status}`);
    return Buffer.from(answer.body as Uint8Array).toString("utf8");
  }
  const url = timed(`https://${name}.${namespace}.svc:${port}${path.startsWith("/") ? path : `/${path}`}`, timeoutMs);
  // A URL leaves out the port that its scheme has anyway; the real server's client names it.
  const shown = port === 443 ? url.href.replace(`${name}.${namespace}.svc`, `${name}.${namespace}.svc:443`) : url.href;
  let address: ServiceAddress;
  try {
    address = addressOf({ namespace, name, port });
  } catch (error) {
    throw new Error(`Post ${JSON.stringify(shown)}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return caller.post({ url, ...address, ca, body, timeoutMs });
}

function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("context deadline exceeded")), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}

/** JSON, or YAML, which the real server's decoder takes too. */
function parsed(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    try {
      return decodeYaml(text);
    } catch {
      return undefined;
    }
  }
}

function decodeFault(text: string, value: Json | undefined): string {
  const first = text.trimStart()[0] ?? "";
  if (value === undefined) {
    return `couldn't get version/kind; json parse error: invalid character '${first}' looking for beginning of value`;
  }
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
}
