import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { silentLogger } from "@fairlead/base";
import { type ClusterConfig, createClient, type KubeClient } from "@fairlead/kube";
import { until } from "./support/setup.ts";

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
const PEM = {
  ca: fixture("ca.pem"),
  cert: fixture("server.pem"),
  key: fixture("server.key"),
  clientCert: fixture("client.pem"),
  clientKey: fixture("client.key"),
};

interface TlsFixture {
  readonly url: string;
  readonly sockets: TLSSocket[];
  readonly seen: { version: string; path: string; user: string | undefined; encoding: string | undefined }[];
}

/** An HTTPS server that offers HTTP/2 and HTTP/1.1; watches stay open and say something every 5 ms. */
async function startTls(options: { requestCert?: boolean; watchLine?: string } = {}): Promise<TlsFixture> {
  const { requestCert = false, watchLine } = options;
  const { cert, key, ca } = PEM;
  const server: Http2SecureServer = createSecureServer({ allowHTTP1: true, cert, key, ca, requestCert });
  const fixture_: TlsFixture = { url: "", sockets: [], seen: [] };
  server.on("secureConnection", (socket: TLSSocket) => fixture_.sockets.push(socket));
  server.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
    const peer = fixture_.sockets.find((each) => each.remotePort === socket.remotePort);
    fixture_.seen.push({
      version: request.httpVersion,
      path: request.url,
      user: requestCert ? (peer?.getPeerCertificate()?.subject?.CN as string | undefined) : undefined,
      encoding: request.headers["accept-encoding"] as string | undefined,
    });
    response.setHeader("content-type", "application/json");
    if (!request.url.includes("watch")) return void response.end('{"kind":"Status"}');
    response.writeHead(200);
    const line = watchLine ?? '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}\n';
    const timer = setInterval(() => response.write(line), 5);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    for (const socket of fixture_.sockets) socket.destroy();
    server.close();
  });
  return Object.assign(fixture_, { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function clientFor(config: ClusterConfig): KubeClient {
  const client = createClient(config, { logger: silentLogger });
  after(() => client.close());
  return client;
}

const ask = (client: KubeClient): Promise<{ status: number }> => client.request({ method: "GET", path: "/version" });

test("the server's certificate is checked against the config's authority and name", async () => {
  const { url } = await startTls();
  const caData = Buffer.from(PEM.ca).toString("base64");
  assert.equal((await ask(clientFor({ server: url, caData }))).status, 200);
  assert.equal((await ask(clientFor({ server: url, caData: PEM.ca, serverName: "kubernetes" }))).status, 200);
  assert.equal((await ask(clientFor({ server: url, insecure: true }))).status, 200);
  const cases: readonly (readonly [ClusterConfig, RegExp])[] = [
    [{ server: url }, /SELF_SIGNED|UNABLE_TO|self.signed|unable to/i],
    [{ server: url, caData, serverName: "other" }, /ERR_TLS_CERT_ALTNAME_INVALID|does not match/],
  ];
  for (const [config, message] of cases) {
    await assert.rejects(ask(clientFor(config)), { code: "ServerUnreachable", message });
  }
});

test("a client certificate says who asks", async () => {
  const { url, seen } = await startTls({ requestCert: true });
  await ask(clientFor({ server: url, caData: PEM.ca, certData: PEM.clientCert, keyData: PEM.clientKey }));
  assert.equal(seen[0]?.user, "ann");
});

test("a certificate from an exec plugin is used, and its connections are kept while it stays the same", async () => {
  const { url, seen, sockets } = await startTls({ requestCert: true });
  let runs = 0;
  const status = { clientCertificateData: PEM.clientCert, clientKeyData: PEM.clientKey };
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "login", args: [], env: [] };
  const runProgram = () => {
    runs++;
    const expirationTimestamp = new Date(Date.now() - 1).toISOString();
    const body = { apiVersion: exec.apiVersion, kind: "ExecCredential", status: { ...status, expirationTimestamp } };
    return Promise.resolve({ code: 0, stdout: JSON.stringify(body), stderr: "" });
  };
  const client = createClient({ server: url, caData: PEM.ca, exec }, { logger: silentLogger, auth: { runProgram } });
  after(() => client.close());
  for (let count = 0; count < 6; count++) await ask(client);
  assert.equal(runs, 6);
  assert.deepEqual([...new Set(seen.map(({ user }) => user))], ["ann"]);
  assert.ok(sockets.length < 4, `${sockets.length} connections for 6 requests`);
});

const KIND = { apiVersion: "v1", kind: "ConfigMap" };

/** Discovery is answered from a list, so that only the calls under test reach the server. */
function knowing(client: KubeClient): KubeClient {
  const resource = {
    group: "",
    version: "v1",
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "",
    namespaced: true,
  };
  const rest = { verbs: [], shortNames: [], categories: [], subresources: [] };
  client.discovery.resourceFor = () => Promise.resolve({ ...resource, ...rest });
  return client;
}

test("many watches share one HTTP/2 connection and do not slow down requests", async () => {
  const { url, seen, sockets } = await startTls();
  const client = knowing(clientFor({ server: url, caData: PEM.ca }));
  const stop = new AbortController();
  let events = 0;
  const watches = Array.from({ length: 50 }, async () => {
    for await (const event of client.watch(KIND, { signal: stop.signal })) events += event.type === "BOOKMARK" ? 1 : 0;
  });
  await until("every watch said something", () => events >= 50, 10_000);
  await ask(client);
  await Promise.all(Array.from({ length: 99 }, () => ask(client)));
  stop.abort();
  await Promise.all(watches);
  assert.equal(seen.filter(({ path, version }) => path.includes("watch") && version === "2.0").length, 50);
  assert.equal(seen.filter(({ path, version }) => path === "/version" && version === "1.1").length, 100);
  assert.ok(sockets.length <= 1 + 8, `${sockets.length} connections`);
  assert.ok(
    sockets.some((socket) => socket.isSessionReused()),
    "TLS sessions are resumed",
  );
});

test("a reader that does not read holds back its own watch and no other", async () => {
  const object = { metadata: { resourceVersion: "1", annotations: { filler: "x".repeat(200_000) } } };
  const { url } = await startTls({ watchLine: `${JSON.stringify({ type: "ADDED", object })}\n` });
  const client = knowing(clientFor({ server: url, caData: PEM.ca }));
  const stop = new AbortController();
  const lazy = client.watch(KIND, { signal: stop.signal })[Symbol.asyncIterator]();
  assert.equal((await lazy.next()).done, false);
  const before = process.memoryUsage().arrayBuffers;
  let events = 0;
  for await (const _ of client.watch(KIND, { signal: stop.signal })) if (++events === 100) break;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const grownMiB = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
  assert.equal(events, 100);
  assert.ok(grownMiB < 40, `${grownMiB.toFixed(0)} MiB wait unread`);
  stop.abort();
});

test("requests and watches go through an HTTP proxy that tunnels", async () => {
  const { url } = await startTls();
  const tunnels: string[] = [];
  const open: Socket[] = [];
  const proxy = createServer();
  proxy.on("connect", (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request.url ?? "");
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    open.push(socket, upstream);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  after(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const client = knowing(clientFor({ server: url, caData: PEM.ca, proxyUrl }));
  assert.equal((await ask(client)).status, 200);
  const stop = new AbortController();
  for await (const event of client.watch(KIND, { signal: stop.signal })) {
    assert.equal(event.type, "BOOKMARK");
    break;
  }
  stop.abort();
  assert.ok(tunnels.length >= 1 && tunnels.every((each) => url.endsWith(each)), tunnels.join());
});

/** RFC 1928 as far as it goes without authentication: greet, CONNECT to an IPv4 address or a name, then pass bytes on. */
async function startSocks(asked: string[]): Promise<string> {
  const open: Socket[] = [];
  const server = createTcpServer((socket) => {
    open.push(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.subarray(5, end).toString() : request.subarray(4, 8).join(".");
        const port = request.readUInt16BE(end);
        asked.push(`${host}:${port}`);
        const upstream = connect(port, host, () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on("error", () => socket.destroy());
        open.push(upstream);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("requests and watches go through a SOCKS5 proxy, TLS from end to end", async () => {
  const { url } = await startTls();
  const asked: string[] = [];
  const proxyUrl = await startSocks(asked);
  const client = knowing(clientFor({ server: url, caData: PEM.ca, proxyUrl }));
  assert.equal((await ask(client)).status, 200);
  const stop = new AbortController();
  for await (const event of client.watch(KIND, { signal: stop.signal })) {
    assert.equal(event.type, "BOOKMARK");
    break;
  }
  stop.abort();
  assert.ok(asked.length >= 1 && asked.every((each) => url.endsWith(each)), asked.join());
  const wrong = clientFor({ server: url, caData: PEM.ca, proxyUrl, serverName: "other" });
  await assert.rejects(ask(wrong), { code: "ServerUnreachable", message: /ALTNAME_INVALID|does not match/ });
});

test("compressed answers are read, and asked for only where the network is slower than gzip", async () => {
  const server = createServer((request, response) => {
    const body = JSON.stringify({ kind: "Status", message: request.headers["accept-encoding"] ?? "none" });
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    response.end(gzipSync(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const headers = { "accept-encoding": "gzip" };
  const client = clientFor({ server: `http://127.0.0.1:${port}` });
  const plain = await client.request({ method: "GET", path: "/" });
  assert.match(plain.body.toString(), /"none"/);
  const asked = await client.request({ method: "GET", path: "/", headers });
  assert.match(asked.body.toString(), /"gzip"/);
});

test("a server that is not there is named, and a URL that is none is refused", async () => {
  const client = clientFor({ server: "http://127.0.0.1:1" });
  await assert.rejects(ask(client), {
    code: "ServerUnreachable",
    message: /GET http:\/\/127.0.0.1:1\/version: .*ECONNREFUSED/,
  });
  for (const field of ["caData", "certData", "keyData"]) {
    const broken = clientFor({ server: "https://127.0.0.1:1", [field]: "-----BEGIN CERTIFICATE-----\nnonsense" });
    await assert.rejects(ask(broken), { code: "KubeconfigInvalid", message: /certificates or the key/ }, field);
  }
  assert.throws(() => createClient({ server: "ftp://x" }, { logger: silentLogger }), { code: "KubeconfigInvalid" });
});
