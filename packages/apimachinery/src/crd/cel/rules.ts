import { isJsonObject, type Json } from "@fairlead/base";
import { LIMITS } from "../../limits.ts";
import type { CelRule, SchemaNode } from "../../schema/types.ts";
import {
  at,
  child,
  duplicate,
  forbidden,
  invalid,
  keyed,
  NO_PATH,
  required,
  type FieldError,
} from "../../validation/field-error.ts";
import { counterpart, isUnchanged, ownProperty } from "../correlate.ts";
import { celOptional, compileCel, type CelExpression } from "./expression.ts";
import { CostExceeded } from "./meter.ts";
import { celValue, typeFault } from "./values.ts";

type Value = Json | undefined;

/** Every rule of the schema against the value, and against the stored one where a rule speaks of it. */
export function validateRules(value: Json, before: Value, schema: SchemaNode): FieldError[] {
  const run = new RulesRun();
  run.visit(value, before, schema, NO_PATH, true);
  return run.errors;
}

const OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run";

class RulesRun {
  readonly errors: FieldError[] = [];
  #budget: number = LIMITS.celObjectCostMax;
  #isStopped = false;

  visit(value: Json, before: Value, schema: SchemaNode, path: string, isResource: boolean): void {
    if (this.#isStopped || value === null) return;
    this.#runRules(value, before, schema, schema.validations ?? [], path, isResource);
    for (const branch of schema.allOf ?? []) {
      this.#runRules(value, before, schema, branch.validations ?? [], path, isResource);
    }
    if (Array.isArray(value)) this.#visitList(value, before, schema, path);
    else if (isJsonObject(value)) this.#visitObject(value, before, schema, path);
  }

  #visitList(value: readonly Json[], before: Value, schema: SchemaNode, path: string): void {
    const { items } = schema;
    if (!items) return;
    const old = Array.isArray(before) ? before : [];
    for (const [index, item] of value.entries()) {
      const match = counterpart(item, old, schema);
      this.visit(item, match, items, at(path, index), items.embeddedResource ?? false);
    }
  }

  #visitObject(value: { [key: string]: Value }, before: Value, schema: SchemaNode, path: string): void {
    const old = isJsonObject(before) ? before : {};
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const property = ownProperty(schema, key);
      if (property) {
        if (property.ref === undefined) {
          this.visit(item, old[key], property, child(path, key), property.embeddedResource ?? false);
        }
        continue;
      }
      const additional = schema.additionalProperties;
      if (typeof additional === "object") {
        this.visit(item, old[key], additional, keyed(path, key), additional.embeddedResource ?? false);
      }
    }
  }

  #runRules(
    value: Json,
    before: Value,
    schema: SchemaNode,
    rules: readonly CelRule[],
    path: string,
    isResource: boolean,
  ): void {
    if (rules.length === 0 || this.#isStopped) return;
    const fault = typeFault(value, schema);
    if (fault !== undefined) {
      for (const rule of rules) {
        this.errors.push(invalid(path, schema.type ?? "", `${fault} evaluating rule: ${ruleName(rule)}`));
      }
      return;
    }
    const bindings = {
      self: celValue(value, schema, isResource),
      oldSelf: before === undefined || before === null ? undefined : celValue(before, schema, isResource),
    };
    for (const rule of rules) {
      if (this.#isStopped) return;
      this.#runRule(rule, bindings, value, before, schema, path);
    }
  }

  #runRule(
    rule: CelRule,
    bindings: Record<string, unknown>,
    value: Json,
    before: Value,
    schema: SchemaNode,
    path: string,
  ): void {
    const type = schema.type ?? "";
    const compiled = compileCel(rule.rule, variablesOf(rule));
    if ("fault" in compiled) {
      this.errors.push(invalid(path, type, `rule compile error: compilation failed: ${compiled.fault}`));
      return;
    }
    const usesOld = compiled.variables.has("oldSelf");
    if (usesOld && bindings["oldSelf"] === undefined && !rule.optionalOldSelf) return;
    // What a rule about a change sees when it is to run at creation too.
    const bound = rule.optionalOldSelf ? { ...bindings, oldSelf: celOptional(bindings["oldSelf"]) } : bindings;
    const passed = this.#evaluate(compiled, bound, rule, type, path);
    // What hasn't changed was accepted before: only rules about the change are held against it.
    if (passed !== false || (!usesOld && before !== undefined && isUnchanged(value, before, schema))) return;
    const detail = this.#message(rule, bound);
    const isShown = type !== "object" && type !== "array";
    this.errors.push(faultOf(rule, path, isShown ? value : undefined, detail));
  }

  /** Undefined when it could not be evaluated; what went wrong is among the errors then. */
  #evaluate(
    compiled: CelExpression,
    bindings: Record<string, unknown>,
    rule: CelRule,
    type: string,
    path: string,
  ): boolean | undefined {
    if (this.#budget <= 0) return this.#stop(invalid(path, type, OUT_OF_BUDGET));
    try {
      const { result, cost } = compiled.evaluate(bindings, Math.min(this.#budget, LIMITS.celRuleCostMax));
      this.#budget -= cost;
      return result === true;
    } catch (error) {
      const name = ruleName(rule);
      if (error instanceof CostExceeded) {
        if (this.#budget < LIMITS.celRuleCostMax) return this.#stop(invalid(path, type, OUT_OF_BUDGET));
        const text = `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
        return this.#stop(invalid(path, type, text));
      }
      this.errors.push(invalid(path, type, `${evaluationFault(error)} evaluating rule: ${name}`));
      return undefined;
    }
  }

  #stop(error: FieldError): undefined {
    this.errors.push(error);
    this.#isStopped = true;
    return undefined;
  }

  #message(rule: CelRule, bindings: Record<string, unknown>): string {
    const fallback = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    if (!rule.messageExpression) return fallback;
    const compiled = compileCel(rule.messageExpression, variablesOf(rule));
    if ("fault" in compiled) return fallback;
    try {
      const { result, cost } = compiled.evaluate(bindings, Math.min(this.#budget, LIMITS.celRuleCostMax));
      this.#budget -= cost;
      const isUsable = typeof result === "string" && result.trim() !== "" && !result.includes("\n");
      return isUsable ? result : fallback;
    } catch {
      return fallback;
    }
  }
}

function variablesOf({ optionalOldSelf }: CelRule): readonly string[] {
  return optionalOldSelf ? ["self", "oldSelf?"] : ["self", "oldSelf"];
}

function ruleName(rule: CelRule): string {
  return rule.message?.trim() || rule.rule.trim();
}

/** `.a['b-c'].d`, as rules name the field at fault, in the form of messages. */
function fieldAt(path: string, fieldPath: string): string {
  const steps = fieldPath.match(/\['[^']*'\]|\.[^.[]+/g) ?? [];
  return steps.reduce((at, step) => child(at, step.startsWith("[") ? step.slice(2, -2) : step.slice(1)), path);
}

function faultOf(rule: CelRule, path: string, value: Json | undefined, detail: string): FieldError {
  const fieldPath = rule.fieldPath ? fieldAt(path, rule.fieldPath) : path;
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbidden(fieldPath, detail);
    case "FieldValueRequired":
      return required(fieldPath, detail);
    case "FieldValueDuplicate":
      return { ...duplicate(fieldPath, value ?? null), badValue: value };
    default:
      return { type: "FieldValueInvalid", field: fieldPath, badValue: value, detail };
  }
}

/** The library's words, in cel-go's. */
function evaluationFault(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  return text
    .replace(/^No such key: index out of bounds, index (\d+).*$/, "index out of bounds: $1")
    .replace(/^No such key/, "no such key");
}
