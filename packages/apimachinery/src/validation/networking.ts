import { isIP } from "node:net";
import type { JsonObject } from "@fairlead/base";
import { at, child, forbidden, invalid, notSupported, required, tooLong, type FieldError } from "./field-error.ts";
import {
  eachOf,
  has,
  named,
  numberOf,
  oneOfIfSet,
  requiredName,
  structOf,
  structsOf,
  textOf,
  textsOf,
} from "./access.ts";
import { immutable, validateSelector } from "./metadata.ts";
import { dns1035Label, dns1123Subdomain, pathSegment, portName, portNumber, wildcardSubdomain } from "./names.ts";
import { isCidr } from "./service.ts";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS = ["/..", "/."];
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export function validateIngress(ingress: JsonObject): FieldError[] {
  const spec = structOf(ingress, "spec") ?? {};
  const backend = structOf(spec, "defaultBackend");
  const rules = structsOf(spec, "rules");
  const errors: FieldError[] = [];
  if (rules.length === 0 && !backend) {
    const text = "either `defaultBackend` or `rules` must be specified";
    errors.push(invalid("spec", Array.isArray(spec["rules"]) ? spec["rules"] : null, text));
  }
  if (backend) errors.push(...ingressBackend(backend, "spec.defaultBackend"));
  errors.push(...eachOf(spec, "rules", "spec", ingressRule));
  errors.push(...eachOf(spec, "tls", "spec", ingressTls));
  const className = textOf(spec, "ingressClassName");
  if (className !== "") errors.push(...named(className, "spec.ingressClassName", dns1123Subdomain));
  return errors;
}

export function validateIngressCreate(ingress: JsonObject): FieldError[] {
  const errors = validateIngress(ingress);
  const annotated = textOf(structOf(structOf(ingress, "metadata"), "annotations"), CLASS_ANNOTATION);
  const className = textOf(structOf(ingress, "spec"), "ingressClassName");
  if (annotated !== "" && className !== "" && annotated !== className) {
    const text = "must match `ingressClassName` when both are specified";
    errors.push(invalid(`metadata.annotations[${CLASS_ANNOTATION}]`, annotated, text));
  }
  return errors;
}

function hostRule(host: string): string[] {
  return host.includes("*") ? wildcardSubdomain(host) : dns1123Subdomain(host);
}

function ingressRule(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const host = textOf(rule, "host");
  if (host !== "") {
    if (isIP(host)) errors.push(invalid(child(path, "host"), host, "must be a DNS name, not an IP address"));
    errors.push(...named(host, child(path, "host"), hostRule));
  }
  const http = structOf(rule, "http");
  if (!http) return errors;
  if (structsOf(http, "paths").length === 0) return [...errors, required(child(path, "http", "paths"))];
  return [...errors, ...eachOf(http, "paths", child(path, "http"), ingressPath)];
}

function ingressPath(item: JsonObject, path: string): FieldError[] {
  const type = textOf(item, "pathType");
  const target = textOf(item, "path");
  const inner = child(path, "path");
  if (!has(item, "pathType")) return [required(child(path, "pathType"), "pathType must be specified")];
  const errors: FieldError[] = [];
  if (!PATH_TYPES.includes(type)) errors.push(notSupported(child(path, "pathType"), type, PATH_TYPES));
  else if (type === "ImplementationSpecific") {
    if (target !== "" && !target.startsWith("/")) errors.push(invalid(inner, target, "must be an absolute path"));
  } else {
    if (!target.startsWith("/")) errors.push(invalid(inner, target, "must be an absolute path"));
    for (const bad of BAD_SEQUENCES) {
      if (target.includes(bad)) errors.push(invalid(inner, target, `must not contain '${bad}'`));
    }
    for (const bad of BAD_ENDS) {
      if (target.endsWith(bad)) errors.push(invalid(inner, target, `cannot end with '${bad}'`));
    }
  }
  return [...errors, ...ingressBackend(structOf(item, "backend") ?? {}, child(path, "backend"))];
}

function ingressBackend(backend: JsonObject, path: string): FieldError[] {
  const [resource, service] = [structOf(backend, "resource"), structOf(backend, "service")];
  if (resource && service) return [invalid(path, "", "cannot set both resource and service backends")];
  if (resource) return resourceBackend(resource, child(path, "resource"));
  if (!service) return [invalid(path, "", "resource or service backend is required")];
  const errors = requiredName(service, "name", child(path, "service"), dns1035Label);
  const port = structOf(service, "port");
  const [name, number] = [textOf(port, "name"), numberOf(port, "number") ?? 0];
  const inner = child(path, "service", "port");
  if (name !== "" && number !== 0) return [...errors, invalid(path, "", "cannot set both port name & port number")];
  if (name !== "") return [...errors, ...named(name, child(inner, "name"), portName)];
  if (number === 0) return [...errors, required(path, "port name or number is required")];
  return [...errors, ...portNumber(number).map((fault) => invalid(child(inner, "number"), number, fault))];
}

function resourceBackend(resource: JsonObject, path: string): FieldError[] {
  const group = textOf(resource, "apiGroup");
  return [
    ...(has(resource, "apiGroup") ? named(group, child(path, "apiGroup"), dns1123Subdomain) : []),
    ...requiredName(resource, "kind", path, pathSegment),
    ...requiredName(resource, "name", path, pathSegment),
  ];
}

function ingressTls(tls: JsonObject, path: string): FieldError[] {
  const secret = textOf(tls, "secretName");
  return [
    ...textsOf(tls, "hosts").flatMap((host, index) => named(host, at(child(path, "hosts"), index), hostRule)),
    ...(secret === "" ? [] : named(secret, child(path, "secretName"), dns1123Subdomain)),
  ];
}

const CONTROLLER_LENGTH_MAX = 250;

export function validateIngressClass(object: JsonObject): FieldError[] {
  const spec = structOf(object, "spec") ?? {};
  const controller = textOf(spec, "controller");
  const errors: FieldError[] = [];
  const path = "spec.controller";
  if (controller.length > CONTROLLER_LENGTH_MAX) errors.push(tooLong(path, CONTROLLER_LENGTH_MAX));
  if (controller === "") errors.push(required(path));
  else {
    const [host = "", ...rest] = controller.split("/");
    if (host === "" || rest.join("/") === "") {
      errors.push(invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    } else errors.push(...named(host, path, dns1123Subdomain));
  }
  const parameters = structOf(spec, "parameters");
  if (!parameters) return errors;
  errors.push(...resourceBackend(parameters, "spec.parameters"));
  const scope = textOf(parameters, "scope");
  const scopes = ["Cluster", "Namespace"];
  const namespacePath = "spec.parameters.namespace";
  if (!scopes.includes(scope)) errors.push(notSupported("spec.parameters.scope", scope, scopes));
  else if (scope === "Namespace" && !has(parameters, "namespace")) {
    errors.push(required(namespacePath, "`parameters.scope` is set to 'Namespace'"));
  } else if (scope === "Cluster" && has(parameters, "namespace")) {
    errors.push(forbidden(namespacePath, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}

export function validateIngressClassUpdate(object: JsonObject, before: JsonObject): FieldError[] {
  const controllerOf = (value: JsonObject): string => textOf(structOf(value, "spec"), "controller");
  return [...immutable(controllerOf(object), controllerOf(before), "spec.controller"), ...validateIngressClass(object)];
}

export function validateNetworkPolicy(policy: JsonObject): FieldError[] {
  const spec = structOf(policy, "spec") ?? {};
  const types = textsOf(spec, "policyTypes");
  const errors = validateSelector(structOf(spec, "podSelector"), "spec.podSelector");
  for (const [direction, peers] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    errors.push(
      ...eachOf(spec, direction, "spec", (rule, path) => [
        ...eachOf(rule, "ports", path, policyPort),
        ...eachOf(rule, peers, path, policyPeer),
      ]),
    );
  }
  if (types.length > 2)
    return [...errors, invalid("spec.policyTypes", types, "may not specify more than two policyTypes")];
  for (const [index, type] of types.entries()) {
    const known = ["Ingress", "Egress"];
    if (!known.includes(type)) errors.push(notSupported(at("spec.policyTypes", index), type, known));
  }
  return errors;
}

function policyPort(item: JsonObject, path: string): FieldError[] {
  const errors = oneOfIfSet(item, "protocol", path, ["TCP", "UDP", "SCTP"]);
  const { port } = item;
  const end = numberOf(item, "endPort");
  const endPath = child(path, "endPort");
  if (typeof port === "number") {
    errors.push(...portNumber(port).map((fault) => invalid(child(path, "port"), port, fault)));
    if (end !== undefined && end < port) errors.push(invalid(endPath, port, "must be greater than or equal to `port`"));
    if (end !== undefined) errors.push(...portNumber(end).map((fault) => invalid(endPath, end, fault)));
  } else if (typeof port === "string") {
    if (end !== undefined) errors.push(invalid(endPath, end, "may not be specified when `port` is non-numeric"));
    errors.push(...named(port, child(path, "port"), portName));
  } else if (end !== undefined) {
    errors.push(invalid(endPath, end, "may not be specified when `port` is not specified"));
  }
  return errors;
}

function policyPeer(peer: JsonObject, path: string): FieldError[] {
  const selectors = ["podSelector", "namespaceSelector"].filter((name) => structOf(peer, name));
  const block = structOf(peer, "ipBlock");
  const errors = selectors.flatMap((name) => validateSelector(structOf(peer, name), child(path, name)));
  if (block) errors.push(...ipBlock(block, child(path, "ipBlock")));
  if (selectors.length === 0 && !block) errors.push(required(path, "must specify a peer"));
  if (selectors.length > 0 && block) errors.push(forbidden(path, "may not specify both ipBlock and another peer"));
  return errors;
}

const INVALID_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

function ipBlock(block: JsonObject, path: string): FieldError[] {
  const cidr = textOf(block, "cidr");
  if (cidr === "") return [required(child(path, "cidr"))];
  const errors = isCidr(cidr) ? [] : [invalid(child(path, "cidr"), cidr, INVALID_CIDR)];
  for (const [index, except] of textsOf(block, "except").entries()) {
    const inner = at(child(path, "except"), index);
    if (!isCidr(except)) errors.push(invalid(inner, except, INVALID_CIDR));
    else if (isCidr(cidr) && !isStrictlyInside(except, cidr)) {
      errors.push(invalid(inner, except, "must be a strict subset of `cidr`"));
    }
  }
  return errors;
}

function isStrictlyInside(inner: string, outer: string): boolean {
  const [innerAddress = "", innerBits = ""] = inner.split("/");
  const [outerAddress = "", outerBits = ""] = outer.split("/");
  if (isIP(innerAddress) !== isIP(outerAddress) || Number(outerBits) >= Number(innerBits)) return false;
  const width = isIP(outerAddress) === 6 ? 128 : 32;
  const shift = BigInt(width - Number(outerBits));
  return toBits(innerAddress) >> shift === toBits(outerAddress) >> shift;
}

function toBits(address: string): bigint {
  if (isIP(address) === 4) return address.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [front, back] = [groups(head), tail === undefined ? [] : groups(tail)];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return [...front, ...zeros, ...back].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
