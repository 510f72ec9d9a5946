import type { JsonObject } from "@fairlead/base";
import type { TablePrinter } from "../registry/types.ts";
import { labelsText, objectsIn, printer, textOf, textsIn, valueAt, withMore, type Reader } from "./columns.ts";

/** Services and what leads to them. */
export const NETWORK_PRINTERS: Readonly<Record<string, TablePrinter>> = {
  "/Service": printer("Name! Type Cluster-IP External-IP Port(s) Age Selector+", (o) => [
    o.name,
    o.text("spec.type"),
    textsIn(o.value("spec.clusterIPs"))[0] ?? "<none>",
    externalIp(o),
    servicePorts(o),
    o.age,
    labelsText(o.value("spec.selector")),
  ]),
  "/Endpoints": printer("Name! Endpoints Age", (o) => [o.name, endpoints(o), o.age]),
  "discovery.k8s.io/EndpointSlice": printer("Name! AddressType Ports Endpoints Age", (o) => [
    o.name,
    o.text("addressType"),
    withMore(
      o.list("ports").map((port) => textOf(port["port"], textOf(port["name"], "*"))),
      3,
    ),
    withMore(
      o.list("endpoints").flatMap((endpoint) => textsIn(endpoint["addresses"])),
      3,
    ),
    o.age,
  ]),
  "networking.k8s.io/Ingress": printer("Name! Class Hosts Address Ports Age", (o) => [
    o.name,
    o.text("spec.ingressClassName", "<none>"),
    hosts(o),
    loadBalancer(o),
    o.list("spec.tls").length > 0 ? "80, 443" : "80",
    o.age,
  ]),
  "networking.k8s.io/IngressClass": printer("Name! Controller Parameters Age", (o) => [
    o.name,
    o.text("spec.controller"),
    parameters(o),
    o.age,
  ]),
  "networking.k8s.io/NetworkPolicy": printer("Name! Pod-Selector Age", (o) => [
    o.name,
    o.selector("spec.podSelector"),
    o.age,
  ]),
  "networking.k8s.io/ServiceCIDR": printer("Name! CIDRs Age", (o) => [
    o.name,
    textsIn(o.value("spec.cidrs")).join(","),
    o.age,
  ]),
  // The age has a cell and no column, there as here.
  "networking.k8s.io/IPAddress": printer("Name! ParentRef", (o) => [o.name, parentRef(o), o.age]),
};

function externalIp(o: Reader): string {
  const own = textsIn(o.value("spec.externalIPs"));
  switch (o.text("spec.type")) {
    case "ClusterIP":
    case "NodePort":
      return own.length > 0 ? own.join(",") : "<none>";
    case "LoadBalancer": {
      const given = loadBalancer(o);
      const all = [...(given === "" ? [] : [given]), ...own];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return o.text("spec.externalName");
    default:
      return "<unknown>";
  }
}

function loadBalancer(o: Reader): string {
  const addresses = o.list("status.loadBalancer.ingress").map((item) => textOf(item["ip"], textOf(item["hostname"])));
  return [...new Set(addresses.filter((address) => address !== ""))].sort().join(",");
}

function servicePorts(o: Reader): string {
  const ports = o.list("spec.ports").map((port) => {
    const nodePort = Number(port["nodePort"] ?? 0);
    return `${textOf(port["port"])}${nodePort > 0 ? `:${nodePort}` : ""}/${textOf(port["protocol"])}`;
  });
  return ports.length > 0 ? ports.join(",") : "<none>";
}

function endpoints(o: Reader): string {
  const list = o.list("subsets").flatMap((subset) => {
    const addresses = objectsIn(subset["addresses"]).map((address) => textOf(address["ip"]));
    const ports = objectsIn(subset["ports"]);
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((address) => hostPort(address, port)));
  });
  return list.length === 0 ? "<none>" : withMore(list, 3);
}

function hostPort(address: string, port: JsonObject): string {
  return `${address.includes(":") ? `[${address}]` : address}:${textOf(port["port"])}`;
}

function hosts(o: Reader): string {
  const rules = o.list("spec.rules");
  const named = rules.slice(0, 3).map((rule) => textOf(rule["host"]));
  const shown = named.filter((host) => host !== "");
  if (shown.length === 0) return "*";
  return rules.length > 3 ? `${shown.join(",")} + ${rules.length - 3} more...` : shown.join(",");
}

function parameters(o: Reader): string {
  const value = o.value("spec.parameters");
  if (value === undefined) return "<none>";
  const group = textOf(valueAt(value, "apiGroup"));
  return `${textOf(valueAt(value, "kind"))}${group === "" ? "" : `.${group}`}/${textOf(valueAt(value, "name"))}`;
}

function parentRef(o: Reader): string {
  const ref = o.value("spec.parentRef");
  if (ref === undefined) return "<none>";
  const group = textOf(valueAt(ref, "group"));
  const resource = `${textOf(valueAt(ref, "resource"))}${group === "" ? "" : `.${group}`}`.toLowerCase();
  const namespace = textOf(valueAt(ref, "namespace"));
  return [resource, ...(namespace === "" ? [] : [namespace]), textOf(valueAt(ref, "name"))].join("/");
}
