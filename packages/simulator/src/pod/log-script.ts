import type { Pod } from "../api/types.ts";
import { fullImageName } from "./images.ts";

/** How a kind of program talks: what it says when it starts, and what from time to time. `random` is a number of 32 bits. */
export interface LogScript {
  readonly opening: readonly string[];
  readonly line: (random: number, atMs: number) => string;
}

const PATHS = ["/", "/healthz", "/api/items", "/api/items/42", "/login", "/assets/app.js", "/metrics"] as const;
const VERBS = ["GET", "GET", "GET", "GET", "POST", "PUT"] as const;

/** The script for an image, by what is in its name; programs nobody knows write JSON lines. */
export function scriptOf(image: string, pod: Pod): LogScript {
  const name = fullImageName(image);
  if (/nginx|httpd|apache|caddy/.test(name)) return webServer(name);
  if (/postgres/.test(name)) return postgres();
  if (/redis|valkey/.test(name)) return redis();
  return service(name, pod);
}

function webServer(image: string): LogScript {
  return {
    opening: [
      "/docker-entrypoint.sh: Configuration complete; ready for start up",
      `notice: starting worker processes of ${image}`,
    ],
    line: (random, atMs) => {
      const when = new Date(atMs).toISOString().slice(0, 19);
      return `10.240.${random % 16}.${(random >>> 4) % 250} - - [${when}Z] "${request(random)} HTTP/1.1" ${code(random)} ${random % 5000} "-" "simulated"`;
    },
  };
}

function postgres(): LogScript {
  return {
    opening: [
      "LOG:  starting PostgreSQL",
      'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
      "LOG:  database system is ready to accept connections",
    ],
    line: (random) => `LOG:  checkpoint complete: wrote ${random % 400} buffers (${(random % 30) / 10}%)`,
  };
}

function redis(): LogScript {
  return {
    opening: ["1:M * Running mode=standalone, port=6379.", "1:M * Ready to accept connections tcp"],
    line: (random) => `1:M * ${(random % 90) + 10} changes in 60 seconds. Saving...`,
  };
}

function service(image: string, pod: Pod): LogScript {
  const write = (atMs: number | undefined, fields: Record<string, unknown>): string =>
    JSON.stringify({ level: "info", ...(atMs === undefined ? {} : { time: new Date(atMs).toISOString() }), ...fields });
  return {
    opening: [
      write(undefined, { msg: "starting", image, pod: pod.metadata.name }),
      write(undefined, { msg: "listening", port: pod.spec.containers[0]?.ports?.[0]?.containerPort ?? 8080 }),
    ],
    line: (random, atMs) =>
      write(atMs, { msg: "request", request: request(random), status: code(random), ms: random % 120 }),
  };
}

function request(random: number): string {
  return `${VERBS[random % VERBS.length]} ${PATHS[(random >>> 8) % PATHS.length]}`;
}

function code(random: number): number {
  return random % 97 === 0 ? 404 : 200;
}
