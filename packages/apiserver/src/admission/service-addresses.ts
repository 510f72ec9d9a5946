import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { isIP } from "node:net";
import type { KubeObject } from "@fairlead/apimachinery";
import { invalid, type FieldFault } from "../http/status.ts";
import type { Entry } from "../storage/entry.ts";
import type { Store } from "../storage/store.ts";
import type { AdmissionRequest, Admitter } from "./types.ts";

const SERVICES = "/services";
/** 10.96.0.0/16, as kubeadm has it; the lower part is left to those who ask for an address by name. */
const RANGE = { prefix: "10.96.", first: 256 + 2, size: 65_534 };
const NODE_PORTS = { first: 30_000, last: 32_767 };
/** A reservation whose write never came is free again after this. */
const RESERVATION_MS = 30_000;

/** Cluster IPs and node ports: given to services that are made, kept while they live, refused when taken. */
export class ServiceAddresses {
  readonly #now: () => number;
  /** Address or port → the service's key. */
  readonly #used = new Map<string, string>();
  readonly #reserved = new Map<string, number>();
  #nextAddress = RANGE.first;
  #nextPort = NODE_PORTS.first;

  constructor(store: Store, now: () => number) {
    this.#now = now;
    for (const entry of store.collection(SERVICES).all()) this.#take(entry);
    store.subscribe(SERVICES, (events) => {
      for (const event of events) {
        if (event.previous !== undefined) this.#release(event.previous);
        if (event.type !== "DELETED") this.#take(event.entry);
      }
    });
  }

  get admitter(): Admitter {
    return (request) => {
      const { resource, operation, object, subresource } = request;
      if (resource.group !== "" || resource.kind !== "Service" || object === undefined || subresource !== "") return;
      if (operation === "CREATE" || operation === "UPDATE") this.#admit(request, object);
    };
  }

  #admit(request: AdmissionRequest, service: KubeObject): void {
    const spec: JsonObject = isJsonObject(service["spec"]) ? service["spec"] : {};
    service["spec"] = spec;
    const old = isJsonObject(request.oldObject?.["spec"]) ? request.oldObject["spec"] : {};
    const faults: FieldFault[] = [];
    const own = `${request.namespace}/${service.metadata.name ?? request.name}`;
    if (spec["type"] === "ExternalName") {
      // On creation it is for validation to say that an address may not be there.
      if (request.operation === "UPDATE") this.#strip(spec);
      else if (typeof spec["clusterIP"] === "string" && spec["clusterIP"] !== "")
        spec["clusterIPs"] ??= [spec["clusterIP"]];
    } else {
      this.#addAddress(spec, old, own, faults, request.dryRun);
      faults.push(...familyFaults(spec));
      spec["ipFamilies"] ??= old["ipFamilies"] ?? ["IPv4"];
      spec["ipFamilyPolicy"] ??= old["ipFamilyPolicy"] ?? "SingleStack";
      this.#addPorts(spec, old, own, faults);
    }
    if (faults.length > 0) throw invalid("", "Service", service.metadata.name ?? "", faults);
  }

  #strip(spec: JsonObject): void {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"])
      delete spec[field];
  }

  #addAddress(spec: JsonObject, old: JsonObject, own: string, faults: FieldFault[], isDryRun: boolean): void {
    const asked = spec["clusterIP"] ?? "";
    if (asked === "" && typeof old["clusterIP"] === "string" && old["clusterIP"] !== "") {
      spec["clusterIP"] = old["clusterIP"];
      spec["clusterIPs"] ??= old["clusterIPs"] ?? [old["clusterIP"]];
      return;
    }
    const listed = Array.isArray(spec["clusterIPs"]) ? spec["clusterIPs"] : [];
    // A list without its first told apart is a fault that validation tells.
    if (asked === "" && listed.length > 0) return;
    if (asked === "") spec["clusterIP"] = this.#freeAddress();
    else if (typeof asked === "string" && isIP(asked) !== 0 && asked !== old["clusterIP"]) {
      this.#claim(asked, own, faults, isDryRun);
    }
    // One that is changed alone takes the list along, so that the change itself is what is refused.
    const isChanged = typeof old["clusterIP"] === "string" && asked !== old["clusterIP"];
    if (listed.length === 0 || isChanged) spec["clusterIPs"] = [spec["clusterIP"] as Json, ...listed.slice(1)];
  }

  #claim(address: string, own: string, faults: FieldFault[], isDryRun: boolean): void {
    const field = "spec.clusterIPs";
    const bad = `Invalid value: ${JSON.stringify([address])}: failed to allocate IP ${address}: `;
    if (!address.startsWith(RANGE.prefix)) {
      faults.push({
        type: "FieldValueInvalid",
        field,
        message: isDryRun
          ? `${bad}the provided IP (${address}) is not in the valid range. The range of valid IPs is ${RANGE.prefix}0.0/16`
          : `${bad}the provided network does not match the current range`,
      });
      return;
    }
    const holder = this.#used.get(address);
    if ((holder !== undefined && holder !== own) || this.#isReserved(address)) {
      faults.push({ type: "FieldValueInvalid", field, message: `${bad}provided IP is already allocated` });
    } else this.#reserved.set(address, this.#now());
  }

  #freeAddress(): string {
    for (let tried = 0; tried < RANGE.size; tried++) {
      const index = this.#nextAddress;
      this.#nextAddress = index + 1 > RANGE.size ? RANGE.first : index + 1;
      const address = `${RANGE.prefix}${index >> 8}.${index & 255}`;
      if (this.#used.has(address) || this.#isReserved(address)) continue;
      this.#reserved.set(address, this.#now());
      return address;
    }
    throw new Error("the range of cluster IPs is used up");
  }

  #addPorts(spec: JsonObject, old: JsonObject, own: string, faults: FieldFault[]): void {
    const needsPorts =
      spec["type"] === "NodePort" ||
      (spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);
    const ports = (Array.isArray(spec["ports"]) ? spec["ports"] : []).filter(isJsonObject);
    const oldPorts = (Array.isArray(old["ports"]) ? old["ports"] : []).filter(isJsonObject);
    ports.forEach((port, index) => {
      if (!needsPorts) {
        if (spec["type"] === "ClusterIP" && old["type"] !== undefined && old["type"] !== "ClusterIP")
          delete port["nodePort"];
        return;
      }
      const asked = Number(port["nodePort"] ?? 0);
      const before = oldPorts.find((item) => item["port"] === port["port"] && item["protocol"] === port["protocol"]);
      if (asked === 0) port["nodePort"] = before?.["nodePort"] ?? this.#freePort();
      else this.#claimPort(asked, index, own, faults);
    });
  }

  #claimPort(port: number, index: number, own: string, faults: FieldFault[]): void {
    const field = `spec.ports[${index}].nodePort`;
    if (port < NODE_PORTS.first || port > NODE_PORTS.last) {
      faults.push({
        type: "FieldValueInvalid",
        field,
        message: `Invalid value: ${port}: provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`,
      });
      return;
    }
    const holder = this.#used.get(String(port));
    if (holder !== undefined && holder !== own) {
      faults.push({
        type: "FieldValueInvalid",
        field,
        message: `Invalid value: ${port}: provided port is already allocated`,
      });
    }
  }

  #freePort(): number {
    for (let tried = NODE_PORTS.first; tried <= NODE_PORTS.last; tried++) {
      const port = this.#nextPort;
      this.#nextPort = port >= NODE_PORTS.last ? NODE_PORTS.first : port + 1;
      if (this.#used.has(String(port)) || this.#isReserved(String(port))) continue;
      this.#reserved.set(String(port), this.#now());
      return port;
    }
    throw new Error("the range of node ports is used up");
  }

  #isReserved(what: string): boolean {
    const at = this.#reserved.get(what);
    if (at === undefined) return false;
    if (this.#now() - at < RESERVATION_MS) return true;
    this.#reserved.delete(what);
    return false;
  }

  #take(entry: Entry): void {
    for (const what of heldBy(entry)) {
      this.#used.set(what, entry.sortKey);
      this.#reserved.delete(what);
    }
  }

  #release(entry: Entry): void {
    for (const what of heldBy(entry)) if (this.#used.get(what) === entry.sortKey) this.#used.delete(what);
  }
}

/** This cluster has addresses of one family. */
function familyFaults(spec: JsonObject): FieldFault[] {
  const families = Array.isArray(spec["ipFamilies"]) ? spec["ipFamilies"] : [];
  const faults = families.flatMap((family, index): FieldFault[] => {
    if (family !== "IPv6") return [];
    const message = 'Invalid value: "IPv6": not configured on this cluster';
    return [{ type: "FieldValueInvalid", field: `spec.ipFamilies[${index}]`, message }];
  });
  if (spec["ipFamilyPolicy"] !== "RequireDualStack") return faults;
  const message = 'Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services';
  return [...faults, { type: "FieldValueInvalid", field: "spec.ipFamilyPolicy", message }];
}

/** Addresses and ports of a stored service. */
function heldBy(entry: Entry): string[] {
  const { spec } = entry.parse();
  if (!isJsonObject(spec)) return [];
  const addresses = Array.isArray(spec["clusterIPs"]) ? spec["clusterIPs"].map(String) : [];
  const ports = (Array.isArray(spec["ports"]) ? spec["ports"] : []).filter(isJsonObject);
  const nodePorts = ports.flatMap((port) =>
    typeof port["nodePort"] === "number" && port["nodePort"] > 0 ? [String(port["nodePort"])] : [],
  );
  return [...addresses.filter((address) => address !== "None"), ...nodePorts];
}
