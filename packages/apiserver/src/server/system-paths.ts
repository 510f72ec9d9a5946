import { send, sendValue, type Exchange } from "../http/exchange.ts";
import { VERSION_INFO } from "./version.ts";

const HEALTH_PATHS = new Set(["/healthz", "/livez", "/readyz"]);
const CHECKS = [
  "ping",
  "log",
  "etcd",
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
      sendValue(exchange, 200, VERSION_INFO);
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
  if (check !== "" && !CHECKS.includes(check) && check !== "shutdown") return false;
  const isHealthy = name !== "readyz" || state.isReady();
  const isVerbose = exchange.info.query.has("verbose");
  if (isHealthy && !isVerbose) {
    send(exchange, 200, "text/plain; charset=utf-8", "ok");
    return true;
  }
  const checks = name === "readyz" ? [...CHECKS, "shutdown"] : CHECKS;
  const lines = checks.map((item) =>
    isHealthy || item !== "shutdown" ? `[+]${item} ok` : `[-]${item} failed: reason withheld`,
  );
  const verdict = `${name} check ${isHealthy ? "passed" : "failed"}`;
  send(exchange, isHealthy ? 200 : 500, "text/plain; charset=utf-8", `${lines.join("\n")}\n${verdict}\n`);
  return true;
}
