import { request as httpsRequest } from "node:https";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { Internal } from "../controllers/internal.ts";
import { dialFault } from "../http/dial-faults.ts";
import type { PodRoute } from "../http/proxy-forward.ts";
import { timestamp } from "../registry/metadata.ts";
import { serviceAddress, type ServiceAddress } from "../registry/service-address.ts";
import type { Resource } from "../registry/types.ts";
import { parseJson } from "../storage/parse-json.ts";
import { API_SERVICES, type RemoteService, type RemoteServices } from "./remote-services.ts";

const AGAIN_MS = 30_000;
const ANSWER_WITHIN_MS = 5_000;
const LIST_BYTES_MAX = 4 * 1024 * 1024;
/** A change of one of these may make another server come or go. */
const ABOUT: ReadonlySet<string> = new Set([
  API_SERVICES,
  "/services",
  "/endpoints",
  "discovery.k8s.io/endpointslices",
]);

interface Verdict {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Says in each APIService whether the server behind it answers (kube-aggregator's available controller). */
export class Availability {
  readonly #internal: Internal;
  readonly #resource: Resource;
  readonly #remotes: RemoteServices;
  readonly #route: PodRoute;
  readonly #running = new Map<string, "once" | "again">();
  #isStopped = false;

  constructor(internal: Internal, remotes: RemoteServices, route: PodRoute) {
    this.#internal = internal;
    this.#resource = internal.resource("apiregistration.k8s.io", "v1", "apiservices");
    this.#remotes = remotes;
    this.#route = route;
  }

  start(): () => void {
    const { clock, store } = this.#internal.registry;
    const stopEvents = store.onCommit((events) => {
      if (events.some(({ entry }) => ABOUT.has(entry.resource))) this.#checkAll();
    });
    let cancel = (): void => {};
    const arm = (): void => {
      cancel = clock.after(AGAIN_MS, () => {
        this.#checkAll();
        arm();
      });
    };
    arm();
    this.#checkAll();
    return () => {
      this.#isStopped = true;
      stopEvents();
      cancel();
    };
  }

  #checkAll(): void {
    for (const { name } of this.#remotes.list()) this.#check(name);
  }

  /** One check of a service at a time; what happens meanwhile is looked at afterwards. */
  #check(name: string): void {
    if (this.#isStopped) return;
    const known = this.#running.get(name);
    this.#running.set(name, known === undefined ? "once" : "again");
    if (known !== undefined) return;
    const work = this.#carryOut(name).finally(() => {
      const isAgain = this.#running.get(name) === "again";
      this.#running.delete(name);
      if (isAgain) this.#check(name);
    });
    this.#internal.run("whether another API server answers could not be told", work);
  }

  async #carryOut(name: string): Promise<void> {
    const remote = this.#remotes.list().find((one) => one.name === name);
    if (remote === undefined) return;
    const verdict = await this.#judge(remote);
    if (this.#isStopped) return;
    const now = timestamp(this.#internal.registry.clock.now());
    await this.#internal.change(this.#resource, "", name, (object) => setAvailable(object, verdict, now), "status");
  }

  async #judge(remote: RemoteService): Promise<Verdict> {
    const missing = this.#missing(remote);
    if (missing !== undefined) return missing;
    const path = `/apis/${remote.group}/${remote.version}`;
    let url = "";
    try {
      const address = serviceAddress(this.#internal.registry, this.#route, remote.service);
      url = `https://${address.host}:${address.port}${path}`;
      this.#remotes.learn(remote.name, await discover(address, path, url));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `failing or missing response from ${url === "" ? path : url}: ${why}`;
      return { status: "False", reason: "FailedDiscoveryCheck", message };
    }
    return { status: "True", reason: "Passed", message: "all checks passed" };
  }

  #missing({ service }: RemoteService): Verdict | undefined {
    const { registry } = this.#internal;
    const { namespace, name, port } = service;
    const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });
    const found = registry.find(this.#internal.resource("", "v1", "services"), namespace, name);
    if (found === undefined) return no("ServiceNotFound", `service/${name} in "${namespace}" is not present`);
    const spec: JsonObject = isJsonObject(found["spec"]) ? found["spec"] : {};
    if (spec["type"] !== "ClusterIP") return undefined;
    const ports = Array.isArray(spec["ports"]) ? spec["ports"].filter(isJsonObject) : [];
    const own = ports.find((one) => one["port"] === port);
    if (own === undefined) {
      return no("ServicePortError", `service/${name} in "${namespace}" is not listening on port ${port}`);
    }
    const slices = registry.store
      .collection("discovery.k8s.io/endpointslices")
      .list(namespace)
      .filter(({ labels }) => labels["kubernetes.io/service-name"] === name);
    if (slices.length === 0) {
      return no("EndpointsNotFound", `cannot find endpointslices for service/${name} in "${namespace}"`);
    }
    const portName = typeof own["name"] === "string" ? own["name"] : "";
    const isServed = slices.some((entry) => {
      const { endpoints, ports: served } = entry.parse();
      return (
        Array.isArray(endpoints) &&
        endpoints.length > 0 &&
        Array.isArray(served) &&
        served.filter(isJsonObject).some((one) => (one["name"] ?? "") === portName)
      );
    });
    if (isServed) return undefined;
    const why = `endpoints for service/${name} in "${namespace}" have no addresses with port name "${portName}"`;
    return no("MissingEndpoints", why);
  }
}

function setAvailable(object: KubeObject, verdict: Verdict, now: string): void {
  const status: JsonObject = isJsonObject(object["status"]) ? object["status"] : {};
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonObject) : [];
  const before = conditions.find(({ type }) => type === "Available");
  const since = before?.["status"] === verdict.status ? (before["lastTransitionTime"] ?? now) : now;
  const { status: value, reason, message } = verdict;
  const condition = { type: "Available", status: value, lastTransitionTime: since, reason, message };
  object["status"] = { ...status, conditions: [...conditions.filter((one) => one !== before), condition] };
}

/** What the other server serves, by its own word. Its certificate is looked at when requests go there. @throws Error in Go's words */
function discover(address: ServiceAddress, path: string, url: string): Promise<readonly JsonObject[]> {
  return new Promise((resolve, reject) => {
    const shown = `Get ${JSON.stringify(url)}`;
    const sent = httpsRequest(
      {
        ...address,
        path,
        method: "GET",
        agent: false,
        rejectUnauthorized: false,
        headers: { accept: "application/json" },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > LIST_BYTES_MAX) sent.destroy(new Error("response body is too large"));
          else chunks.push(chunk);
        });
        response.on("error", (error) => reject(new Error(`${shown}: ${error.message}`)));
        response.on("end", () => {
          const code = response.statusCode ?? 0;
          if (code < 200 || code >= 300) reject(new Error(`bad status from ${url}: ${code}`));
          else resolve(resourcesIn(Buffer.concat(chunks).toString("utf8")));
        });
      },
    );
    const timer = setTimeout(() => sent.destroy(new Error("context deadline exceeded")), ANSWER_WITHIN_MS);
    sent.on("close", () => clearTimeout(timer));
    sent.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(`${shown}: ${dialFault(error, `${address.host}:${address.port}`)}`)),
    );
    sent.end();
  });
}

function resourcesIn(text: string): readonly JsonObject[] {
  try {
    const value = parseJson(text);
    return isJsonObject(value) && Array.isArray(value["resources"]) ? value["resources"].filter(isJsonObject) : [];
  } catch {
    return [];
  }
}
