import type { JsonPatchOperation } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject, type Logger } from "@fairlead/base";
import type { Authorizer } from "../auth/types.ts";
import { forbidden, internalError, badRequest, StatusError, type StatusDetails } from "../http/status.ts";
import type { ResourceTable } from "../registry/resource-table.ts";
import type { Store } from "../storage/store.ts";
import { bindingsOf, conditionsHold } from "./cel.ts";
import { matchedRequest, matchedResource, type MatchedRequest } from "./matched.ts";
import { isExempt, matchesNamespace, matchesObject, objectsIn } from "./matching.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";
import { callWebhook, checkKind, reviewOf, type WebhookRoutes } from "./webhook-call.ts";
import { applyAnswer, checkAnswer, patchIn } from "./webhook-answer.ts";

const GROUP = "admissionregistration.k8s.io";
const TIMEOUT_SECONDS = 10;

interface Webhook {
  readonly name: string;
  readonly configuration: string;
  readonly definition: JsonObject;
}

export interface WebhookParts {
  readonly store: Store;
  readonly resources: ResourceTable;
  readonly authorizer: Authorizer;
  readonly routes: WebhookRoutes;
  readonly logger: Logger;
}

/** A webhook with the request in the version it is to see. */
interface Called {
  readonly webhook: Webhook;
  readonly matched: MatchedRequest;
}

/** What a webhook that allows wants changed. */
interface Answer {
  readonly operations: readonly JsonPatchOperation[];
}

/** Where in the log of admission a call stands. */
interface Place {
  readonly type: "mutating" | "validating";
  readonly round: number;
  readonly index: number;
}

/** Asks the webhooks that MutatingWebhookConfigurations and ValidatingWebhookConfigurations name. */
export class Webhooks {
  readonly #parts: WebhookParts;
  readonly #known = new Map<string, readonly Webhook[]>();

  constructor(parts: WebhookParts) {
    this.#parts = parts;
    parts.store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource.startsWith(`${GROUP}/`))) this.#known.clear();
    });
  }

  /** @param again the steps of this server before the webhooks, which are taken once more when one of them has changed the object */
  mutating(again: Admitter): Admitter {
    return (request) => {
      const webhooks = this.#list("mutatingwebhookconfigurations");
      return webhooks.length === 0 || isExempt(request) ? undefined : this.#mutateAll(webhooks, request, again);
    };
  }

  get validate(): Admitter {
    return (request) => {
      const webhooks = this.#list("validatingwebhookconfigurations");
      if (webhooks.length === 0 || isExempt(request)) return undefined;
      const called = webhooks.map((webhook) => this.#match(webhook, request)).filter((one) => one !== undefined);
      if (called.length === 0) return undefined;
      return Promise.all(called.map((one, index) => this.#ask(one, { type: "validating", round: 0, index }))).then(
        () => undefined,
      );
    };
  }

  #list(plural: string): readonly Webhook[] {
    let webhooks = this.#known.get(plural);
    if (webhooks === undefined) {
      webhooks = this.#parts.store
        .collection(`${GROUP}/${plural}`)
        .list()
        .flatMap((entry) =>
          objectsIn(entry.parse()["webhooks"]).map((definition) => ({
            name: String(definition["name"]),
            configuration: entry.name,
            definition,
          })),
        );
      this.#known.set(plural, webhooks);
    }
    return webhooks;
  }

  /** @throws StatusError 403 where its conditions cannot be told and it must not be passed over */
  #match(webhook: Webhook, request: AdmissionRequest): Called | undefined {
    const { definition } = webhook;
    const { store, resources, authorizer } = this.#parts;
    if (!matchesNamespace(definition["namespaceSelector"], request, store)) return undefined;
    if (!matchesObject(definition["objectSelector"], request)) return undefined;
    const resource = matchedResource(objectsIn(definition["rules"]), definition["matchPolicy"], request, resources);
    if (resource === undefined) return undefined;
    const matched = matchedRequest(request, resource);
    const conditions = objectsIn(definition["matchConditions"]);
    if (conditions.length === 0) return { webhook, matched };
    try {
      return conditionsHold(conditions, bindingsOf(matched, undefined, authorizer)) ? { webhook, matched } : undefined;
    } catch (error) {
      if (definition["failurePolicy"] === "Ignore") return undefined;
      throw forbidden(request.resource, request.name, messageOf(error));
    }
  }

  /**
   * One after the other. When one has changed the object, the server's own steps are taken again, and the webhooks that wish to are
   * asked again for what came after them (k8s.io/apiserver admission/plugin/webhook/mutating).
   */
  async #mutateAll(webhooks: readonly Webhook[], request: AdmissionRequest, again: Admitter): Promise<void> {
    const asked: number[] = [];
    let lastChange = -1;
    for (const [index, webhook] of webhooks.entries()) {
      const called = this.#match(webhook, request);
      if (called === undefined) continue;
      asked.push(index);
      if (await this.#mutateBy(called, { type: "mutating", round: 0, index })) lastChange = index;
    }
    if (lastChange < 0) return;
    const before = JSON.stringify(request.object);
    await again(request);
    const isAll = JSON.stringify(request.object) !== before;
    for (const index of asked) {
      const webhook = webhooks[index] as Webhook;
      if (webhook.definition["reinvocationPolicy"] !== "IfNeeded" || (!isAll && index >= lastChange)) continue;
      const called = this.#match(webhook, request);
      if (called !== undefined) await this.#mutateBy(called, { type: "mutating", round: 1, index });
    }
  }

  async #mutateBy(called: Called, place: Place): Promise<boolean> {
    const response = await this.#ask(called, place);
    if (response === undefined) return false;
    const { name, configuration } = called.webhook;
    const isMutated = response.operations.length > 0;
    if (isMutated) applyAnswer(name, response.operations, called.matched);
    const { auditAnnotations } = called.matched.request.context;
    setOwn(
      auditAnnotations,
      `mutation.webhook.admission.k8s.io/round_${place.round}_index_${place.index}`,
      JSON.stringify({ configuration, webhook: name, mutated: isMutated }),
    );
    return isMutated;
  }

  async #review(client: JsonObject, review: JsonObject, timeoutMs: number): Promise<JsonObject> {
    const answer = await callWebhook(client, review, timeoutMs, this.#parts.routes);
    checkKind(answer, "admission.k8s.io", "AdmissionReview");
    return answer;
  }

  /** The response of a webhook that allows; undefined where it failed and may be ignored. */
  async #ask({ webhook, matched }: Called, place: Place): Promise<Answer | undefined> {
    const { name, definition } = webhook;
    const { context } = matched.request;
    checkSideEffects(webhook, matched.request);
    let response: JsonObject;
    let operations: readonly JsonPatchOperation[];
    try {
      const { uid, review } = reviewOf(matched);
      const timeoutMs = Number(definition["timeoutSeconds"] ?? TIMEOUT_SECONDS) * 1000;
      const client = isJsonObject(definition["clientConfig"]) ? definition["clientConfig"] : {};
      const answer = await this.#review(client, review, timeoutMs).catch((error: unknown) => {
        throw new Error(`failed to call webhook: ${messageOf(error)}`, { cause: error });
      });
      response = checkAnswer(answer, uid, place.type === "mutating");
      operations = response["allowed"] === true ? patchIn(response) : [];
    } catch (error) {
      if (definition["failurePolicy"] === "Ignore") {
        this.#parts.logger.warn("a webhook failed and is ignored", { webhook: name, error: messageOf(error) });
        const kind = place.type === "mutating" ? "mutation" : "validation";
        const key = `failed-open.${kind}.webhook.admission.k8s.io/round_${place.round}_index_${place.index}`;
        setOwn(context.auditAnnotations, key, name);
        return undefined;
      }
      throw internalError(`failed calling webhook ${JSON.stringify(name)}: ${messageOf(error)}`);
    }
    const annotations = response["auditAnnotations"];
    for (const [key, value] of Object.entries(isJsonObject(annotations) ? annotations : {}))
      setOwn(context.auditAnnotations, `${name}/${key}`, String(value));
    for (const warning of Array.isArray(response["warnings"]) ? response["warnings"] : [])
      context.warnings.push(String(warning));
    if (response["allowed"] !== true) throw denied(name, response["status"]);
    return { operations };
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
