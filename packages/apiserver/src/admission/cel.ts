import {
  celAuthorizer,
  compileCel,
  type CelCheck,
  type CelDecision,
  type KubeObject,
  type SchemaNode,
} from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { userInfo } from "../auth/reviews.ts";
import type { Authorizer } from "../auth/types.ts";
import type { UserInfo } from "../registry/types.ts";
import { reviewKinds, type MatchedRequest } from "./matched.ts";
import type { AdmissionRequest } from "./types.ts";

/** Cost units that one expression may use: kube-apiserver's limit per call. */
const CALL_COST_MAX = 1_000_000;
/** What all expressions of one policy may use for one request, and its conditions of it (apis/cel/config.go). */
const POLICY_COST_MAX = 10_000_000;
const CONDITIONS_COST_MAX = POLICY_COST_MAX / 4;

export interface Bindings {
  readonly [name: string]: unknown;
}

/** Evaluates expressions one after another out of one purse. */
export class Evaluator {
  #left: number;

  constructor(budget: number = POLICY_COST_MAX) {
    this.#left = budget;
  }

  /** @throws Error with the compiler's or the evaluation's words; OutOfBudget when the purse is empty */
  evaluate(expression: string, bindings: Bindings): unknown {
    const compiled = compileCel(expression, Object.keys(bindings));
    if ("fault" in compiled) throw new Error(`compilation failed: ${compiled.fault}`);
    if (this.#left <= 0) throw new OutOfBudget();
    try {
      const { result, cost } = compiled.evaluate(bindings, CALL_COST_MAX);
      this.#left -= cost;
      return result;
    } catch (error) {
      throw new Error(goWords(error), { cause: error });
    }
  }
}

export class OutOfBudget extends Error {
  constructor() {
    super("validation failed due to running out of cost budget, no further validation rules will be run");
  }
}

/** `variables`: each is evaluated when it is first asked for, and may use those before it. */
export function withVariables(definitions: readonly JsonObject[], bindings: Bindings, evaluator: Evaluator): Bindings {
  if (definitions.length === 0) return bindings;
  const variables: Record<string, unknown> = {};
  const all = { ...bindings, variables };
  for (const definition of definitions) {
    const name = String(definition["name"]);
    let known: { readonly value: unknown } | { readonly fault: string } | undefined;
    const find = (): { readonly value: unknown } | { readonly fault: string } => {
      try {
        return { value: evaluator.evaluate(String(definition["expression"]), all) };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { fault: `composited variable ${JSON.stringify(name)} fails to evaluate: ${why}` };
      }
    };
    Object.defineProperty(variables, name, {
      enumerable: true,
      configurable: true,
      get() {
        known ??= find();
        if ("fault" in known) throw new Error(known.fault);
        return known.value;
      },
    });
  }
  return all;
}

/** The evaluator's words, and cel-go's for the same. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^No such key: index out of bounds, index (-?\d+).*$/, "index out of bounds: $1"],
  [/^no such overload: (?!\w+\().*$/i, "no such overload"],
  [/^no such overload: dyn<(\w+)>\.(\w+)\(\)$/i, "no such overload: $2($1)"],
  [/^No such key/, "no such key"],
  [/^division by zero/i, "division by zero"],
  [/^modulo by zero/i, "modulus by zero"],
  [/^string\.\w+\([^)]*\): .*index out of range.*$/, "index out of range"],
  [/^Optional value is not present$/, "optional.none() dereference"],
  [/^found no matching overload for '(\w+)\.(\w+)\(\)'$/, "no such overload: $2($1)"],
  [/^(IP Address ("[^"]*") parse error during conversion from string)$/, "$1: ParseAddr($2): unable to parse IP"],
  [/^Integer overflow.*$/i, "integer overflow"],
];

/** The evaluator's first line, which says what; the others show where. */
function goWords(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  const known = WORDS.find(([pattern]) => pattern.test(line));
  return known === undefined ? line : line.replace(known[0], known[1]);
}

/** What expressions of admission can speak of. `matched` is the version in which a rule wants the objects. */
export function bindingsOf(
  matched: MatchedRequest,
  namespaceObject: KubeObject | undefined,
  authorizer: Authorizer,
): Record<string, unknown> {
  const { request, object, oldObject } = matched;
  const { context } = request;
  const { schema } = matched.resource;
  return {
    object: object === undefined ? null : celValue(object, schema),
    oldObject: oldObject === undefined ? null : celValue(oldObject, schema),
    namespaceObject: namespaceObject === undefined ? null : celValue(namespaceObject, undefined),
    request: celValue(
      {
        ...reviewKinds(matched),
        ...(request.name === "" ? {} : { name: request.name }),
        ...(request.namespace === "" ? {} : { namespace: request.namespace }),
        operation: request.operation,
        userInfo: userInfo(context.user),
        dryRun: request.dryRun,
        options: request.options as JsonObject,
      },
      undefined,
    ),
    authorizer: authorizerOf(request, authorizer),
  };
}

/** `authorizer`: what the requesting user may do, and service accounts. */
function authorizerOf(
  { resource, subresource, namespace, name, context }: AdmissionRequest,
  authorizer: Authorizer,
): unknown {
  const about = { group: resource.group, resource: resource.plural, subresource, namespace, name };
  const decide = (check: CelCheck): CelDecision => {
    const { serviceAccount: account, ...attributes } = check;
    const user = account === undefined ? context.user : serviceAccountUser(account);
    return authorizer.decide({ ...attributes, user, isResource: check.path === "", version: "*" });
  };
  return celAuthorizer(decide, about);
}

function serviceAccountUser({ namespace, name }: { readonly namespace: string; readonly name: string }): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

/** A value as CEL sees it: whole numbers are ints, where the schema says integer or says nothing. */
export function celValue(value: Json | undefined, schema: SchemaNode | undefined): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (typeof value === "number") {
    const isInt = schema?.type === undefined ? Number.isInteger(value) : schema.type === "integer";
    return isInt ? BigInt(Math.trunc(value)) : value;
  }
  if (!isJsonObject(value)) return value;
  const { properties, additionalProperties } = schema ?? {};
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const child = own ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    setOwn(out, key, celValue(item, child));
  }
  return out;
}

/** matchConditions: all must hold. @throws Error when some cannot be evaluated and none is false */
export function conditionsHold(conditions: readonly JsonObject[], bindings: Bindings): boolean {
  const faults: string[] = [];
  const evaluator = new Evaluator(CONDITIONS_COST_MAX);
  for (const condition of conditions) {
    try {
      if (evaluator.evaluate(String(condition["expression"]), bindings) !== true) return false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      faults.push(`expression '${String(condition["expression"])}' resulted in error: ${why}`);
    }
  }
  const unique = [...new Set(faults)];
  if (unique.length > 0) throw new Error(unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`);
  return true;
}
