import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { PodRoute } from "../http/proxy-forward.ts";
import { StatusError } from "../http/status.ts";
import { serviceTarget } from "./proxy-target.ts";
import type { Registry } from "./registry.ts";

/** Where a service of the cluster is reached from this process. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  /** What its certificate has to be for. */
  readonly servername: string;
}

/**
 * A service that the server itself calls: one of webhooks, of another API server. An `ExternalName` is called by that name.
 * @throws Error in the words of kube-apiserver's resolver and of Go's dialer
 */
export function serviceAddress(
  registry: Registry,
  route: PodRoute,
  { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
): ServiceAddress {
  const services = registry.resources.find("", "v1", "services");
  const service = services && registry.find(services, namespace, name);
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const spec: JsonObject = isJsonObject(service["spec"]) ? service["spec"] : {};
  const servername = `${name}.${namespace}.svc`;
  if (spec["type"] === "ExternalName") return { host: String(spec["externalName"]), port, servername };
  const ports = Array.isArray(spec["ports"]) ? spec["ports"].filter(isJsonObject) : [];
  if (!ports.some((one) => one["port"] === port)) {
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  }
  const refused = new Error(`dial tcp ${String(spec["clusterIP"])}:${port}: connect: connection refused`);
  try {
    const target = serviceTarget(registry, namespace, `https:${name}:${port}`);
    const reached = route(target.host, target.port);
    if (reached !== undefined) return { ...reached, servername };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
  throw refused;
}
