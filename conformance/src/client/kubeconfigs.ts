import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { canonicalJson, isJsonObject, ProblemError, silentLogger } from "@fairlead/base";
import { contextConfig, createClient, kubeconfigPaths, loadKubeconfig } from "@fairlead/kube";
import type { KubeApiServer } from "../kube-apiserver.ts";
import type { Difference } from "../suite.ts";

/** What the cases are made of. */
interface Material {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  readonly proxyUrl: string;
  /** Base64 of PEM, as kubeconfigs hold it. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

interface KubeconfigCase {
  readonly what: string;
  readonly cluster?: object;
  readonly user?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Whole files in place of the one that is made of cluster and user; texts, in the order of KUBECONFIG. */
  readonly files?: readonly string[];
}

const EXEC_V1 = "client.authentication.k8s.io/v1";
const INSECURE = { "insecure-skip-tls-verify": true };

function exec(command: string, more: object = {}): object {
  return { exec: { apiVersion: EXEC_V1, command, interactiveMode: "Never", ...more } };
}

function cases(it: Material): readonly KubeconfigCase[] {
  const { url, token, ca, certificate, key, proxyUrl } = it;
  const secure = { "certificate-authority-data": ca };
  const admin = { token };
  const file = (cluster: object, user: object, more: object = {}): string =>
    JSON.stringify(kubeconfigOf({ server: url, ...cluster }, user, more));
  return [
    { what: "a token", user: admin },
    { what: "a token that is none", user: { token: "nonsense" } },
    { what: "nobody", user: {} },
    { what: "an authority as data", cluster: secure, user: admin },
    { what: "an authority as a relative file", cluster: { "certificate-authority": "ca.pem" }, user: admin },
    { what: "an authority's file that is not there", cluster: { "certificate-authority": "no.pem" }, user: admin },
    { what: "an authority twice", cluster: { ...secure, "certificate-authority": "ca.pem" }, user: admin },
    { what: "no authority", cluster: { "insecure-skip-tls-verify": false }, user: admin },
    { what: "an authority and no check", cluster: { ...secure, ...INSECURE }, user: admin },
    { what: "a server name that fits", cluster: { ...secure, "tls-server-name": "kubernetes.default" }, user: admin },
    { what: "a server name that does not fit", cluster: { ...secure, "tls-server-name": "elsewhere" }, user: admin },
    { what: "a slash after the server", cluster: { ...INSECURE, server: `${url}/` }, user: admin },
    { what: "no server", cluster: { ...INSECURE, server: "" }, user: admin },
    { what: "a proxy", cluster: { ...INSECURE, "proxy-url": proxyUrl }, user: admin },
    { what: "a proxy of no kind", cluster: { ...INSECURE, "proxy-url": "ftp://127.0.0.1:1" }, user: admin },
    { what: "a proxy that is not there", cluster: { ...INSECURE, "proxy-url": "http://127.0.0.1:1" }, user: admin },
    { what: "the environment's proxy, for this machine", user: admin, env: { HTTPS_PROXY: proxyUrl } },
    { what: "without compression", cluster: { ...INSECURE, "disable-compression": true }, user: admin },
    { what: "a certificate", user: { "client-certificate-data": certificate, "client-key-data": key } },
    { what: "a certificate in files", user: { "client-certificate": "client.pem", "client-key": "client.key" } },
    { what: "a certificate without its key", user: { "client-certificate-data": certificate } },
    {
      what: "a certificate twice",
      user: { "client-certificate": "client.pem", "client-certificate-data": certificate, "client-key": "client.key" },
    },
    { what: "a key's file that is not there", user: { "client-certificate": "client.pem", "client-key": "no.key" } },
    { what: "a token in a file", user: { tokenFile: "token" } },
    { what: "a token beside a file", user: { token: "nonsense", tokenFile: "token" } },
    { what: "a token's file that is not there", user: { tokenFile: "no-token" } },
    { what: "a token and a password", user: { token, username: "a", password: "b" } },
    { what: "a password", user: { username: "a", password: "b" } },
    { what: "somebody else", user: { token, as: "ann", "as-groups": ["system:masters", "dev"], "as-uid": "7" } },
    { what: "extras", user: { token, as: "ann", "as-user-extra": { "a.b/c": ["x"], plain: ["y", "z"] } } },
    { what: "groups of nobody", user: { token, "as-groups": ["dev"] } },
    { what: "a uid of nobody", user: { token, "as-uid": "7" } },
    { what: "a program", user: exec("./login") },
    { what: "a program with arguments and environment", user: exec("./echo", withEnv(token)) },
    { what: "a program with a certificate", user: exec("./certificate") },
    { what: "a program that prints half a pair", user: exec("./half") },
    { what: "a program that fails", user: exec("./fails") },
    { what: "a program that prints something else", user: exec("./garbage") },
    { what: "a program that prints another version", user: exec("./older") },
    { what: "a program of the older version", user: exec("./older", { apiVersion: `${EXEC_V1}beta1` }) },
    { what: "a program of no version", user: exec("./login", { apiVersion: undefined }) },
    { what: "a program of an unknown version", user: exec("./login", { apiVersion: `${EXEC_V1}alpha1` }) },
    { what: "a program that is not there", user: exec("./absent") },
    { what: "a program without a mode", user: exec("./login", { interactiveMode: undefined }) },
    { what: "a program with a mode that is none", user: exec("./login", { interactiveMode: "Sometimes" }) },
    { what: "a program that needs a terminal", user: exec("./login", { interactiveMode: "Always" }) },
    { what: "a program that may use a terminal", user: exec("./login", { interactiveMode: "IfAvailable" }) },
    { what: "a program with a nameless variable", user: exec("./login", { env: [{ name: "", value: "x" }] }) },
    { what: "a program beside a token", user: { ...exec("./fails"), token } },
    { what: "a program told of its cluster", cluster: secure, user: exec("./cluster", { provideClusterInfo: true }) },
    {
      what: "a program told of a cluster whose authority is a file",
      cluster: { "certificate-authority": "ca.pem" },
      user: exec("./cluster", { provideClusterInfo: true }),
    },
    { what: "a program beside a login", user: { ...exec("./login"), "auth-provider": { name: "oidc", config: {} } } },
    { what: "a login of a vendor", user: { "auth-provider": { name: "gcp" } } },
    { what: "two files, the first counts", files: [file(INSECURE, admin), file(INSECURE, { token: "nonsense" })] },
    { what: "an empty file before", files: ["", file(INSECURE, admin)] },
    { what: "a broken file before", files: ["{", file(INSECURE, admin)] },
    {
      what: "a context from one file, its user from another",
      files: [
        JSON.stringify({ "current-context": "judge", contexts: [CONTEXT] }),
        file(INSECURE, admin, { "current-context": "none" }),
      ],
    },
    {
      what: "a name twice",
      files: [file(INSECURE, admin, { users: [{ name: "judge", user: admin }, { name: "judge" }] })],
    },
    { what: "a context that is not there", files: [file(INSECURE, admin, { "current-context": "none" })] },
    {
      what: "another user that is broken",
      files: [
        file(INSECURE, admin, {
          users: [
            { name: "judge", user: admin },
            { name: "other", user: { exec: {}, "as-groups": ["x"] } },
          ],
        }),
      ],
    },
    {
      what: "another cluster that is broken",
      files: [
        file(INSECURE, admin, {
          clusters: [
            { name: "judge", cluster: { server: url, ...INSECURE } },
            { name: "other", cluster: { server: "://", "proxy-url": "ftp://x" } },
          ],
        }),
      ],
    },
    { what: "a field of a wrong kind", files: [file(INSECURE, { token: [token] })] },
    { what: "unknown fields", files: [file({ ...INSECURE, later: 1 }, { token, later: {} }, { later: [] })] },
  ];
}

function withEnv(token: string): object {
  return { args: ["a b", "c"], env: [{ name: "JUDGE_TOKEN", value: token }] };
}

const CONTEXT = { name: "judge", context: { cluster: "judge", user: "judge", namespace: "shop" } };

function kubeconfigOf(cluster: object, user: object, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "judge",
    contexts: [CONTEXT],
    clusters: [{ name: "judge", cluster }],
    users: [{ name: "judge", user }],
    ...more,
  };
}

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../packages/kube/test/fixtures/${name}`, import.meta.url), "utf8");

/** The authority of the client certificates that the cases use, for kube-apiserver's flags. */
export const CLIENT_CA = new URL("../../../packages/kube/test/fixtures/ca.pem", import.meta.url).pathname;

/** The same kubeconfigs for kubectl and for our client: who the server says asks, and whether through the proxy; or that it is refused. */
export async function judgeKubeconfigs(server: KubeApiServer, kubectl: string): Promise<JudgedKubeconfigs> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kubeconfigs-"));
  const proxy = await startProxy();
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  const material: Material = {
    url: server.url,
    token: server.token,
    folder,
    proxyUrl: `http://127.0.0.1:${proxy.port}`,
    ca: encoded(readFileSync(server.certificate, "utf8")),
    certificate: encoded(fixture("client.pem")),
    key: encoded(fixture("client.key")),
  };
  const different: Difference[] = [];
  const all = cases(material);
  try {
    writeMaterial(material, server);
    for (const each of all) {
      const env = {
        ...each.env,
        KUBECONFIG: writeFiles(each, material),
        HOME: folder,
        PATH: process.env["PATH"] ?? "",
      };
      const seen: string[] = [];
      for (const ask of [askKubectl, askOurs]) {
        const tunnels = proxy.tunnels;
        const { user, said } = await ask(env, kubectl);
        const isProxied = proxy.tunnels > tunnels;
        seen.push(user === undefined ? "refused" : canonicalJson({ user, isProxied }), said);
      }
      const [theirs, theySaid, ours, weSaid] = seen;
      if (theirs === ours) continue;
      const detail = `ours:   ${ours}\n${weSaid}\ntheirs: ${theirs}\n${theySaid}`;
      different.push({ name: `kubeconfig: ${each.what}`, detail });
    }
  } finally {
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { count: all.length, different };
}

export interface JudgedKubeconfigs {
  readonly count: number;
  readonly different: readonly Difference[];
}

function writeMaterial(it: Material, server: KubeApiServer): void {
  const write = (name: string, text: string): void => writeFileSync(join(it.folder, name), text);
  const program = (name: string, script: string): void => {
    write(name, `#!/bin/sh\n${script}\n`);
    chmodSync(join(it.folder, name), 0o755);
  };
  const credential = (status: object, version = EXEC_V1): string =>
    `cat <<'END'\n${JSON.stringify({ apiVersion: version, kind: "ExecCredential", status })}\nEND`;
  const { token } = it;
  const [certificate, key] = [fixture("client.pem"), fixture("client.key")];
  write("ca.pem", readFileSync(server.certificate, "utf8"));
  write("client.pem", certificate);
  write("client.key", key);
  write("token", `${token}\n`);
  program("login", credential({ token }));
  program("certificate", credential({ clientCertificateData: certificate, clientKeyData: key }));
  program("half", credential({ token, clientCertificateData: certificate }));
  program("older", credential({ token }, `${EXEC_V1}beta1`));
  program("fails", "echo no luck >&2; exit 3");
  program("garbage", "echo hello");
  const echoed = JSON.stringify({ apiVersion: EXEC_V1, kind: "ExecCredential", status: { token: "TOKEN" } });
  program("echo", `[ "$1/$2" = "a b/c" ] || exit 1\necho '${echoed}' | sed "s/TOKEN/$JUDGE_TOKEN/"`);
  // Refuses unless it is told the authority as bytes are told in JSON.
  program("cluster", `case "$KUBERNETES_EXEC_INFO" in *'"${it.ca}"'*) ;; *) exit 4;; esac\n${credential({ token })}`);
}

function writeFiles(each: KubeconfigCase, it: Material): string {
  const texts = each.files ?? [
    JSON.stringify(kubeconfigOf({ server: it.url, ...(each.cluster ?? INSECURE) }, each.user ?? {})),
  ];
  mkdirSync(it.folder, { recursive: true });
  const paths = texts.map((text, index) => {
    const path = join(it.folder, `config-${index}`);
    writeFileSync(path, text);
    return path;
  });
  return paths.join(delimiter);
}

interface Answer {
  /** Who the server says asks; undefined when it was not asked or refused. */
  readonly user: unknown;
  readonly said: string;
}

function askKubectl(env: Readonly<Record<string, string>>, kubectl: string): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = execFile(kubectl, ["auth", "whoami", "-o", "json"], { env }, (error, stdout, stderr) => {
      const review: unknown = error === null ? JSON.parse(stdout) : undefined;
      resolve({ user: userOf(review), said: stderr });
    });
    asked.stdin?.end();
  });
}

async function askOurs(env: Readonly<Record<string, string>>): Promise<Answer> {
  try {
    const config = contextConfig(loadKubeconfig(kubeconfigPaths(env)), undefined, { env });
    const client = createClient(config, { logger: silentLogger, auth: { hasTerminal: false } });
    try {
      const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
      const answer = await client.request({ method: "POST", path, body: review });
      return { user: userOf(JSON.parse(answer.body.toString("utf8"))), said: "" };
    } finally {
      client.close();
    }
  } catch (error) {
    return { user: undefined, said: error instanceof ProblemError ? JSON.stringify(error.problems) : String(error) };
  }
}

function userOf(review: unknown): unknown {
  const status = isJsonObject(review) ? review["status"] : undefined;
  const user = isJsonObject(status) ? status["userInfo"] : undefined;
  return isJsonObject(user) && user["username"] !== "system:anonymous" ? user : undefined;
}

/** An HTTP proxy that tunnels, and counts what it tunneled. */
async function startProxy(): Promise<{ readonly port: number; readonly tunnels: number; close(): void }> {
  const server: Server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  let tunnels = 0;
  server.on("connect", (request, socket) => {
    tunnels++;
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on("error", () => [socket, upstream].forEach((both) => both.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get tunnels() {
      return tunnels;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
