import { labelSelectorFromObject, matchesLabels, parseApiVersion, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { Authorizer } from "../auth/types.ts";
import { forbidden, StatusError } from "../http/status.ts";
import { decodeEntry } from "../registry/codec.ts";
import type { ResourceTable } from "../registry/resource-table.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { Store } from "../storage/store.ts";
import { bindingsOf, celValue, conditionsHold, Evaluator, OutOfBudget, withVariables, type Bindings } from "./cel.ts";
import { matchedConstraint, matchedRequest, type MatchedRequest } from "./matched.ts";
import { isExempt, matchesNamespace, matchesObject, objectsIn, textsIn } from "./matching.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const GROUP = "admissionregistration.k8s.io";

interface Policy {
  readonly name: string;
  readonly spec: JsonObject;
  readonly bindings: readonly { readonly name: string; readonly spec: JsonObject }[];
}

/** A policy put to work by a binding; without one where the policy itself cannot work. */
interface Pair {
  readonly policy: Policy;
  readonly binding?: Policy["bindings"][number];
}

interface Violation {
  readonly pair: Pair;
  readonly message: string;
  readonly reason: string;
  /** Which of the policy's validations failed; 0 where it did not come so far. */
  readonly index: number;
}

const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  Invalid: 422,
  RequestEntityTooLarge: 413,
};

/** ValidatingAdmissionPolicies, each where a binding puts it to work. */
export class AdmissionPolicies {
  readonly #store: Store;
  readonly #resources: ResourceTable;
  readonly #authorizer: Authorizer;
  #policies: readonly Policy[] | undefined;

  constructor(store: Store, resources: ResourceTable, authorizer: Authorizer) {
    this.#store = store;
    this.#resources = resources;
    this.#authorizer = authorizer;
    store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource.startsWith(`${GROUP}/validatingadmissionpolic`)))
        this.#policies = undefined;
    });
  }

  get admitter(): Admitter {
    return (request) => {
      this.#policies ??= this.#load();
      if (this.#policies.length === 0 || isExempt(request)) return;
      const denials: Violation[] = [];
      // All are asked, as what warns or is written down counts beside what denies; the first denial is told.
      for (const policy of this.#policies) this.#enforce(policy, request, denials);
      if (denials[0] !== undefined) throw denied(request, denials[0]);
    };
  }

  #load(): Policy[] {
    const bindings = this.#store
      .collection(`${GROUP}/validatingadmissionpolicybindings`)
      .list()
      .map((entry) => ({ name: entry.name, spec: specOf(entry) }));
    const byPolicy = Map.groupBy(bindings, ({ spec }) => String(spec["policyName"]));
    return this.#store
      .collection(`${GROUP}/validatingadmissionpolicies`)
      .list()
      .flatMap((entry) => {
        const own = byPolicy.get(entry.name);
        return own === undefined ? [] : [{ name: entry.name, spec: specOf(entry), bindings: own }];
      });
  }

  #enforce(policy: Policy, request: AdmissionRequest, denials: Violation[]): void {
    const matched = this.#matched(policy.spec["matchConstraints"], request);
    if (matched === undefined) return;
    const kind = paramKindOf(policy.spec);
    const resource = kind && this.#resources.findKind(kind.group, kind.version, kind.kind);
    if (kind !== undefined && resource === undefined) {
      const what = `${kind.group === "" ? "" : `${kind.group}/`}${kind.version}, Kind=${kind.kind}`;
      const message = `failed to configure policy: failed to find resource referenced by paramKind: '${what}'`;
      if (isStrict(policy)) denials.push({ pair: { policy }, message, reason: "Invalid", index: 0 });
      return;
    }
    for (const binding of policy.bindings) {
      const resources = binding.spec["matchResources"];
      if (resources !== undefined && this.#matched(resources, request) === undefined) continue;
      const pair = { policy, binding };
      tell(request, binding.spec, [...this.#violations(pair, matched, kind && resource)], denials);
    }
  }

  #matched(match: Json | undefined, request: AdmissionRequest): MatchedRequest | undefined {
    if (!isJsonObject(match)) return undefined;
    if (!matchesNamespace(match["namespaceSelector"], request, this.#store)) return undefined;
    if (!matchesObject(match["objectSelector"], request)) return undefined;
    const resource = matchedConstraint(match, request, this.#resources);
    return resource && matchedRequest(request, resource);
  }

  *#violations(
    pair: Required<Pair>,
    matched: MatchedRequest,
    paramResource: Resource | undefined,
  ): Generator<Violation> {
    const { policy } = pair;
    let params: unknown[];
    try {
      params = paramResource === undefined ? [null] : this.#params(pair, matched.request, paramResource);
    } catch (error) {
      const message = `failed to configure binding: ${messageOf(error)}`;
      if (isStrict(policy)) yield { pair, message, reason: "Invalid", index: 0 };
      return;
    }
    const base = bindingsOf(matched, this.#namespaceObject(matched.request), this.#authorizer);
    for (const param of params) {
      const bindings = paramResource === undefined ? base : { ...base, params: param };
      try {
        if (!conditionsHold(objectsIn(policy.spec["matchConditions"]), bindings)) continue;
      } catch (error) {
        if (isStrict(policy)) yield { pair, message: messageOf(error), reason: "Invalid", index: 0 };
        continue;
      }
      const evaluator = new Evaluator();
      const all = withVariables(objectsIn(policy.spec["variables"]), bindings, evaluator);
      yield* violationsOf(pair, all, evaluator);
      yield* annotate(pair, all, matched.request, evaluator);
    }
  }

  #namespaceObject({ resource, namespace }: AdmissionRequest): KubeObject | undefined {
    if (!resource.namespaced) return undefined;
    const namespaces = this.#resources.find("", "v1", "namespaces");
    const entry = this.#store.getForWrite({ resource: "/namespaces", namespace: "", name: namespace });
    return namespaces === undefined || entry === undefined ? undefined : decodeEntry(namespaces, entry);
  }

  /** The objects a policy is parameterised by: by name, or all that are selected. One null where the binding names none. */
  #params({ binding }: Required<Pair>, request: AdmissionRequest, resource: Resource): unknown[] {
    const ref = binding.spec["paramRef"];
    if (!isJsonObject(ref)) return [null];
    const own = textOf(ref["namespace"]);
    if (!resource.namespaced && own !== "") {
      throw new Error("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
    }
    const namespace = own === "" ? request.namespace : own;
    if (resource.namespaced && namespace === "") {
      throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
    }
    const collection = this.#store.collection(resource.storage);
    const name = textOf(ref["name"]);
    const entries: readonly (Entry | undefined)[] =
      name !== ""
        ? [collection.get(resource.namespaced ? namespace : "", name)]
        : collection
            .list(resource.namespaced ? namespace : undefined)
            .filter((entry) => matchesLabels(labelSelectorFromObject(ref["selector"]), entry.labels));
    const found = entries.filter((entry) => entry !== undefined);
    if (found.length > 0) return found.map((entry) => celValue(decodeEntry(resource, entry), resource.schema));
    if (ref["parameterNotFoundAction"] === "Allow") return [];
    throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
}

function isStrict({ spec }: Policy): boolean {
  return spec["failurePolicy"] !== "Ignore";
}

function paramKindOf(spec: JsonObject): { group: string; version: string; kind: string } | undefined {
  const kind = spec["paramKind"];
  if (!isJsonObject(kind)) return undefined;
  return { ...parseApiVersion(String(kind["apiVersion"])), kind: String(kind["kind"]) };
}

/** What the binding wants done about violations. */
function tell(
  request: AdmissionRequest,
  binding: JsonObject,
  violations: readonly Violation[],
  denials: Violation[],
): void {
  const actions = textsIn(binding["validationActions"]);
  const { warnings, auditAnnotations } = request.context;
  for (const violation of violations) {
    const { policy, binding: by } = violation.pair;
    if (actions.includes("Warn")) {
      warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${by?.name}': ${violation.message}`,
      );
    }
    if (actions.includes("Deny")) denials.push(violation);
  }
  if (!actions.includes("Audit") || violations.length === 0) return;
  const before = JSON.parse(auditAnnotations[VALIDATION_FAILURE] ?? "[]") as JsonObject[];
  const failures = violations.map((violation) => failureOf(violation, actions));
  auditAnnotations[VALIDATION_FAILURE] = JSON.stringify([...before, ...failures]);
}

function* violationsOf(pair: Pair, bindings: Bindings, evaluator: Evaluator): Generator<Violation> {
  for (const [index, validation] of objectsIn(pair.policy.spec["validations"]).entries()) {
    const expression = String(validation["expression"]);
    const reason =
      typeof validation["reason"] === "string" && validation["reason"] !== "" ? validation["reason"] : "Invalid";
    try {
      if (evaluator.evaluate(expression, bindings) === true) continue;
    } catch (error) {
      const message =
        error instanceof OutOfBudget
          ? error.message
          : `expression '${expression}' resulted in error: ${messageOf(error)}`;
      if (isStrict(pair.policy)) yield { pair, message, reason: "Invalid", index };
      if (error instanceof OutOfBudget) return;
      continue;
    }
    yield { pair, message: messageFor(validation, expression, bindings, evaluator), reason, index };
  }
}

const VALIDATION_FAILURE = "validation.policy.admission.k8s.io/validation_failure";
const ANNOTATION_LENGTH_MAX = 10 * 1024;

/** One element of the annotation that tells of failures, as kube-apiserver writes it. */
function failureOf({ pair, message, index }: Violation, actions: readonly string[]): JsonObject {
  return {
    message,
    policy: pair.policy.name,
    binding: pair.binding?.name ?? "",
    expressionIndex: index,
    validationActions: [...actions],
  };
}

/** What a policy has to say to the audit log: `POLICY/KEY`. An expression that gives null says nothing. */
function* annotate(
  pair: Pair,
  bindings: Bindings,
  request: AdmissionRequest,
  evaluator: Evaluator,
): Generator<Violation> {
  const { name, spec } = pair.policy;
  for (const { key, valueExpression } of objectsIn(spec["auditAnnotations"])) {
    const expression = String(valueExpression);
    let value: unknown;
    try {
      value = evaluator.evaluate(expression, bindings);
    } catch (error) {
      const message = `expression '${expression}' resulted in error: ${messageOf(error)}`;
      if (isStrict(pair.policy)) yield { pair, message, reason: "Invalid", index: 0 };
      continue;
    }
    if (typeof value !== "string" || value.trim() === "") continue;
    setOwn(request.context.auditAnnotations, `${name}/${String(key)}`, value.trim().slice(0, ANNOTATION_LENGTH_MAX));
  }
}

const MESSAGE_BYTES_MAX = 5 * 1024;

/** The message as it is computed, where it can be and is one line of a decent length; else the one that is written down. */
function messageFor(validation: JsonObject, expression: string, bindings: Bindings, evaluator: Evaluator): string {
  const { messageExpression, message } = validation;
  if (typeof messageExpression === "string" && messageExpression !== "") {
    try {
      const made = evaluator.evaluate(messageExpression, bindings);
      const text = typeof made === "string" ? made.trim() : "";
      if (text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX) return text;
    } catch {
      // The plain message stands in for one that cannot be made.
    }
  }
  return typeof message === "string" && message !== "" ? message.trim() : `failed expression: ${expression.trim()}`;
}

function denied(request: AdmissionRequest, { pair, message, reason }: Violation): StatusError {
  const by = pair.binding === undefined ? "" : ` with binding '${pair.binding.name}'`;
  const text = `ValidatingAdmissionPolicy '${pair.policy.name}'${by} denied request: ${message}`;
  const name = (request.object ?? request.oldObject)?.metadata.name ?? request.name;
  const { status } = forbidden(request.resource, name, text);
  return new StatusError(CODES[reason] ?? 422, reason, status.message ?? text, {
    ...status.details,
    causes: [{ message: text }],
  });
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function specOf(entry: Entry): JsonObject {
  const { spec } = entry.parse();
  return isJsonObject(spec) ? spec : {};
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
