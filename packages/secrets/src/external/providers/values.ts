import { problemError } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { EXTERNAL_LIMITS } from "../limits.ts";
import type { RemoteRef } from "../model/types.ts";
import { compareText, goJsonString } from "../values/json-text.ts";
import type { Entries } from "../values/keys.ts";
import { escapedProperty, propertyOf } from "../values/property.ts";
import { withProperty } from "../values/set-property.ts";
import type { PushTarget, PushValue } from "./types.ts";

/** A property of a value that is JSON; one with dots is first looked for as a single name. @throws ProblemError InvalidRemoteValue */
export function propertyValue(payload: Uint8Array, ref: RemoteRef): Uint8Array {
  if (ref.property === "") return payload;
  const text = fromBytes(payload);
  const isDotted = ref.property.includes(".");
  const found =
    (isDotted ? propertyOf(text, escapedProperty(ref.property)) : undefined) ?? propertyOf(text, ref.property);
  if (found !== undefined) return toBytes(found);
  throw problemError("InvalidRemoteValue", `key ${ref.property} does not exist in secret ${ref.key}`);
}

/** A map as Go's encoding/json writes it. */
export function textMapJson(map: ReadonlyMap<string, string>): string {
  const members = [...map].sort(([a], [b]) => compareText(a, b));
  return `{${members.map(([key, value]) => `${goJsonString(key)}:${goJsonString(value)}`).join(",")}}`;
}

/** In one order, whatever the provider listed them in. */
export function entriesOf(found: readonly (readonly [string, Uint8Array])[]): Entries {
  return new Map(found.toSorted(([a], [b]) => compareText(a, b)));
}

/** @throws ProblemError InvalidRemoteValue */
export function refuseTooMany(count: number): void {
  if (count > EXTERNAL_LIMITS.found)
    throw problemError("InvalidRemoteValue", `more than ${EXTERNAL_LIMITS.found} secrets are found`);
}

/** What is to be kept under a key: the value itself, or what is there with one place of its JSON set. @throws ProblemError */
export function pushedValue(
  current: Uint8Array | undefined,
  { bytes }: PushValue,
  { property }: PushTarget,
): Uint8Array {
  if (property === "") return bytes;
  const text = withProperty(current === undefined ? "" : fromBytes(current), property, fromBytes(bytes));
  if (text !== undefined) return toBytes(text);
  throw problemError(
    "InvalidRemoteValue",
    "pushing a property needs a secret that is JSON; the one that is there is not",
  );
}
