import { isIP } from "node:net";
import type { JsonObject } from "@fairlead/base";
import { jsonEqual } from "@fairlead/base";
import { requiredName, requiredText, structOf, textOf, textsOf } from "./access.ts";
import { at, invalid, required, type FieldError } from "./field-error.ts";
import { dns1123Subdomain, pathSegment } from "./names.ts";
import { INVALID_IP } from "./pod.ts";

/** An IPAddress is named by the address, in the one form that Go writes it. */
export function addressName(name: string): string[] {
  if (/^\d+(?:\.\d+){3}$/.test(name) && name.split(".").some((part) => /^0\d/.test(part)))
    return ["must not have leading 0s"];
  if (isIP(name) === 0) return [INVALID_IP];
  const canonical = isIP(name) === 4 ? name : canonicalAddress(name);
  return canonical === name ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** RFC 5952, which the parser of URLs writes. */
function canonicalAddress(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** networking.k8s.io/v1 IPAddress of Kubernetes 1.35. */
export function validateAddress(address: JsonObject): FieldError[] {
  const parent = structOf(structOf(address, "spec"), "parentRef");
  const path = "spec.parentRef";
  if (parent === undefined) return [required(path)];
  const errors: FieldError[] = [];
  if (textOf(parent, "group") !== "") errors.push(...requiredName(parent, "group", path, dns1123Subdomain));
  errors.push(...requiredText(parent, "resource", path), ...requiredName(parent, "name", path, pathSegment));
  return errors;
}

export function validateAddressUpdate(address: JsonObject, before: JsonObject): FieldError[] {
  const parentOf = (object: JsonObject): JsonObject => structOf(structOf(object, "spec"), "parentRef") ?? {};
  const parent = parentOf(address);
  if (jsonEqual(parent, parentOf(before))) return [];
  // The server prints its internal type.
  const shown = {
    Group: textOf(parent, "group"),
    Resource: textOf(parent, "resource"),
    Namespace: textOf(parent, "namespace"),
    Name: textOf(parent, "name"),
  };
  return [invalid("spec.parentRef", shown, "field is immutable")];
}

const CIDRS_MAX = 2;

/** networking.k8s.io/v1 ServiceCIDR of Kubernetes 1.35. */
export function validateServiceRange(range: JsonObject): FieldError[] {
  const path = "spec.cidrs";
  const cidrs = textsOf(structOf(range, "spec"), "cidrs");
  if (cidrs.length === 0) return [required(path, "at least one CIDR required")];
  if (cidrs.length > CIDRS_MAX) return [invalid(path, { CIDRs: cidrs }, `may only hold up to ${CIDRS_MAX} values`)];
  const errors = cidrs.flatMap((cidr, index) =>
    rangeFaults(cidr).map((fault) => invalid(at(path, index), cidr, fault)),
  );
  const families = cidrs.map((cidr) => isIP(cidr.split("/")[0] ?? ""));
  if (errors.length === 0 && new Set(families).size < families.length) {
    const text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(invalid(path, cidrs, text));
  }
  return errors;
}

function rangeFaults(cidr: string): string[] {
  const [address = "", prefix = "", ...rest] = cidr.split("/");
  const family = isIP(address);
  const length = Number(prefix);
  const isRange = family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && length <= (family === 4 ? 32 : 128);
  if (!isRange) return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
  const bits = bitsOf(address, family);
  return bits.slice(length).includes("1") ? ["must not have bits set beyond the prefix length"] : [];
}

function bitsOf(address: string, family: number): string {
  if (family === 4)
    return address
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  const [head = "", tail] = canonicalAddress(address).split("::");
  const groups = (text: string | undefined): string[] => (text === undefined || text === "" ? [] : text.split(":"));
  const [left, right] = [groups(head), groups(tail)];
  const missing = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...missing, ...right]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}

/** A second family may be added, nothing be changed. */
export function validateServiceRangeUpdate(range: JsonObject, before: JsonObject): FieldError[] {
  const path = "spec.cidrs";
  const [cidrs, old] = [range, before].map((object) => textsOf(structOf(object, "spec"), "cidrs")) as [
    string[],
    string[],
  ];
  if (cidrs.length < old.length) return [invalid(path, cidrs, "field is immutable")];
  const changed = old.flatMap((cidr, index) =>
    cidrs[index] === cidr ? [] : [invalid(at(path, index), cidrs[index] ?? "", "field is immutable")],
  );
  return changed.length > 0 || cidrs.length === old.length ? changed : validateServiceRange(range);
}
