import { isIP, isIPv6 } from "node:net";
import type { JsonObject } from "@fairlead/base";
import { labelKeyFaults } from "../selector/syntax.ts";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, has, named, numberOf, oneOfIfSet, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateLabels } from "./metadata.ts";
import { dns1123Label, dns1123Subdomain, portNumber } from "./names.ts";
import { INVALID_IP } from "./pod.ts";
import { portNumberOrName } from "./probes.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const AFFINITY_SECONDS_MAX = 86_400;
const INVALID_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

export function validateService(service: JsonObject): FieldError[] {
  const spec = structOf(service, "spec") ?? {};
  const type = textOf(spec, "type");
  const isHeadless = textsOf(spec, "clusterIPs").length === 1 && textsOf(spec, "clusterIPs")[0] === "None";
  const ports = structsOf(spec, "ports");
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && type !== "ExternalName") errors.push(required("spec.ports"));
  if (isHeadless && (type === "LoadBalancer" || type === "NodePort")) {
    errors.push(invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
  }
  if (type === "ExternalName") errors.push(...externalName(spec));
  errors.push(...servicePorts(spec, ports.length > 1));
  errors.push(...validateLabels(structOf(spec, "selector") as Record<string, string> | undefined, "spec.selector"));
  errors.push(...sessionAffinity(spec), ...clusterIps(spec, type));
  for (const [index, ip] of textsOf(spec, "externalIPs").entries()) {
    const place = at("spec.externalIPs", index);
    if (!isIP(ip)) errors.push(invalid(place, ip, INVALID_IP));
    else if (ip.startsWith("127.") || ip === "::1") {
      errors.push(invalid(place, ip, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
    }
  }
  if (type === "") errors.push(required("spec.type"));
  else if (!TYPES.includes(type)) errors.push(notSupported("spec.type", type, TYPES));
  return [...errors, ...nodePorts(spec, type), ...repeatedPorts(spec), ...balancer(spec, type), ...traffic(spec, type)];
}

function externalName(spec: JsonObject): FieldError[] {
  const text = "may not be set for ExternalName services";
  const errors = ["clusterIPs", "ipFamilies"]
    .filter((name) => textsOf(spec, name).length > 0)
    .map((name) => forbidden(`spec.${name}`, text));
  if (has(spec, "ipFamilyPolicy")) errors.push(forbidden("spec.ipFamilyPolicy", text));
  const name = textOf(spec, "externalName").replace(/\.$/, "");
  if (name === "") return [...errors, required("spec.externalName")];
  return [...errors, ...named(name, "spec.externalName", dns1123Subdomain)];
}

function servicePorts(spec: JsonObject, needsNames: boolean): FieldError[] {
  const seen = new Set<string>();
  return eachOf(spec, "ports", "spec", (port, path) => {
    const name = textOf(port, "name");
    const errors: FieldError[] = [];
    if (needsNames && name === "") errors.push(required(child(path, "name")));
    else if (name !== "") {
      errors.push(...named(name, child(path, "name"), dns1123Label));
      if (seen.has(name)) errors.push(duplicate(child(path, "name"), name));
      seen.add(name);
    }
    const number = numberOf(port, "port") ?? 0;
    errors.push(...portNumber(number).map((fault) => invalid(child(path, "port"), number, fault)));
    const protocol = textOf(port, "protocol");
    if (protocol === "") errors.push(required(child(path, "protocol")));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, "protocol"), protocol, PROTOCOLS));
    errors.push(...portNumberOrName(port["targetPort"], child(path, "targetPort")));
    const application = textOf(port, "appProtocol");
    return application === "" ? errors : [...errors, ...named(application, child(path, "appProtocol"), labelKeyFaults)];
  });
}

function sessionAffinity(spec: JsonObject): FieldError[] {
  const affinity = textOf(spec, "sessionAffinity");
  const supported = ["ClientIP", "None"];
  const path = "spec.sessionAffinityConfig";
  if (affinity === "") return [required("spec.sessionAffinity")];
  if (!supported.includes(affinity)) return [notSupported("spec.sessionAffinity", affinity, supported)];
  const config = structOf(spec, "sessionAffinityConfig");
  if (affinity === "None") {
    return config ? [forbidden(path, "must not be set when session affinity is None")] : [];
  }
  const seconds = numberOf(structOf(config, "clientIP"), "timeoutSeconds");
  if (seconds === undefined) return [required(path, "when session affinity type is ClientIP")];
  if (seconds > 0 && seconds <= AFFINITY_SECONDS_MAX) return [];
  const text = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
  return [invalid(`${path}.clientIP.timeoutSeconds`, seconds, text)];
}

function clusterIps(spec: JsonObject, type: string): FieldError[] {
  if (type === "ExternalName") return [];
  const errors: FieldError[] = [];
  const [address, addresses, families] = [
    textOf(spec, "clusterIP"),
    textsOf(spec, "clusterIPs"),
    textsOf(spec, "ipFamilies"),
  ];
  const path = "spec.clusterIPs";
  if (address !== "" && addresses.length === 0) errors.push(required(path));
  else if (address !== "" && addresses[0] !== address) {
    errors.push(invalid(path, addresses, "first value must match `clusterIP`"));
  } else if (address === "" && addresses.length > 0) {
    errors.push(invalid(path, addresses, "must be empty when `clusterIP` is not specified"));
  }
  for (const [index, family] of families.entries()) {
    const inner = at("spec.ipFamilies", index);
    if (family !== "IPv4" && family !== "IPv6") errors.push(notSupported(inner, family, ["IPv4", "IPv6"]));
    if (families.indexOf(family) < index) errors.push(duplicate(inner, family));
  }
  const policy = textOf(spec, "ipFamilyPolicy");
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  if (policy !== "" && !policies.includes(policy)) errors.push(notSupported("spec.ipFamilyPolicy", policy, policies));
  return [...errors, ...clusterIpValues(addresses, path)];
}

function clusterIpValues(addresses: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, address] of addresses.entries()) {
    if (index === 0 && address === "None") {
      if (addresses.length > 1) errors.push(invalid(path, [...addresses], "'None' must be the first and only value"));
    } else if (!isIP(address)) errors.push(invalid(at(path, index), address, INVALID_IP));
  }
  if (addresses.length > 2) errors.push(invalid(path, [...addresses], "may only hold up to 2 values"));
  const [first = "", second = ""] = addresses;
  if (errors.length === 0 && addresses.length === 2 && isIPv6(first) === isIPv6(second)) {
    errors.push(invalid(path, [...addresses], "may specify no more than one IP for each IP family"));
  }
  return errors;
}

function nodePorts(spec: JsonObject, type: string): FieldError[] {
  const seen = new Set<string>();
  return eachOf(spec, "ports", "spec", (port, path) => {
    const number = numberOf(port, "nodePort") ?? 0;
    if (number === 0) return [];
    const inner = child(path, "nodePort");
    const errors = type === "ClusterIP" ? [forbidden(inner, "may not be used when `type` is 'ClusterIP'")] : [];
    const key = `${textOf(port, "protocol")}/${number}`;
    if (seen.has(key)) errors.push(duplicate(inner, number));
    seen.add(key);
    return errors;
  });
}

function repeatedPorts(spec: JsonObject): FieldError[] {
  const seen = new Set<string>();
  return eachOf(spec, "ports", "spec", (port, path) => {
    const [protocol, number] = [textOf(port, "protocol"), numberOf(port, "port") ?? 0];
    const key = `${protocol}/${number}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    // The internal type, as the server prints it.
    const shown = { Name: "", Protocol: protocol, AppProtocol: null, Port: number, TargetPort: 0, NodePort: 0 };
    return [duplicate(path, shown)];
  });
}

function balancer(spec: JsonObject, type: string): FieldError[] {
  const errors: FieldError[] = [];
  const only = "may only be used when `type` is 'LoadBalancer'";
  const ranges = textsOf(spec, "loadBalancerSourceRanges");
  const path = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0 && type !== "LoadBalancer") errors.push(forbidden(path, only));
  for (const [index, range] of ranges.entries()) {
    if (!isCidr(range.trim())) errors.push(invalid(at(path, index), range.trim(), INVALID_CIDR));
  }
  if (has(spec, "allocateLoadBalancerNodePorts") && type !== "LoadBalancer") {
    errors.push(forbidden("spec.allocateLoadBalancerNodePorts", only));
  }
  if (has(spec, "loadBalancerClass") && type !== "LoadBalancer") errors.push(forbidden("spec.loadBalancerClass", only));
  else if (has(spec, "loadBalancerClass")) {
    errors.push(...named(textOf(spec, "loadBalancerClass"), "spec.loadBalancerClass", labelKeyFaults));
  }
  return errors;
}

export function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const max = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= max;
}

function traffic(spec: JsonObject, type: string): FieldError[] {
  const errors: FieldError[] = [];
  const hasExternalIps = textsOf(spec, "externalIPs").length > 0;
  const isReachable = type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && hasExternalIps);
  const external = textOf(spec, "externalTrafficPolicy");
  const policies = ["Cluster", "Local"];
  if (!isReachable && external !== "") {
    errors.push(invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"));
  } else if (isReachable && external === "") errors.push(required("spec.externalTrafficPolicy"));
  else if (isReachable && !policies.includes(external)) {
    errors.push(notSupported("spec.externalTrafficPolicy", external, policies));
  }
  const needsHealthCheck = type === "LoadBalancer" && external === "Local";
  const healthPort = numberOf(spec, "healthCheckNodePort") ?? 0;
  if (!needsHealthCheck && healthPort !== 0) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid("spec.healthCheckNodePort", healthPort, text));
  }
  errors.push(...oneOfIfSet(spec, "internalTrafficPolicy", "spec", policies));
  const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  return [...errors, ...oneOfIfSet(spec, "trafficDistribution", "spec", distributions)];
}

/** A cluster IP stays as long as the service keeps one. */
export function validateServiceUpdate(service: JsonObject, before: JsonObject): FieldError[] {
  const [spec = {}, old = {}] = [structOf(service, "spec"), structOf(before, "spec")];
  const errors: FieldError[] = [];
  const [oldType, type] = [textOf(old, "type"), textOf(spec, "type")];
  const [before0 = "", after0 = ""] = [textsOf(old, "clusterIPs")[0], textsOf(spec, "clusterIPs")[0]];
  // One that is left out is taken over from the stored service.
  const hasOther = after0 !== before0 && (after0 !== "" || has(spec, "clusterIP"));
  if (oldType !== "ExternalName" && type !== "ExternalName" && before0 !== "" && hasOther) {
    errors.push(invalid("spec.clusterIPs[0]", textsOf(spec, "clusterIPs"), "may not change once set"));
  }
  const [oldClass, newClass] = [textOf(old, "loadBalancerClass"), textOf(spec, "loadBalancerClass")];
  if (oldType === "LoadBalancer" && type === "LoadBalancer" && oldClass !== newClass) {
    errors.push(invalid("spec.loadBalancerClass", newClass || null, "may not change once set"));
  }
  return [...errors, ...validateService(service)];
}
