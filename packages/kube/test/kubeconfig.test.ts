import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import {
  contextConfig,
  inClusterConfig,
  isInCluster,
  kubeconfigFor,
  kubeconfigPaths,
  loadKubeconfig,
  mergeKubeconfigs,
  parseKubeconfig,
  proxyFor,
  writeKubeconfig,
} from "@fairlead/kube";
import fc from "fast-check";

const TEXT = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: east
  cluster:
    server: https://east.example.com:6443/
    certificate-authority: ca.pem
    tls-server-name: kubernetes
    future-field: kept
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {audience: east}
users:
- name: ann
  user:
    token: s3cret
    as: root
    as-groups: [ops, dev]
    as-user-extra: {scopes: [a, b]}
- name: exec
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./login
      args: [--cluster, east]
      env: [{name: A, value: b}]
      interactiveMode: IfAvailable
      provideClusterInfo: true
contexts:
- name: dev
  context: {cluster: east, user: ann, namespace: shop}
- name: ci
  context: {cluster: east, user: exec}
`;

const readFile = (path: string): string => `content of ${path}`;
const env = {};

test("a context becomes everything a client needs", () => {
  const kubeconfig = parseKubeconfig(TEXT, { file: "/home/ann/.kube/config" });
  assert.deepEqual(JSON.parse(JSON.stringify(contextConfig(kubeconfig, undefined, { readFile, env }))), {
    server: "https://east.example.com:6443",
    namespace: "shop",
    caData: "content of /home/ann/.kube/ca.pem",
    serverName: "kubernetes",
    bearerToken: "s3cret",
    impersonate: { user: "root", groups: ["ops", "dev"], extra: { scopes: ["a", "b"] } },
  });
  const ci = contextConfig(kubeconfig, "ci", { readFile, env });
  assert.equal(ci.exec?.command, "/home/ann/.kube/login");
  assert.deepEqual(ci.exec?.clusterConfig, { audience: "east" });
});

/** What a kubeconfig is refused for: `read` as it is read, `use` as its context x is used. */
function faultsOf(text: string, how: "read" | "use"): string[] {
  const files = { readFile: (path: string) => assert.fail(`${path} was read`), env };
  try {
    const kubeconfig = parseKubeconfig(text, { file: "config" });
    if (how === "use") contextConfig(kubeconfig, "x", files);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.ok(!JSON.stringify(error.problems).includes("s3cret"));
    return error.problems.map(({ message, file }) =>
      file === "config" || file === undefined ? message : `${message}: ${file}`,
    );
  }
  return [];
}

test("every fault is told with its place, and no value that may be secret", () => {
  const text = `
clusters: [{name: a, cluster: {server: [x]}}, {name: a}, {cluster: {}}]
users:
- {name: u, user: {token: [s3cret], exec: {args: [1]}}}
contexts: oops
`;
  assert.deepEqual(faultsOf(text, "read"), [
    "clusters[0].cluster.server is not a string",
    'clusters[1] repeats the name "a"',
    "clusters[2] has no name",
    "users[0].user.token is not a string",
    "users[0].user.exec.args[0] is not a string",
    "contexts is not a list",
  ]);
});

test("what a context uses is checked as client-go checks it, all faults together, and what it does not use is not", () => {
  const using = (cluster: object, user: object): string =>
    JSON.stringify({
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      clusters: [
        { name: "c", cluster: { server: "https://c", ...cluster } },
        { name: "unused", cluster: { server: "://" } },
      ],
      users: [
        { name: "u", user },
        { name: "unused", user: { exec: {}, "as-groups": ["x"] } },
      ],
    });
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "login", interactiveMode: "Never" };
  const cases: readonly (readonly [cluster: object, user: object, faults: readonly string[]])[] = [
    [{}, { token: "s3cret" }, []],
    [
      {
        server: "not a url",
        "proxy-url": "ftp://x",
        "certificate-authority-data": "eA==",
        "insecure-skip-tls-verify": true,
      },
      { token: "s3cret", username: "ann", "client-certificate-data": "s3cret", "as-groups": ["x"] },
      [
        'cluster "c": server is not an http or https URL',
        'cluster "c": proxy-url is not an http, https or socks5 URL',
        'cluster "c" names a certificate authority and asks not to check by it',
        'user "u" has both a token and a password',
        'user "u" has a client certificate and no client-key',
        'user "u": as is missing, while groups, a uid or extras are impersonated',
      ],
    ],
    [{}, { exec }, []],
    [
      {},
      { exec: { env: [{ value: "s3cret" }] } },
      [
        'user "u": exec.command is missing',
        'user "u": exec.apiVersion is missing',
        'user "u": a variable of exec.env has no name',
      ],
    ],
    [{}, { exec: { ...exec, interactiveMode: undefined } }, ['user "u": exec.interactiveMode is missing']],
    [{}, { exec: { ...exec, interactiveMode: "Maybe" } }, ['user "u": exec.interactiveMode "Maybe" is not known']],
    [{}, { exec: { ...exec, apiVersion: `${exec.apiVersion}beta1`, interactiveMode: undefined } }, []],
    [{}, { exec, "auth-provider": { name: "oidc" } }, ['user "u" has both an auth-provider and an exec plugin']],
    [{}, { "client-key-data": "eA==", "client-certificate-data": "eA==" }, []],
  ];
  for (const [cluster, user, faults] of cases) {
    assert.deepEqual(faultsOf(using(cluster, user), "use"), faults, JSON.stringify([cluster, user]));
  }
});

test("every file that a context names and that cannot be read is told", () => {
  const text = `
clusters: [{name: c, cluster: {server: "https://c", certificate-authority: /no/ca}}]
users: [{name: u, user: {client-certificate: /no/cert, client-key: /no/key}}]
contexts: [{name: x, context: {cluster: c, user: u}}]`;
  const gone = (path: string): string => {
    throw new Error(path);
  };
  assert.throws(
    () => contextConfig(parseKubeconfig(text), "x", { env, readFile: gone }),
    (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual(
        error.problems.map(({ code, file }) => `${code} ${file}`),
        ["FileNotFound /no/ca", "FileNotFound /no/cert", "FileNotFound /no/key"],
      );
      return true;
    },
  );
});

test("an OIDC login's authority may be a file", () => {
  const text = `
clusters: [{name: c, cluster: {server: "https://c"}}]
users: [{name: u, user: {auth-provider: {name: oidc, config: {client-id: f, idp-certificate-authority: /idp.pem}}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]`;
  assert.equal(contextConfig(parseKubeconfig(text), "x", { env, readFile }).oidc?.caData, "content of /idp.pem");
});

test("names that are not there are told with those that are", () => {
  const kubeconfig = parseKubeconfig(TEXT);
  assert.throws(() => contextConfig(kubeconfig, "prod", { env }), {
    code: "ContextNotFound",
    message: /no context "prod"/,
  });
  const orphan = parseKubeconfig("contexts: [{name: x, context: {cluster: none, user: ''}}]");
  assert.throws(() => contextConfig(orphan, "x", { env }), { message: /no cluster "none"/ });
  assert.throws(() => contextConfig(orphan, undefined, { env }), { message: /no current one/ });
  const old = parseKubeconfig(`
clusters: [{name: c, cluster: {server: "https://x"}}]
users: [{name: u, user: {auth-provider: {name: gcp}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]`);
  assert.throws(() => contextConfig(old, "x", { env }), { message: /auth provider "gcp" is not known/ });
});

test("of several files the first that says something wins, and absent files do not count", () => {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "one"), TEXT);
  writeFileSync(
    join(folder, "two"),
    `{"current-context":"other","clusters":[{"name":"east","cluster":{"server":"https://wrong"}},{"name":"west","cluster":{"server":"https://west"}}]}`,
  );
  const paths = kubeconfigPaths({ KUBECONFIG: `${folder}/absent:${folder}/one::${folder}/two:${folder}/one` });
  assert.equal(paths.length, 3);
  const merged = loadKubeconfig(paths);
  assert.equal(merged.currentContext, "dev");
  assert.deepEqual([...merged.clusters].map(([name, { server }]) => `${name} ${server}`).sort(), [
    "east https://east.example.com:6443/",
    "west https://west",
  ]);
  assert.equal(merged.clusters.get("east")?.certificateAuthority, join(folder, "ca.pem"));
  assert.throws(() => loadKubeconfig(`${folder}/absent`), { code: "KubeconfigNotFound" });
  assert.throws(() => loadKubeconfig(folder), { code: "KubeconfigInvalid" });
  assert.deepEqual(kubeconfigPaths({ HOME: "/home/ann" }), ["/home/ann/.kube/config"]);
  assert.equal(mergeKubeconfigs([]).currentContext, undefined);
});

test("what is written reads back the same, unknown fields and all", () => {
  const kubeconfig = parseKubeconfig(TEXT, { file: "/k/config" });
  const again = parseKubeconfig(writeKubeconfig(kubeconfig), { file: "/k/config" });
  assert.deepEqual(again, kubeconfig);
  assert.deepEqual(again.clusters.get("east")?.unknown, { "future-field": "kept" });

  const word = fc.string({ minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(word, word, word, (token, namespace, name) => {
      const own = kubeconfigFor(name, { server: "https://localhost:1", bearerToken: token, namespace });
      const read = contextConfig(parseKubeconfig(writeKubeconfig(own)), undefined, { env });
      assert.equal(read.bearerToken, token);
      assert.equal(read.namespace, namespace);
    }),
  );
});

test("a pod's service account is used where there is one", () => {
  const pod = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const config = inClusterConfig({ env: pod, readFile: (path) => `${path.split("/").at(-1)}\n` });
  assert.deepEqual(config, {
    server: "https://[fd00::1]:443",
    caData: "ca.crt\n",
    namespace: "namespace",
    tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
  });
  assert.equal(isInCluster({ env: {} }), false);
  assert.throws(() => inClusterConfig({ env: {} }), { code: "KubeconfigNotFound" });
});

test("proxies of the environment are used as Go uses them", () => {
  const cases: readonly (readonly [server: string, noProxy: string, proxied: boolean])[] = [
    ["https://api.example.com", "", true],
    ["https://localhost:6443", "", false],
    ["https://127.0.0.1", "", false],
    ["https://[::1]:6443", "", false],
    ["https://api.example.com", "*", false],
    ["https://api.example.com", "example.com", false],
    ["https://api.example.com", ".example.com", false],
    ["https://example.com", ".example.com", true],
    ["https://api.example.com", "*.example.com", false],
    ["https://notexample.com", "example.com", true],
    ["https://api.example.com:6443", "example.com:443", true],
    ["https://api.example.com:6443", "example.com:6443", false],
    ["https://10.1.2.3", "10.0.0.0/8", false],
    ["https://11.1.2.3", "10.0.0.0/8", true],
    ["https://[fd00::5]", "fd00::/8", false],
    ["https://10.1.2.3", "10.1.2.3", false],
    ["https://10.1.2.3", "not/cidr", true],
  ];
  for (const [server, noProxy, proxied] of cases) {
    const found = proxyFor(server, { HTTPS_PROXY: "proxy:3128", NO_PROXY: noProxy });
    assert.equal(found, proxied ? "http://proxy:3128" : undefined, `${server} with NO_PROXY=${noProxy}`);
  }
  assert.equal(proxyFor("http://api.example.com", { HTTPS_PROXY: "x" }), undefined);
  assert.equal(proxyFor("http://api.example.com", { http_proxy: "socks5://p:1" }), "socks5://p:1");
});
