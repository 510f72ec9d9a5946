import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { openPki } from "../src/auth/pki.ts";
import { startForTest, type TestServer } from "./support.ts";

const NS = "/api/v1/namespaces/default";
const POD_ADDRESS = "10.244.0.5";

/** What reached the program in the pod. */
interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A pod's program on loopback, and a server that finds it behind the pod's own address. */
async function podWith(
  context: TestContext,
  more: { readonly tls?: boolean } = {},
): Promise<TestServer & { readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const program = more.tls === true ? tlsServer() : createServer();
  program.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({
        line: `${request.method} ${request.url}`,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      if (request.url === "/moved") response.writeHead(302, { location: "/elsewhere" }).end();
      else if (request.url === "/large") response.end(Buffer.alloc(5 * 1024 * 1024, "x"));
      else
        response
          .writeHead(418, { "content-type": "application/json", "x-own": "yes" })
          .end(JSON.stringify({ path: request.url }));
    });
  });
  await new Promise<void>((resolve) => program.listen(0, "127.0.0.1", resolve));
  context.after(() => program.close());
  const { port } = program.address() as AddressInfo;
  const started = await startForTest(context, {
    controllers: false,
    disabledAdmission: ["ServiceAccount"],
    podRoute: (host, asked) => (host === POD_ADDRESS && asked === 8080 ? { host: "127.0.0.1", port } : undefined),
  });
  const { ask } = started;
  await ask(`POST ${NS}/pods`, {
    metadata: { name: "web" },
    spec: { nodeName: "n", containers: [{ name: "m", image: "x", ports: [{ containerPort: 8080 }] }] },
  });
  await ask(
    `PATCH ${NS}/pods/web/status`,
    { status: { podIP: POD_ADDRESS, podIPs: [{ ip: POD_ADDRESS }] } },
    { "content-type": "application/merge-patch+json" },
  );
  await ask(`POST ${NS}/services`, { metadata: { name: "web" }, spec: { ports: [{ name: "http", port: 80 }] } });
  const targetRef = { kind: "Pod", name: "web", namespace: "default" };
  const made = await ask(`POST ${NS}/endpoints`, {
    metadata: { name: "web" },
    subsets: [{ addresses: [{ ip: POD_ADDRESS, targetRef }], ports: [{ name: "http", port: 8080 }] }],
  });
  assert.equal(made.code, 201);
  return { ...started, seen };
}

function tlsServer(): Server {
  const pki = openPki({ directory: undefined, names: ["pod"], now: () => Date.now() });
  return createTlsServer({ cert: pki.serving.cert, key: pki.serving.key }) as unknown as Server;
}

describe("the proxies of services and pods", () => {
  test("every way to name a port leads to the pod, with method, path, query and body", async (context) => {
    const { ask, seen } = await podWith(context);
    const paths = ["services/web:http", "services/web:80", "services/http:web:http", "pods/web", "pods/web:8080"];
    for (const path of paths) {
      const answer = await ask(`PUT ${NS}/${path}/proxy/a%2Fb/c?x=1&y=%20`, { sent: path });
      assert.deepEqual([answer.code, answer.body], [418, { path: "/a%2Fb/c?x=1&y=%20" }], path);
      const last = seen.at(-1);
      assert.equal(last?.line, "PUT /a%2Fb/c?x=1&y=%20");
      assert.equal(last?.body, JSON.stringify({ sent: path }));
    }
  });

  test("the pod does not see who asked, but from where", async (context) => {
    const { ask, seen } = await podWith(context);
    await ask(`GET ${NS}/services/web:http/proxy/x?q=1`, undefined, { "x-mine": "1", "impersonate-user": "somebody" });
    const denied = seen.length;
    await ask(`GET ${NS}/services/web:http/proxy/x?q=1`, undefined, { "x-mine": "1" });
    assert.equal(denied, 0, "who is impersonated has no right to it");
    const headers = seen.at(-1)?.headers ?? {};
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["x-mine"], "1");
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-uri"], `${NS}/services/web:http/proxy/x`);
    assert.equal(headers.host, `${POD_ADDRESS}:8080`);
  });

  test("a large answer comes whole", async (context) => {
    const { ask } = await podWith(context);
    const answer = await ask(`GET ${NS}/pods/web/proxy/large`);
    assert.equal(answer.code, 200);
    assert.equal(String(answer.body).length, 5 * 1024 * 1024);
  });

  test("a pod that speaks TLS is reached by https, whatever its certificate says", async (context) => {
    const { ask, seen } = await podWith(context, { tls: true });
    const answer = await ask(`GET ${NS}/services/https:web:http/proxy/secure`);
    assert.deepEqual([answer.code, seen.at(-1)?.line], [418, "GET /secure"]);
    const plain = await ask(`GET ${NS}/services/web:http/proxy/secure`);
    assert.equal(plain.code, 503);
  });

  test("nobody answers at an address that no route leads to", async (context) => {
    const { ask, seen } = await podWith(context);
    const answer = await ask(`GET ${NS}/pods/web:9/proxy/`);
    assert.equal(answer.code, 503);
    assert.equal(
      (answer.body as { message: string }).message,
      `error trying to reach service: dial tcp ${POD_ADDRESS}:9: connect: connection refused`,
    );
    assert.equal(seen.length, 0);
  });
});
