import { isJsonObject, type Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import type { ApplicationSource } from "../application/types.ts";
import { SECRET_KIND } from "../names.ts";
import { providerOf, readEvent, repositoryKey } from "./parse.ts";
import type { WebhookAnswer, WebhookEvent, WebhookRequest, WebhookSecrets } from "./types.ts";
import { isAuthentic } from "./verify.ts";

export interface WebhookDeps {
  readonly hub: KubeClient;
  readonly namespace: string;
  readonly logger: Logger;
  readonly bytesMax: () => number;
  /** One source of each repository that applications follow. */
  readonly followed: () => readonly ApplicationSource[];
  /** Asks a repository whether it moved; whoever is concerned by what changed is woken by that. */
  readonly poke: (source: ApplicationSource) => Promise<void>;
  readonly onEvent?: ((event: WebhookEvent) => void) | undefined;
  readonly count: (event: WebhookEvent) => void;
}

/**
 * Takes a Git host's webhook. The host waits for no fetch: the answer is given once it is known whom it concerns. Never throws; the
 * answers say nothing about secrets or about which repositories there are.
 */
export async function receiveWebhook(deps: WebhookDeps, request: WebhookRequest): Promise<WebhookAnswer> {
  const limit = deps.bytesMax();
  if (request.body.length > limit) return { status: 413, message: `the body is larger than ${limit} bytes` };
  const payload = parseBody(request);
  if (!isJsonObject(payload)) return { status: 400, message: "the body is no JSON object" };
  const provider = providerOf(request, payload);
  if (!provider) return { status: 400, message: "unknown webhook event" };
  let secrets: WebhookSecrets;
  try {
    secrets = await readSecrets(deps);
  } catch (error) {
    deps.logger.warn("webhook could not be checked", { provider, error: String(error) });
    return { status: 503, message: "the webhook cannot be checked now" };
  }
  if (!isAuthentic(provider, request, secrets)) {
    deps.logger.warn("webhook refused", { provider });
    return { status: 401, message: "the webhook's secret or signature is wrong" };
  }
  const event = readEvent(provider, request, payload);
  deps.count(event);
  deps.onEvent?.(event);
  if (event.isPush) lookAt(deps, event);
  return {
    status: 200,
    message: event.isPush ? "looking at the repository" : `nothing to do for ${event.name || "this event"}`,
  };
}

function lookAt(deps: WebhookDeps, event: WebhookEvent): void {
  const keys = new Set(event.repositories.map(repositoryKey));
  const concerned = deps
    .followed()
    .filter(({ repoURL, chart }) => chart === undefined && keys.has(repositoryKey(repoURL)));
  deps.logger.info("webhook", { provider: event.provider, ref: event.ref, repositories: concerned.length });
  for (const source of concerned) {
    deps.poke(source).catch((error: unknown) => {
      deps.logger.warn("repository could not be looked at", { repository: source.repoURL, error: String(error) });
    });
  }
}

/** JSON, or a form that holds it: GitHub and Gogs can be told to send either. */
function parseBody({ headers, body }: WebhookRequest): unknown {
  const text = body.toString("utf8");
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get("payload") ?? "") : text) as unknown;
  } catch {
    return undefined;
  }
}

async function readSecrets({ hub, namespace }: WebhookDeps): Promise<WebhookSecrets> {
  const secret: KubeObject | undefined = await hub.find(SECRET_KIND, "argocd-secret", namespace);
  const data = secret?.["data"];
  if (!isJsonObject(data)) return {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, Buffer.from(value, "base64").toString("utf8").trim()]] : [],
    ),
  );
}
