import { isIP } from "node:net";
import type { JsonObject } from "@fairlead/base";
import { eachOf, mustBeOneOf, numberOf, oneOf, structsOf, textOf, textsOf } from "./access.ts";
import { at, child, duplicate, invalid, required, type FieldError } from "./field-error.ts";
import { immutable } from "./metadata.ts";
import { dns1123Label, dns1123Subdomain, portNumber } from "./names.ts";

function addressFaults(address: string, path: string): FieldError[] {
  if (!isIP(address)) return [invalid(path, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  return specialAddressFaults(address, path);
}

/** Addresses no endpoint can have. */
function specialAddressFaults(address: string, path: string): FieldError[] {
  if (!isIP(address)) return [invalid(path, address, "must be a valid IP address")];
  const fail = (text: string): FieldError[] => [invalid(path, address, text)];
  if (address === "0.0.0.0" || address === "::") return fail(`may not be unspecified (${address})`);
  if (address.startsWith("127.") || address === "::1")
    return fail("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (address.startsWith("169.254.") || /^fe[89ab]/i.test(address)) {
    return fail("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (address.startsWith("224.0.0.") || /^ff02:/i.test(address)) {
    return fail("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
  return [];
}

export function validateEndpoints(object: JsonObject): FieldError[] {
  return eachOf(object, "subsets", "", (subset, path) => {
    const errors: FieldError[] = [];
    const lists = ["addresses", "notReadyAddresses"];
    if (lists.every((name) => structsOf(subset, name).length === 0)) {
      errors.push(required(path, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const name of lists) {
      errors.push(
        ...eachOf(subset, name, path, (address, inner) => {
          const ip = textOf(address, "ip");
          const field = child(inner, "ip");
          const first = isIP(ip) ? [] : addressFaults(ip, field);
          return [...first, ...hostnameFaults(address, inner), ...specialAddressFaults(ip, field)];
        }),
      );
    }
    const isNamed = structsOf(subset, "ports").length > 1;
    return [...errors, ...eachOf(subset, "ports", path, (port, inner) => endpointPort(port, inner, isNamed))];
  });
}

function hostnameFaults(owner: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, rule] of [
    ["hostname", dns1123Label],
    ["nodeName", dns1123Subdomain],
  ] as const) {
    const value = textOf(owner, name);
    if (value !== "") errors.push(...rule(value).map((fault) => invalid(child(path, name), value, fault)));
  }
  return errors;
}

function endpointPort(port: JsonObject, path: string, isNamed: boolean): FieldError[] {
  const name = textOf(port, "name");
  const number = numberOf(port, "port") ?? 0;
  const errors = dns1123Label(name).map((fault) => invalid(child(path, "name"), name, fault));
  return [
    ...(name === "" ? (isNamed ? [required(child(path, "name"))] : []) : errors),
    ...portNumber(number).map((fault) => invalid(child(path, "port"), number, fault)),
    ...oneOf(port, "protocol", path, ["SCTP", "TCP", "UDP"]),
  ];
}

export function validateEndpointSlice(object: JsonObject): FieldError[] {
  const type = textOf(object, "addressType");
  const errors = oneOf(object, "addressType", "", ["FQDN", "IPv4", "IPv6"]);
  const seen = new Set<string>();
  errors.push(
    ...eachOf(object, "ports", "", (port, path) => {
      const name = textOf(port, "name");
      const found = name === "" ? [] : dns1123Label(name).map((fault) => invalid(child(path, "name"), name, fault));
      if (seen.has(name)) found.push(duplicate(child(path, "name"), name));
      seen.add(name);
      return [...found, ...mustBeOneOf(port, "protocol", path, ["SCTP", "TCP", "UDP"])];
    }),
  );
  return [...errors, ...eachOf(object, "endpoints", "", (endpoint, path) => endpointFaults(endpoint, type, path))];
}

function endpointFaults(endpoint: JsonObject, type: string, path: string): FieldError[] {
  const addresses = textsOf(endpoint, "addresses");
  const inner = child(path, "addresses");
  const errors: FieldError[] = addresses.length > 0 ? [] : [required(inner, "must contain at least 1 address")];
  for (const [index, address] of addresses.entries()) {
    if (type !== "IPv4" && type !== "IPv6") continue;
    const version = isIP(address);
    if (version !== 0 && version !== (type === "IPv4" ? 4 : 6)) {
      errors.push(invalid(inner, address, `must be an ${type} address`));
    }
    errors.push(...addressFaults(address, at(inner, index)));
  }
  return [...errors, ...hostnameFaults(endpoint, path)];
}

export function validateEndpointSliceUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  return immutable(object["addressType"], before["addressType"], "addressType");
}
