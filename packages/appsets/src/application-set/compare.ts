import { isJsonObject, jsonEqual } from "@fairlead/base";

/** True when the live value has everything that is wanted: defaults, and what others added to objects, do not count. */
export function covers(live: unknown, wanted: unknown): boolean {
  if (!isJsonObject(wanted)) return jsonEqual(live, wanted);
  if (!isJsonObject(live)) return false;
  return Object.entries(wanted).every(([key, value]) => value === undefined || covers(live[key], value));
}
