/**
 * A server of 100,000 Deployments in a process of its own, so that its memory and time are not counted as the client's. Lists,
 * streaming lists, and a watch on `/events` that says `rate` events a second, each with the moment it was sent.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deploymentText } from "./objects.ts";

const DISCOVERY = {
  kind: "APIGroupDiscoveryList",
  items: [
    {
      metadata: { name: "apps" },
      versions: [
        {
          version: "v1",
          resources: [
            {
              resource: "deployments",
              responseKind: { kind: "Deployment" },
              scope: "Namespaced",
              verbs: ["list", "watch"],
            },
          ],
        },
      ],
    },
  ],
};
const count = Number(process.argv[2] ?? 100_000);
const rate = Number(process.argv[3] ?? 5_000);
/** What is written before anybody asks, so that the client is measured and not how fast texts are put together here. */
const prepared = process.argv[4];
const VERSION = 9_000_000;
const STEP_MS = 1;
const PAGE_SIZE = 500;
const LINES_AT_ONCE = 100;

const pages = prepared === "list" ? chunks(PAGE_SIZE, page) : [];
const lines = prepared === "stream" ? chunks(LINES_AT_ONCE, eventsOf) : [];

function chunks(size: number, write: (from: number, until: number) => string): Buffer[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) =>
    Buffer.from(write(index * size, Math.min(count, (index + 1) * size))),
  );
}

function page(from: number, until: number): string {
  const items = Array.from({ length: until - from }, (_, index) => deploymentText(from + index));
  const next = until < count ? `,"continue":"${until}"` : "";
  return `{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{"resourceVersion":"${VERSION}"${next}},"items":[${items.join(",")}]}`;
}

function eventsOf(from: number, until: number): string {
  return Array.from({ length: until - from }, (_, index) => event("ADDED", deploymentText(from + index))).join("");
}

function list(query: URLSearchParams, response: ServerResponse): void {
  const from = Number(query.get("continue") ?? 0);
  const limit = Number(query.get("limit") ?? count);
  response.setHeader("content-type", "application/json");
  const kept = limit === PAGE_SIZE ? pages[from / PAGE_SIZE] : undefined;
  response.end(kept ?? page(from, Math.min(count, from + limit)));
}

function one(path: string, response: ServerResponse): void {
  const index = Number(path.slice(path.lastIndexOf("-") + 1));
  response.setHeader("content-type", "application/json");
  response.end(withType(deploymentText(index)));
}

async function stream(response: ServerResponse): Promise<void> {
  for (const chunk of lines) {
    if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
  }
  const annotations = `{"k8s.io/initial-events-end":"true"}`;
  response.write(event("BOOKMARK", `{"metadata":{"resourceVersion":"${VERSION}","annotations":${annotations}}}`));
}

function event(type: string, object: string): string {
  return `{"type":"${type}","object":${withType(object)}}\n`;
}

function withType(object: string): string {
  return object.replace("{", '{"apiVersion":"apps/v1","kind":"Deployment",');
}

function tell(response: ServerResponse): void {
  let version = VERSION;
  let owed = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    owed += ((now - last) * rate) / 1000;
    last = now;
    // What the machine kept from being sent in time is not sent as a burst, which would measure the machine.
    owed = Math.min(owed, (20 * rate) / 1000);
    for (; owed >= 1; owed--) {
      const extra = `,"sent":"${process.hrtime.bigint()}"`;
      const text = deploymentText(version % 1_000, extra);
      response.write(event("MODIFIED", text.replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${++version}"`)));
    }
  }, STEP_MS);
  response.on("close", () => clearInterval(timer));
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://bench");
  if (url.pathname === "/api" || url.pathname === "/apis") {
    response.setHeader("content-type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    response.end(JSON.stringify(url.pathname === "/apis" ? DISCOVERY : { items: [] }));
  } else if (/\/deployments\/[^/]+$/.test(url.pathname)) one(url.pathname, response);
  else if (!url.searchParams.has("watch")) list(url.searchParams, response);
  else if (url.searchParams.has("sendInitialEvents")) {
    if (url.searchParams.get("labelSelector") !== "stream") {
      response.statusCode = 422;
      response.end("{}");
    } else void stream(response);
  } else {
    response.writeHead(200);
    if (url.searchParams.get("labelSelector") === "events") tell(response);
    else response.flushHeaders();
  }
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
