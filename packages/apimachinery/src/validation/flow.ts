import type { JsonObject } from "@fairlead/base";
import { named, oneOf, structOf, textOf } from "./access.ts";
import { notSupported, required, type FieldError } from "./field-error.ts";
import { dns1123Subdomain } from "./names.ts";

/** A FlowSchema. */
export function validateFlowSchema(object: JsonObject): FieldError[] {
  const path = "spec.priorityLevelConfiguration.name";
  const name = textOf(structOf(structOf(object, "spec"), "priorityLevelConfiguration"), "name");
  return name === "" ? [required(path, "must reference a priority level")] : named(name, path, dns1123Subdomain);
}

export function validatePriorityLevel(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec");
  const types = ["Exempt", "Limited"];
  const type = textOf(spec, "type");
  const errors: FieldError[] =
    type === "" ? [notSupported("spec.type", type, types)] : oneOf(spec, "type", "spec", types);
  const limited = structOf(spec, "limited");
  if (!limited) return type === "Limited" ? [...errors, required("spec.limited", "must not be empty")] : errors;
  const responses = ["Queue", "Reject"];
  const response = textOf(structOf(limited, "limitResponse"), "type");
  if (!responses.includes(response)) {
    errors.push(notSupported("spec.limited.limitResponse.type", response, responses));
  }
  return errors;
}
