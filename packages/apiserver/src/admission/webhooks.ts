import { jsonPatch, type JsonPatchOperation, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject, type Logger } from "@fairlead/base";
import { internalError, badRequest, StatusError, type StatusDetails } from "../http/status.ts";
import { withDefaults } from "../registry/machinery.ts";
import type { ServiceProxies } from "../registry/service-proxy.ts";
import type { Store } from "../storage/store.ts";
import { bindingsOf, conditionsHold } from "./cel.ts";
import { isExempt, matchesNamespace, matchesObject, matchesRules, objectsIn } from "./matching.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";
import { callWebhook, reviewOf } from "./webhook-call.ts";

const GROUP = "admissionregistration.k8s.io";
const TIMEOUT_SECONDS = 10;

interface Webhook {
  readonly name: string;
  readonly definition: JsonObject;
}

/** Asks the webhooks that MutatingWebhookConfigurations and ValidatingWebhookConfigurations name. */
export class Webhooks {
  readonly #store: Store;
  readonly #proxies: ServiceProxies;
  readonly #logger: Logger;
  readonly #known = new Map<string, readonly Webhook[]>();

  constructor(store: Store, proxies: ServiceProxies, logger: Logger) {
    this.#store = store;
    this.#proxies = proxies;
    this.#logger = logger;
    store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource.startsWith(`${GROUP}/`))) this.#known.clear();
    });
  }

  get mutate(): Admitter {
    return (request) => {
      const webhooks = this.#matching("mutatingwebhookconfigurations", request);
      return webhooks.length === 0 ? undefined : this.#mutateAll(webhooks, request);
    };
  }

  get validate(): Admitter {
    return (request) => {
      const webhooks = this.#matching("validatingwebhookconfigurations", request);
      if (webhooks.length === 0) return undefined;
      return Promise.all(webhooks.map((webhook) => this.#ask(webhook, request))).then(() => undefined);
    };
  }

  #matching(plural: string, request: AdmissionRequest): Webhook[] {
    const all = this.#list(plural);
    if (all.length === 0 || isExempt(request)) return [];
    return all.filter(
      ({ definition }) =>
        matchesRules(objectsIn(definition["rules"]), request) &&
        matchesNamespace(definition["namespaceSelector"], request, this.#store) &&
        matchesObject(definition["objectSelector"], request),
    );
  }

  #list(plural: string): readonly Webhook[] {
    let webhooks = this.#known.get(plural);
    if (webhooks === undefined) {
      webhooks = this.#store
        .collection(`${GROUP}/${plural}`)
        .list()
        .flatMap((entry) => objectsIn(entry.parse()["webhooks"]))
        .map((definition) => ({ name: String(definition["name"]), definition }));
      this.#known.set(plural, webhooks);
    }
    return webhooks;
  }

  /** One after the other; those that wish to are asked again when a later one changed the object. */
  async #mutateAll(webhooks: readonly Webhook[], request: AdmissionRequest): Promise<void> {
    const changedBy: number[] = [];
    for (const [index, webhook] of webhooks.entries()) {
      if (await this.#mutateBy(webhook, request)) changedBy.push(index);
    }
    for (const [index, webhook] of webhooks.entries()) {
      const isLaterChange = changedBy.some((changer) => changer > index);
      if (webhook.definition["reinvocationPolicy"] === "IfNeeded" && isLaterChange)
        await this.#mutateBy(webhook, request);
    }
  }

  async #mutateBy(webhook: Webhook, request: AdmissionRequest): Promise<boolean> {
    const response = await this.#ask(webhook, request);
    const patch = response?.["patch"];
    if (typeof patch !== "string" || patch === "" || request.object === undefined) return false;
    try {
      const operations = JSON.parse(Buffer.from(patch, "base64").toString()) as JsonPatchOperation[];
      const patched = jsonPatch(request.object, operations) as KubeObject;
      request.object = withDefaults(request.resource, patched);
      return operations.length > 0;
    } catch (error) {
      throw internalError(
        `admission webhook ${JSON.stringify(webhook.name)} sent a patch that cannot be applied: ${messageOf(error)}`,
      );
    }
  }

  /** The response of a webhook that allows; undefined where it was not asked, or failed and may be ignored. */
  async #ask(webhook: Webhook, request: AdmissionRequest): Promise<JsonObject | undefined> {
    const { name, definition } = webhook;
    let response: JsonObject;
    try {
      if (!this.#conditionsHold(definition, request)) return undefined;
      checkSideEffects(webhook, request);
      const { uid, review } = reviewOf(request);
      const timeoutMs = Number(definition["timeoutSeconds"] ?? TIMEOUT_SECONDS) * 1000;
      const client = isJsonObject(definition["clientConfig"]) ? definition["clientConfig"] : {};
      response = await callWebhook(client, review, timeoutMs, this.#proxies);
      if (response["uid"] !== uid)
        throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response["uid"])}`);
    } catch (error) {
      if (error instanceof StatusError) throw error;
      if (definition["failurePolicy"] === "Ignore") {
        this.#logger.warn("a webhook failed and is ignored", { webhook: name, error: messageOf(error) });
        return undefined;
      }
      throw internalError(`failed calling webhook ${JSON.stringify(name)}: ${messageOf(error)}`);
    }
    for (const warning of Array.isArray(response["warnings"]) ? response["warnings"] : []) {
      request.context.warnings.push(String(warning));
    }
    if (response["allowed"] !== true) throw denied(name, response["status"]);
    return response;
  }

  #conditionsHold(definition: JsonObject, request: AdmissionRequest): boolean {
    const conditions = objectsIn(definition["matchConditions"]);
    return conditions.length === 0 || conditionsHold(conditions, bindingsOf(request, undefined));
  }
}

/** @throws StatusError 400 for a dry run that the webhook might act upon */
function checkSideEffects({ name, definition }: Webhook, request: AdmissionRequest): void {
  const effects = definition["sideEffects"];
  if (!request.dryRun || effects === "None" || effects === "NoneOnDryRun") return;
  throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
}

/** apiserver's errors.ToStatusErr. */
function denied(name: string, status: Json | undefined): StatusError {
  const given = isJsonObject(status) ? status : {};
  const code = typeof given["code"] === "number" && given["code"] >= 400 ? given["code"] : 400;
  const reason = typeof given["reason"] === "string" ? given["reason"] : "";
  const message = typeof given["message"] === "string" && given["message"] !== "" ? given["message"] : reason;
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message === "" ? `${by} without explanation` : `${by}: ${message}`;
  const details = isJsonObject(given["details"]) ? (given["details"] as StatusDetails) : undefined;
  return new StatusError(code, reason, text, details);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
