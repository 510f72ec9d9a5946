import { send, sendJson, type Exchange } from "../http/exchange.ts";
import { prefersYaml } from "../http/negotiate.ts";
import { notAcceptable } from "../http/status.ts";
import { VERSION_INFO } from "./version.ts";

const JSON_TYPE = "application/json";
const TEXT = "text/plain; charset=utf-8";
const HEALTH_PATHS = new Set(["/healthz", "/livez", "/readyz"]);
const CHECKS = [
  "ping",
  "log",
  "etcd",
  "etcd-readiness",
  "informer-sync",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/rbac/bootstrap-roles",
];

export interface SystemState {
  /** Whether the server takes requests: false while it closes. */
  isReady(): boolean;
  /** Prometheus text. */
  metrics(): string;
}

/** /version, /healthz, /livez, /readyz with their checks, /metrics. */
export function systemPaths(state: SystemState): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { path } = exchange.info;
    if (path === "/version" || path === "/version/") {
      if (prefersYaml(exchange.request.headers.accept)) throw notAcceptable([JSON_TYPE]);
      sendJson(exchange, 200, VERSION_INFO);
      return true;
    }
    if (path === "/metrics") {
      send(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", state.metrics());
      return true;
    }
    const root = `/${path.split("/")[1] ?? ""}`;
    if (!HEALTH_PATHS.has(root)) return false;
    return sendHealth(exchange, root.slice(1), path.slice(root.length + 1), state);
  };
}

function sendHealth(exchange: Exchange, name: string, check: string, state: SystemState): boolean {
  const { query } = exchange.info;
  const checks = name === "readyz" ? [...CHECKS, "shutdown"] : CHECKS;
  if (check !== "" && !checks.includes(check)) return false;
  const excluded = check === "" ? excludedChecks(exchange) : [];
  const wanted = check === "" ? checks : [check];
  const isFailing = (item: string): boolean => item === "shutdown" && !state.isReady() && !excluded.includes(item);
  const isHealthy = !wanted.some(isFailing);
  if (isHealthy && !query.has("verbose")) {
    send(exchange, 200, TEXT, "ok");
    return true;
  }
  const lines = wanted.map((item) =>
    excluded.includes(item)
      ? `[+]${item} excluded: ok`
      : isFailing(item)
        ? `[-]${item} failed: reason withheld`
        : `[+]${item} ok`,
  );
  const unknown = excluded.filter((item) => !checks.includes(item)).sort();
  if (unknown.length > 0) {
    const names = unknown.map((item) => JSON.stringify(item)).join(",");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  lines.push(`${name} check ${isHealthy ? "passed" : "failed"}`);
  send(exchange, isHealthy ? 200 : 500, TEXT, `${lines.join("\n")}\n`);
  return true;
}

/** Every `exclude` of the query: the one parameter that may come several times. */
function excludedChecks({ request }: Exchange): string[] {
  return new URLSearchParams((request.url ?? "").split("?")[1] ?? "").getAll("exclude");
}
