import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { forbidden, StatusError } from "../http/status.ts";
import { decodeEntry } from "../registry/codec.ts";
import type { ResourceTable } from "../registry/resource-table.ts";
import type { Entry } from "../storage/entry.ts";
import type { Store } from "../storage/store.ts";
import { parseApiVersion, labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { bindingsOf, celValue, conditionsHold, evaluate, type Bindings } from "./cel.ts";
import { isExempt, matchesNamespace, matchesObject, matchesRules, objectsIn, textsIn } from "./matching.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const GROUP = "admissionregistration.k8s.io";

interface Pair {
  readonly policy: JsonObject;
  readonly policyName: string;
  readonly binding: JsonObject;
  readonly bindingName: string;
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
  #pairs: readonly Pair[] | undefined;

  constructor(store: Store, resources: ResourceTable) {
    this.#store = store;
    this.#resources = resources;
    store.onCommit((events) => {
      if (events.some(({ entry }) => entry.resource.startsWith(`${GROUP}/validatingadmissionpolic`)))
        this.#pairs = undefined;
    });
  }

  get admitter(): Admitter {
    return (request) => {
      this.#pairs ??= this.#load();
      if (this.#pairs.length === 0 || isExempt(request)) return;
      for (const pair of this.#pairs) this.#enforce(pair, request);
    };
  }

  #load(): Pair[] {
    const policies = this.#store.collection(`${GROUP}/validatingadmissionpolicies`);
    return this.#store
      .collection(`${GROUP}/validatingadmissionpolicybindings`)
      .list()
      .flatMap((entry) => {
        const binding = specOf(entry);
        const policyName = String(binding["policyName"]);
        const policy = policies.get("", policyName);
        return policy === undefined ? [] : [{ policy: specOf(policy), policyName, binding, bindingName: entry.name }];
      });
  }

  #enforce(pair: Pair, request: AdmissionRequest): void {
    if (!this.#isAbout(pair.policy["matchConstraints"], request)) return;
    if (pair.binding["matchResources"] !== undefined && !this.#isAbout(pair.binding["matchResources"], request)) return;
    const failures: JsonObject[] = [];
    for (const violation of this.#violations(pair, request)) {
      const actions = textsIn(pair.binding["validationActions"]);
      const text = `ValidatingAdmissionPolicy '${pair.policyName}' with binding '${pair.bindingName}' denied request: ${violation.message}`;
      if (actions.includes("Warn")) {
        request.context.warnings.push(
          `Validation failed for ValidatingAdmissionPolicy '${pair.policyName}' with binding '${pair.bindingName}': ${violation.message}`,
        );
      }
      if (actions.includes("Audit")) {
        failures.push(failureOf(violation, actions));
        request.context.auditAnnotations[VALIDATION_FAILURE] = JSON.stringify(failures);
      }
      if (actions.includes("Deny")) throw denied(request, text, violation);
    }
  }

  #isAbout(match: Json | undefined, request: AdmissionRequest): boolean {
    if (!isJsonObject(match)) return false;
    const rules = objectsIn(match["resourceRules"]);
    return (
      (rules.length === 0 || matchesRules(rules, request)) &&
      !matchesRules(objectsIn(match["excludeResourceRules"]), request) &&
      matchesNamespace(match["namespaceSelector"], request, this.#store) &&
      matchesObject(match["objectSelector"], request)
    );
  }

  *#violations(pair: Pair, request: AdmissionRequest): Generator<Violation> {
    const isStrict = pair.policy["failurePolicy"] !== "Ignore";
    try {
      const base = bindingsOf(request, this.#namespaceObject(request));
      for (const params of this.#params(pair, request)) {
        const bindings = { ...base, params };
        if (!conditionsHold(objectsIn(pair.policy["matchConditions"]), bindings)) continue;
        const all = withVariables(objectsIn(pair.policy["variables"]), bindings);
        yield* violationsOf(pair, all, isStrict);
        annotate(pair, all, request);
      }
    } catch (error) {
      if (isStrict) yield { pair, message: messageOf(error), reason: "Invalid", index: 0 };
    }
  }

  #namespaceObject(request: AdmissionRequest): KubeObject | undefined {
    const resource = this.#resources.find("", "v1", "namespaces");
    const entry = this.#store.getForWrite({ resource: "/namespaces", namespace: "", name: request.namespace });
    return resource === undefined || entry === undefined ? undefined : decodeEntry(resource, entry);
  }

  /** The objects a policy is parameterised by: by name, or all that are selected. One null without parameters. */
  #params({ policy, binding }: Pair, request: AdmissionRequest): unknown[] {
    const kind = policy["paramKind"];
    const ref = binding["paramRef"];
    if (!isJsonObject(kind) || !isJsonObject(ref)) return [null];
    const { group, version } = parseApiVersion(String(kind["apiVersion"]));
    const resource = this.#resources.findKind(group, version, String(kind["kind"]));
    if (resource === undefined)
      throw new Error(
        `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${String(kind["kind"])}'`,
      );
    const namespace = resource.namespaced ? String(ref["namespace"] ?? request.namespace) : undefined;
    const collection = this.#store.collection(resource.storage);
    const name = ref["name"];
    const entries: readonly (Entry | undefined)[] =
      typeof name === "string"
        ? [collection.get(namespace ?? "", name)]
        : collection
            .list(namespace)
            .filter((entry) => matchesLabels(labelSelectorFromObject(ref["selector"]), entry.labels));
    const found = entries.filter((entry) => entry !== undefined);
    if (found.length === 0) {
      if (ref["parameterNotFoundAction"] === "Allow") return [];
      throw new Error(
        "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
      );
    }
    return found.map((entry) => celValue(decodeEntry(resource, entry), resource.schema));
  }
}

/** Variables in order; each may use those before it. */
function withVariables(definitions: readonly JsonObject[], bindings: Bindings): Bindings {
  const variables: Record<string, unknown> = {};
  const all = { ...bindings, variables };
  for (const definition of definitions) {
    const expression = String(definition["expression"]);
    try {
      variables[String(definition["name"])] = evaluate(expression, all);
    } catch {
      // A variable that fails is only a fault where it is used, and there it is missing.
    }
  }
  return all;
}

function* violationsOf(pair: Pair, bindings: Bindings, isStrict: boolean): Generator<Violation> {
  for (const [index, validation] of objectsIn(pair.policy["validations"]).entries()) {
    const expression = String(validation["expression"]);
    const reason =
      typeof validation["reason"] === "string" && validation["reason"] !== "" ? validation["reason"] : "Invalid";
    try {
      if (evaluate(expression, bindings) === true) continue;
      yield { pair, message: messageFor(validation, expression, bindings), reason, index };
    } catch (error) {
      if (isStrict)
        yield {
          pair,
          message: `expression '${expression}' resulted in error: ${messageOf(error)}`,
          reason: "Invalid",
          index,
        };
    }
  }
}

const VALIDATION_FAILURE = "validation.policy.admission.k8s.io/validation_failure";
const ANNOTATION_LENGTH_MAX = 10 * 1024;

/** One element of the annotation that tells of failures, as kube-apiserver writes it. */
function failureOf({ pair, message, index }: Violation, actions: readonly string[]): JsonObject {
  return {
    message,
    policy: pair.policyName,
    binding: pair.bindingName,
    expressionIndex: index,
    validationActions: [...actions],
  };
}

/** What a policy has to say to the audit log: `POLICY/KEY`. An expression that gives null says nothing. */
function annotate({ policy, policyName }: Pair, bindings: Bindings, request: AdmissionRequest): void {
  for (const { key, valueExpression } of objectsIn(policy["auditAnnotations"])) {
    const value = evaluate(String(valueExpression), bindings);
    if (typeof value !== "string" || value.trim() === "") continue;
    setOwn(
      request.context.auditAnnotations,
      `${policyName}/${String(key)}`,
      value.trim().slice(0, ANNOTATION_LENGTH_MAX),
    );
  }
}

function messageFor(validation: JsonObject, expression: string, bindings: Bindings): string {
  const { messageExpression, message } = validation;
  if (typeof messageExpression === "string" && messageExpression !== "") {
    try {
      const made = evaluate(messageExpression, bindings);
      if (typeof made === "string" && made.trim() !== "") return made;
    } catch {
      // The plain message stands in for one that cannot be made.
    }
  }
  return typeof message === "string" && message !== "" ? message.trim() : `failed expression: ${expression.trim()}`;
}

function denied(request: AdmissionRequest, text: string, { reason }: Violation): StatusError {
  const name = (request.object ?? request.oldObject)?.metadata.name ?? request.name;
  const { status } = forbidden(request.resource, name, text);
  return new StatusError(CODES[reason] ?? 422, reason, status.message ?? text, {
    ...status.details,
    causes: [{ message: text }],
  });
}

function specOf(entry: Entry): JsonObject {
  const { spec } = entry.parse();
  return isJsonObject(spec) ? spec : {};
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
