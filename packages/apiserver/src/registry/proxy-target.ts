import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { BlockList, isIP } from "node:net";
import { badRequest, notFound, serviceUnavailable } from "../http/status.ts";
import type { Registry } from "./registry.ts";

/** Where a proxied request goes: the address of a pod, and how it is spoken to. */
export interface ProxyTarget {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

interface NamedPort {
  readonly scheme: "http" | "https";
  readonly name: string;
  readonly port: string;
}

/** `NAME`, `NAME:PORT`, `SCHEME:NAME:PORT`, scheme and port possibly empty; undefined for anything else. */
function splitName(id: string): NamedPort | undefined {
  const parts = id.split(":");
  if (parts.length > 3) return undefined;
  const [scheme = "", name = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  if (name === "") return undefined;
  return scheme === "" || scheme === "http" || scheme === "https"
    ? { scheme: scheme === "https" ? "https" : "http", name, port }
    : undefined;
}

/**
 * A pod behind a Service, as its Endpoints say. Only addresses that pods of the same namespace have in their status are taken, so that
 * Endpoints written by hand open no way to other machines (pkg/registry/core/service/storage ResourceLocation).
 * @throws StatusError 400 for a name that is none, 404 without Endpoints, 503 where no ready pod serves the port
 */
export function serviceTarget(registry: Registry, namespace: string, id: string): ProxyTarget {
  const asked = splitName(id);
  if (asked === undefined) throw badRequest(`invalid service request ${JSON.stringify(id)}`);
  const { scheme, name } = asked;
  const portName = /^[+-]?\d+$/.test(asked.port) ? portNameOf(registry, namespace, name, asked.port) : asked.port;
  const endpoints = read(registry, "endpoints", namespace, name);
  if (endpoints === undefined) throw notFound({ group: "", plural: "services" }, name);
  const subsets = objectsIn(endpoints["subsets"]);
  if (subsets.length === 0) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  const found = subsets.flatMap((subset) =>
    objectsIn(subset["ports"])
      .filter((port) => (port["name"] ?? "") === portName)
      .flatMap((port) =>
        objectsIn(subset["addresses"])
          .filter((address) => isPodAddress(registry, namespace, address))
          .map((address) => ({ scheme, host: String(address["ip"]), port: Number(port["port"]) })),
      ),
  );
  const target = found[Math.floor(Math.random() * found.length)];
  if (target === undefined) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(id)}`);
  return target;
}

/** Endpoints name their ports as the Service does. @throws StatusError 404, 503 */
function portNameOf(registry: Registry, namespace: string, name: string, port: string): string {
  const service = read(registry, "services", namespace, name);
  if (service === undefined) throw notFound({ group: "", plural: "services" }, name);
  const spec = isJsonObject(service["spec"]) ? service["spec"] : {};
  const found = objectsIn(spec["ports"]).find((one) => one["port"] === Number(port));
  if (found === undefined)
    throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
  return typeof found["name"] === "string" ? found["name"] : "";
}

function isPodAddress(registry: Registry, namespace: string, address: JsonObject): boolean {
  const reference = address["targetRef"];
  if (!isJsonObject(reference) || reference["kind"] !== "Pod" || reference["namespace"] !== namespace) return false;
  const pod = read(registry, "pods", namespace, String(reference["name"] ?? ""));
  return pod !== undefined && addressesOf(pod).includes(String(address["ip"]));
}

/**
 * A pod by its own address; without a port the first that a container names.
 * @throws StatusError 400 for a name that is none and an address that is not proxied to, 404
 */
export function podTarget(registry: Registry, namespace: string, id: string): ProxyTarget {
  const asked = splitName(id);
  if (asked === undefined) throw badRequest(`invalid pod request ${JSON.stringify(id)}`);
  const pod = read(registry, "pods", namespace, asked.name);
  if (pod === undefined) throw notFound({ group: "", plural: "pods" }, asked.name);
  const [host = ""] = addressesOf(pod);
  if (!isProxied(host)) throw badRequest("address not allowed");
  const port = asked.port === "" ? firstPort(pod) : Number(asked.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw serviceUnavailable(`error trying to reach service: dial tcp: lookup tcp/${asked.port}: unknown port`);
  return { scheme: asked.scheme, host, port };
}

function firstPort(pod: KubeObject): number {
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  for (const container of objectsIn(spec["containers"])) {
    const [first] = objectsIn(container["ports"]);
    if (first !== undefined) return Number(first["containerPort"]);
  }
  return 80;
}

/** Loopback, link-local, multicast and unspecified addresses (apimachinery util/proxy IsProxyableIP). */
const NOT_PROXIED = new BlockList();
for (const [address, bits] of [
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 4],
  ["0.0.0.0", 32],
  ["255.255.255.255", 32],
] as const)
  NOT_PROXIED.addSubnet(address, bits, "ipv4");
for (const [address, bits] of [
  ["::1", 128],
  ["::", 128],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NOT_PROXIED.addSubnet(address, bits, "ipv6");

function isProxied(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !NOT_PROXIED.check(address, family === 6 ? "ipv6" : "ipv4");
}

function addressesOf(pod: KubeObject): string[] {
  const status = isJsonObject(pod["status"]) ? pod["status"] : {};
  const all = [status["podIP"], ...objectsIn(status["podIPs"]).map((one) => one["ip"])];
  return [...new Set(all.filter((ip) => typeof ip === "string"))];
}

function read(registry: Registry, plural: string, namespace: string, name: string): KubeObject | undefined {
  const resource = registry.resources.find("", "v1", plural);
  return resource === undefined ? undefined : registry.find(resource, namespace, name);
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
