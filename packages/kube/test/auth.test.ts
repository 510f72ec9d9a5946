import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLogger, VirtualClock } from "@fairlead/base";
import { type AuthDeps, type ClusterConfig, createClient, type ExecConfig } from "@fairlead/kube";
import { CONFIG_MAP, startFake } from "./support/setup.ts";

const EXEC: ExecConfig = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "login",
  args: ["--now"],
  env: [{ name: "REGION", value: "east" }],
  installHint: "install the login program",
};

function credential(status: Record<string, unknown>): string {
  return JSON.stringify({ apiVersion: EXEC.apiVersion, kind: "ExecCredential", status });
}

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
}

async function withAuth(config: Partial<ClusterConfig>, auth: AuthDeps, clock = new VirtualClock(1_700_000_000_000)) {
  const { server } = await startFake({ token: "good" });
  const client = createClient({ server: server.url, ...config }, { logger: silentLogger, clock, auth });
  after(() => client.close());
  const ask = (): Promise<unknown> => client.list(CONFIG_MAP);
  return { server, client, clock, ask };
}

test("tokens, passwords and impersonation go into headers", async () => {
  const impersonate = { user: "ann", uid: "7", groups: ["ops", "dev"], extra: { "scopes/x": ["a"] } };
  const { ask, server } = await withAuth({ bearerToken: "good", impersonate }, {});
  await ask();
  const { headers } = server.requests[0] ?? assert.fail("nothing was asked");
  assert.equal(headers["impersonate-user"], "ann");
  assert.equal(headers["impersonate-group"], "ops, dev");
  assert.equal(headers["impersonate-uid"], "7");
  assert.equal(headers["impersonate-extra-scopes%2fx"], "a");
  const basic = await withAuth({ username: "ann", password: "pass" }, {});
  await assert.rejects(basic.ask(), { code: 401 });
  assert.equal(basic.server.requests[0]?.headers.authorization, `Basic ${Buffer.from("ann:pass").toString("base64")}`);
});

test("a token file is read again when it is old, and at once after a refusal", async () => {
  let token = "good";
  let reads = 0;
  const readFile = (): Promise<string> => {
    reads++;
    if (token === "") throw new Error("ENOENT");
    return Promise.resolve(`${token}\n`);
  };
  const { ask, server, clock } = await withAuth({ tokenFile: "/token" }, { readFile });
  await ask();
  await ask();
  assert.equal(reads, 1);
  token = server.token = "better";
  await ask();
  assert.equal(reads, 2, "the refusal had it read again");
  token = "";
  await clock.advance(61_000);
  await ask();
  assert.equal(reads, 3, "a file that is missing for a moment leaves the token that was read");
});

test("an exec plugin is asked once, again when its credentials end, and again when they are refused", async () => {
  const calls: { env: Readonly<Record<string, string | undefined>>; interactive: boolean }[] = [];
  let answer = "";
  const runProgram: NonNullable<AuthDeps["runProgram"]> = async (command, args, options) => {
    assert.deepEqual([command, ...args], ["login", "--now"]);
    calls.push(options);
    return { code: 0, stdout: answer, stderr: "" };
  };
  const exec = { ...EXEC, provideClusterInfo: true, clusterConfig: { audience: "x" } };
  const { ask, server, clock } = await withAuth({ exec }, { runProgram, hasTerminal: false });
  answer = credential({ token: "good", expirationTimestamp: new Date(clock.now() + 60_000).toISOString() });
  await Promise.all([ask(), ask(), ask()]);
  assert.equal(calls.length, 1, "calls that need credentials at once share one run");
  assert.equal(calls[0]?.env["REGION"], "east");
  assert.equal(calls[0]?.interactive, false);
  const info = JSON.parse(calls[0]?.env["KUBERNETES_EXEC_INFO"] ?? "") as Record<string, unknown>;
  assert.deepEqual(info, {
    kind: "ExecCredential",
    apiVersion: EXEC.apiVersion,
    spec: { cluster: { server: server.url, config: { audience: "x" } }, interactive: false },
  });
  answer = credential({ token: "good" });
  await clock.advance(61_000);
  await ask();
  assert.equal(calls.length, 2);
  server.token = "new";
  answer = credential({ token: "new" });
  await ask();
  assert.equal(calls.length, 3);
  server.token = "other";
  await assert.rejects(ask(), { code: 401 });
  assert.equal(calls.length, 4, "a second refusal is the answer");
});

test("what an exec plugin does wrong is told without what it printed", async () => {
  const cases: readonly (readonly [string, Partial<ExecConfig>, { code: number; stdout: string }, RegExp])[] = [
    ["ends badly", {}, { code: 3, stdout: "" }, /login ended with code 3: no such user/],
    ["prints no JSON", {}, { code: 0, stdout: "s3cret" }, /printed something that is not JSON/],
    ["prints another kind", {}, { code: 0, stdout: '{"kind":"Pod"}' }, /did not print an ExecCredential/],
    ["gives nothing", {}, { code: 0, stdout: credential({}) }, /neither a token nor a certificate/],
    ["must ask a person", { interactiveMode: "Always" }, { code: 0, stdout: "" }, /there is no terminal/],
    [
      "is of an old version",
      { apiVersion: "client.authentication.k8s.io/v1alpha1" },
      { code: 0, stdout: "" },
      /not known/,
    ],
  ];
  for (const [what, change, result, message] of cases) {
    const runProgram: AuthDeps["runProgram"] = () => Promise.resolve({ ...result, stderr: "trying\nno such user\n" });
    const { ask } = await withAuth({ exec: { ...EXEC, ...change } }, { runProgram, hasTerminal: false });
    await assert.rejects(ask(), (error: Error) => {
      assert.match(error.message, message, what);
      assert.ok(!error.message.includes("s3cret"));
      return true;
    });
  }
});

test("a real program's output, environment and failure to start are handled", async () => {
  const folder = mkdtempSync(join(tmpdir(), "exec-"));
  after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "login.mjs");
  writeFileSync(
    script,
    `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
     const token = info.spec.interactive === false ? process.env.TOKEN : "bad";
     console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: "ExecCredential", status: { token } }));`,
  );
  const exec = { ...EXEC, command: process.execPath, args: [script], env: [{ name: "TOKEN", value: "good" }] };
  const { ask } = await withAuth({ exec }, { hasTerminal: false });
  await ask();
  const missing = await withAuth({ exec: { ...exec, command: join(folder, "absent") } }, { hasTerminal: false });
  await assert.rejects(missing.ask(), { code: "CredentialsFailed", message: /could not be started/ });
});

test("an OIDC login is renewed at its issuer, and the new tokens are told", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const seconds = clock.now() / 1000;
  const fresh = jwt({ exp: seconds + 100 });
  const fetched: string[] = [];
  const fetchJson: NonNullable<AuthDeps["fetchJson"]> = async (url, { form }) => {
    fetched.push(url);
    if (form === undefined) return { status: 200, body: { token_endpoint: "https://id.example.com/token" } };
    if (form["refresh_token"] !== "r1") return { status: 400, body: { error: "invalid_grant" } };
    assert.deepEqual(
      { ...form },
      { grant_type: "refresh_token", refresh_token: "r1", client_id: "kube", client_secret: "s" },
    );
    return { status: 200, body: { id_token: fresh, refresh_token: "r2" } };
  };
  const renewed: unknown[] = [];
  const oidc = {
    issuerUrl: "https://id.example.com/",
    clientId: "kube",
    clientSecret: "s",
    idToken: jwt({ exp: seconds + 5 }),
    refreshToken: "r1",
  };
  const { ask, server } = await withAuth(
    { oidc },
    { fetchJson, onOidcRenewed: (tokens) => renewed.push(tokens) },
    clock,
  );
  server.token = fresh;
  await ask();
  await ask();
  assert.deepEqual(fetched, [
    "https://id.example.com/.well-known/openid-configuration",
    "https://id.example.com/token",
  ]);
  assert.deepEqual(renewed, [{ idToken: fresh, refreshToken: "r2" }]);
  await clock.advance(95_000);
  await assert.rejects(ask(), { code: "CredentialsFailed", message: /did not renew the token \(400: invalid_grant\)/ });
});

test("what a config holds itself goes before programs and logins, which are not asked then", async () => {
  const exec = { ...EXEC, interactiveMode: "Never" };
  const auth = {
    runProgram: () => assert.fail("the program was asked"),
    fetchJson: () => assert.fail("the issuer was"),
  };
  const oidc = { issuerUrl: "https://idp", clientId: "f", refreshToken: "r" };
  await (await withAuth({ bearerToken: "good", exec, oidc }, auth)).ask();
  const basic = await withAuth({ username: "ann", password: "p", exec, oidc }, auth);
  await assert.rejects(basic.ask(), { code: 401 });
  await (await withAuth({ tokenFile: "/token", exec, oidc }, { ...auth, readFile: async () => "good" })).ask();
});

test("a program is told its cluster's authority as bytes are told in JSON, however the config holds it", async () => {
  const plain = readFileSync(new URL("./fixtures/ca.pem", import.meta.url), "utf8");
  const encoded = Buffer.from(plain).toString("base64");
  for (const caData of [plain, encoded]) {
    let told: unknown;
    const runProgram: AuthDeps["runProgram"] = (_command, _args, { env }) => {
      told = JSON.parse(env["KUBERNETES_EXEC_INFO"] ?? "{}");
      return Promise.resolve({ code: 0, stdout: credential({ token: "good" }), stderr: "" });
    };
    const exec = { ...EXEC, provideClusterInfo: true };
    await (await withAuth({ exec, caData }, { runProgram, hasTerminal: false })).ask();
    const { spec } = told as { spec: { cluster: Record<string, unknown> } };
    assert.equal(spec.cluster["certificate-authority-data"], encoded);
  }
});
