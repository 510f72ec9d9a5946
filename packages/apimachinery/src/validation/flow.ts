import type { JsonObject } from "@fairlead/base";
import { named, numberOf, oneOf, structOf, textOf } from "./access.ts";
import { invalid, notSupported, required, type FieldError } from "./field-error.ts";
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
  return errors;
}

export function validatePriorityLevel(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const types = ["Exempt", "Limited"];
  const type = textOf(spec, "type");
  const errors: FieldError[] =
    type === "" ? [notSupported("spec.type", type, types)] : oneOf(spec, "type", "spec", types);
  const limited = structOf(spec, "limited");
  if (type !== "Limited") return errors;
  if (!limited) return [...errors, required("spec.limited", "must not be empty when type is Limited")];
  const responses = ["Queue", "Reject"];
  const response = textOf(structOf(limited, "limitResponse"), "type");
  if (!responses.includes(response)) {
    errors.push(notSupported("spec.limited.limitResponse.type", response, responses));
  }
  return errors;
}
