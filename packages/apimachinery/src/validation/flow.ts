import type { JsonObject } from "@fairlead/base";
import { eachOf, named, numberOf, structOf, structsOf, textOf } from "./access.ts";
import { child, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { dns1123Subdomain } from "./names.ts";

const PRECEDENCE_MAX = 10_000;

/** A FlowSchema. */
export function validateFlowSchema(object: JsonObject): FieldError[] {
  const path = "spec.priorityLevelConfiguration.name";
  const name = textOf(structOf(structOf(object, "spec"), "priorityLevelConfiguration"), "name");
  const errors =
    name === "" ? [required(path, "must reference a priority level")] : named(name, path, dns1123Subdomain);
  const precedence = numberOf(structOf(object, "spec"), "matchingPrecedence") ?? 0;
  const fail = (text: string): FieldError => invalid("spec.matchingPrecedence", precedence, text);
  if (precedence <= 0) errors.push(fail("must be a positive value"));
  if (precedence > PRECEDENCE_MAX) errors.push(fail(`must not be greater than ${PRECEDENCE_MAX}`));
  const isExempt = textOf(structOf(object, "metadata"), "name") === EXEMPT;
  if (precedence === 1 && !isExempt) errors.push(fail("only the schema named 'exempt' may have matchingPrecedence 1"));
  return [...errors, ...eachOf(structOf(object, "spec"), "rules", "spec", ruleFaults)];
}

function ruleFaults(rule: JsonObject, inner: string): FieldError[] {
  const errors: FieldError[] = [];
  if (structsOf(rule, "subjects").length === 0) {
    errors.push(required(child(inner, "subjects"), "subjects must contain at least one value"));
  }
  if (structsOf(rule, "resourceRules").length === 0 && structsOf(rule, "nonResourceRules").length === 0) {
    errors.push(required(inner, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  return errors;
}

const EXEMPT = "exempt";
const QUEUES_MAX = 10_000_000;
/** Bits of a request's hash that may be used up by choosing its queues. */
const HASH_BITS_MAX = 60;

/** A PriorityLevelConfiguration. */
export function validatePriorityLevel(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const type = textOf(spec, "type");
  const isNamed = textOf(structOf(object, "metadata"), "name") === EXEMPT;
  const errors: FieldError[] =
    isNamed === (type === "Exempt")
      ? []
      : [invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'")];
  const [limited, exempt] = [structOf(spec, "limited"), structOf(spec, "exempt")];
  if (type === "Exempt") {
    if (limited) errors.push(forbidden("spec.limited", "must be nil if the type is not Limited"));
    return exempt ? [...errors, ...sharesFaults(exempt, "spec.exempt")] : errors;
  }
  if (type !== "Limited") return [...errors, notSupported("spec.type", type, ["Exempt", "Limited"])];
  if (exempt) errors.push(forbidden("spec.exempt", "must be nil if the type is Limited"));
  if (!limited) return [...errors, required("spec.limited", "must not be empty when type is Limited")];
  return [...errors, ...sharesFaults(limited, "spec.limited"), ...responseFaults(structOf(limited, "limitResponse"))];
}

function sharesFaults(level: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, isWrong: (value: number) => boolean, text: string): void => {
    const value = numberOf(level, name);
    if (value !== undefined && isWrong(value)) errors.push(invalid(child(path, name), value, text));
  };
  check("nominalConcurrencyShares", (value) => value < 0, "must be a non-negative integer");
  check("lendablePercent", (value) => value < 0 || value > 100, "must be between 0 and 100, inclusive");
  check("borrowingLimitPercent", (value) => value < 0, "if specified, must be a non-negative integer");
  return errors;
}

function responseFaults(response: JsonObject | undefined): FieldError[] {
  const path = "spec.limited.limitResponse";
  const queuing = structOf(response, "queuing");
  const inner = child(path, "queuing");
  switch (textOf(response, "type")) {
    case "Reject":
      return queuing ? [forbidden(inner, "must be nil if limited.limitResponse.type is not Limited")] : [];
    case "Queue":
      return queuing
        ? queuingFaults(queuing, inner)
        : [required(inner, "must not be empty if limited.limitResponse.type is Limited")];
    default:
      return [notSupported(child(path, "type"), textOf(response, "type"), ["Queue", "Reject"])];
  }
}

function queuingFaults(queuing: JsonObject, path: string): FieldError[] {
  const [length, queues, hand] = ["queueLengthLimit", "queues", "handSize"].map(
    (name) => numberOf(queuing, name) ?? 0,
  ) as [number, number, number];
  const errors: FieldError[] = [];
  const fail = (name: string, value: number, text: string): void =>
    void errors.push(invalid(child(path, name), value, text));
  if (length <= 0) fail("queueLengthLimit", length, "must be positive");
  if (queues <= 0) fail("queues", queues, "must be positive");
  else if (queues > QUEUES_MAX) fail("queues", queues, `must not be greater than ${QUEUES_MAX}`);
  if (hand <= 0) fail("handSize", hand, "must be positive");
  else if (hand > queues) fail("handSize", hand, `should not be greater than queues (${queues})`);
  else if (Math.ceil(Math.log2(queues) * hand) > HASH_BITS_MAX) {
    const text = `required entropy bits of deckSize ${queues} and handSize ${hand} should not be greater than ${HASH_BITS_MAX}`;
    fail("handSize", hand, text);
  }
  return errors;
}
