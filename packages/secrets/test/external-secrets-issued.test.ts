import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import { GENERATORS } from "../src/external/generators/index.ts";
import { Fields, problemSink } from "../src/external/model/fields.ts";
import {
  EXTERNAL,
  eventually,
  ExternalCluster,
  fakeStore,
  NAMESPACE,
  PUSH,
  STORE,
} from "./support/external-cluster.ts";
import {
  depsOf,
  SIGNAL,
  stubServer,
  textsOf,
  type Answer,
  type Asked,
  type Stub,
  type World,
} from "./support/provider.ts";

const GENERATORS_V1 = "generators.external-secrets.io/v1alpha1";
const STATE = { apiVersion: GENERATORS_V1, kind: "GeneratorState" };
const GITLAB = { apiVersion: GENERATORS_V1, kind: "GitlabDeployToken" };
const GRAFANA = { apiVersion: GENERATORS_V1, kind: "Grafana" };

/** GitLab's deploy tokens and Grafana's service accounts, as far as their APIs are used. */
class Hosts {
  readonly tokens = new Map<number, JsonObject>();
  readonly accounts: { id: number; name: string; login: string; tokens: Set<number> }[] = [];
  refuses = false;
  #next = 1;

  answer({ method, url, headers, body }: Asked): Answer {
    if (url.startsWith("/api/v4/")) return this.#gitlab(method, url, headers["private-token"], body);
    return this.#grafana(method, url, headers.authorization ?? "", body);
  }

  #gitlab(method: string, url: string, token: unknown, body: string): Answer {
    if (token !== "glpat") return { status: 401, body: { message: "401 Unauthorized" } };
    const found = /^\/api\/v4\/(?:projects|groups)\/([^/]+)\/deploy_tokens(?:\/(\d+))?$/.exec(url);
    if (found === null) return { status: 404, body: { error: "404 Not Found" } };
    if (this.refuses) return { status: 400, body: { message: { scopes: ["are not allowed"] } } };
    if (method === "DELETE") return { status: this.tokens.delete(Number(found[2])) ? 204 : 404 };
    const id = this.#next++;
    this.tokens.set(id, { ...(JSON.parse(body) as JsonObject), of: decodeURIComponent(found[1] ?? "") });
    return {
      status: 201,
      body: { id, name: "n", username: `gitlab+deploy-token-${id}`, token: `planted-token-${id}` },
    };
  }

  #grafana(method: string, url: string, authorization: string, body: string): Answer {
    const basic = `Basic ${Buffer.from("admin:pw").toString("base64")}`;
    if (![basic, "Bearer glsa"].includes(authorization)) return { status: 401, body: { message: "Invalid API key" } };
    const { pathname, searchParams } = new URL(url, "http://x");
    if (pathname === "/graf/api/serviceaccounts/search") {
      const query = searchParams.get("query") ?? "";
      return { body: { totalCount: 1, serviceAccounts: this.accounts.filter(({ name }) => name.includes(query)) } };
    }
    if (pathname === "/graf/api/serviceaccounts" && method === "POST") {
      const { name } = JSON.parse(body) as { name: string; role: string };
      const account = { id: this.#next++, name, login: `sa-${name}`, tokens: new Set<number>() };
      this.accounts.push(account);
      return { status: 201, body: { id: account.id, name, login: account.login } };
    }
    const found = /^\/graf\/api\/serviceaccounts\/(\d+)\/tokens(?:\/(\d+))?$/.exec(pathname);
    const account = this.accounts.find(({ id }) => id === Number(found?.[1]));
    if (account === undefined) return { status: 404, body: { message: "service account not found" } };
    if (method === "DELETE")
      return account.tokens.delete(Number(found?.[2]))
        ? { body: { message: "Service account token deleted" } }
        : { status: 404, body: { message: "service account token not found" } };
    const id = this.#next++;
    account.tokens.add(id);
    return { body: { id, name: (JSON.parse(body) as { name: string }).name, key: `planted-key-${id}` } };
  }
}

describe("generators whose tokens live on", () => {
  let hosts: Hosts;
  let stub: Stub;
  before(async () => void (stub = await stubServer((asked) => hosts.answer(asked))));
  after(() => stub.close());
  beforeEach(() => {
    hosts = new Hosts();
    stub.asked.length = 0;
  });

  const gitlab = (more: JsonObject = {}): JsonObject => ({
    url: `${stub.url}/`,
    projectID: "group/project",
    name: "app",
    scopes: ["read_repository"],
    auth: { token: { secretRef: { name: "gl", key: "token" } } },
    ...more,
  });
  const grafana = (auth: JsonObject = { token: { name: "gf", key: "token" } }): JsonObject => ({
    url: `${stub.url}/graf`,
    auth,
    serviceAccount: { name: "app", role: "Viewer" },
  });
  const WORLD: World = { texts: { "gl/token": "glpat\n", "gf/token": "glsa", "gf/password": "pw" } };

  function fields(spec: JsonObject): { fields: Fields; faults: string[] } {
    const faults: string[] = [];
    const { report } = problemSink("InvalidExternalSecret", "x");
    return {
      fields: new Fields(spec, "spec", (path, message) => {
        report(path, message);
        faults.push(`${path}: ${message}`);
      }),
      faults,
    };
  }

  async function issue(kind: string, spec: JsonObject) {
    const { fields: parsed, faults } = fields(spec);
    const run = GENERATORS.find((one) => one.kind === kind)?.parse(parsed);
    assert.deepEqual(faults, []);
    const made = await run?.(depsOf(WORLD), SIGNAL);
    assert.ok(made !== undefined && "state" in made);
    return { texts: textsOf(made.entries), state: made.state };
  }

  async function takeBack(kind: string, spec: JsonObject, state: JsonObject): Promise<void> {
    const generator = GENERATORS.find((one) => one.kind === kind);
    await generator?.takeBack?.(fields(spec).fields, fields(state).fields)(depsOf(WORLD), SIGNAL);
  }

  function faultsOf(kind: string, spec: JsonObject): string {
    const { fields: parsed, faults } = fields(spec);
    GENERATORS.find((one) => one.kind === kind)?.parse(parsed);
    return faults.join("\n");
  }

  test("GitLab makes a deploy token of a project or a group, and takes it back where it was made", async () => {
    const spec = gitlab({ username: "bot", expiresAt: "2027-01-02T03:04:05+01:00" });
    const { texts, state } = await issue("GitlabDeployToken", spec);
    assert.deepEqual(texts, { username: "gitlab+deploy-token-1", token: "planted-token-1" });
    assert.deepEqual(hosts.tokens.get(1), {
      name: "app",
      scopes: ["read_repository"],
      username: "bot",
      expires_at: "2027-01-02T02:04:05Z",
      of: "group/project",
    });
    assert.deepEqual(state, { url: `${stub.url}/`, projectID: "group/project", tokenID: 1 });
    assert.equal(JSON.stringify(state).includes("planted"), false);
    const { projectID: _project, ...group } = gitlab({ groupID: "42" });
    await issue("GitlabDeployToken", group);
    assert.equal(hosts.tokens.get(2)?.["of"], "42");
    // The generator is of the group by now.
    await takeBack("GitlabDeployToken", group, state);
    assert.deepEqual([...hosts.tokens.keys()], [2]);
    await takeBack("GitlabDeployToken", group, state);
  });

  test("what GitLab says of a fault is told, and never the token it was asked with", async () => {
    hosts.refuses = true;
    await assert.rejects(issue("GitlabDeployToken", gitlab()), (error: Error) => {
      assert.match(error.message, /GitLab.*are not allowed/);
      assert.equal(error.message.includes("glpat"), false);
      return true;
    });
  });

  test("every fault of a generator is told", () => {
    const { projectID: _project, ...nowhere } = gitlab({ scopes: ["api"], expiresAt: "soon" });
    const faults = faultsOf("GitlabDeployToken", nowhere);
    for (const wanted of [/exactly one of projectID or groupID/, /scopes: must be of/, /expiresAt: must be a time/])
      assert.match(faults, wanted);
    assert.match(faultsOf("GitlabDeployToken", gitlab({ groupID: "1" })), /exactly one of projectID or groupID/);
    assert.match(faultsOf("Grafana", { url: stub.url }), /auth: must have token or basic/);
    assert.match(faultsOf("Grafana", grafana()), /^$/);
  });

  for (const [how, auth] of [
    ["a token", { token: { name: "gf", key: "token" } }],
    ["a password", { basic: { username: "admin", password: { name: "gf", key: "password" } } }],
  ] as const)
    test(`Grafana makes one service account and a token at a time, with ${how}`, async () => {
      const first = await issue("Grafana", grafana(auth));
      const second = await issue("Grafana", grafana(auth));
      assert.equal(hosts.accounts.length, 1);
      assert.deepEqual([first.texts["login"], second.texts["login"]], ["sa-app", "sa-app"]);
      assert.notEqual(first.texts["token"], second.texts["token"]);
      await takeBack("Grafana", grafana(auth), first.state);
      await takeBack("Grafana", grafana(auth), first.state);
      assert.equal(hosts.accounts[0]?.tokens.size, 1);
    });

  describe("in a cluster", () => {
    let cluster: ExternalCluster;
    before(async () => void (cluster = await ExternalCluster.start()));
    after(() => cluster.close());

    const states = async () => (await cluster.hub.list(STATE, { namespace: NAMESPACE })).items;

    test("what a sync issued is noted, replaced by the next and taken back once its time has come", async () => {
      await cluster.secret("gl", { token: "glpat" });
      await cluster.create(GITLAB, "deploy", gitlab());
      const sourceRef = { generatorRef: { ...GITLAB, name: "deploy" } };
      await cluster.create(EXTERNAL, "issued", { refreshInterval: "0", dataFrom: [{ sourceRef }] });
      await cluster.ready("issued", "SecretSynced");
      const [first] = await eventually(async () => {
        const all = await states();
        assert.equal(all.length, 1);
        return all;
      });
      assert.match(first?.metadata.name ?? "", /^gen-externalsecret-issued-/);
      const labels = first?.metadata.labels ?? {};
      assert.match(labels["generators.external-secrets.io/owner-key"] ?? "", /^[0-9a-f]{56}$/);
      assert.equal(JSON.stringify(first).includes("planted"), false);
      await eventually(async () => {
        const [state] = await states();
        assert.match(JSON.stringify(state?.["status"] ?? {}), /"reason":"Created"/);
      });
      // Asked for again: another token, and the first one has an end.
      await cluster.merge(EXTERNAL, "issued", { metadata: { annotations: { again: "1" } } });
      const specOf = (state: KubeObject): JsonObject => state["spec"] as JsonObject;
      const endOf = (state: KubeObject): unknown => specOf(state)["garbageCollectionDeadline"];
      const tokenOf = (state: KubeObject): unknown => (specOf(state)["state"] as JsonObject)["tokenID"];
      assert.ok(first !== undefined);
      await eventually(async () => {
        const all = await states();
        assert.equal(all.length, hosts.tokens.size);
        assert.equal(all.filter((state) => endOf(state) === undefined).length, 1);
        const before = all.find(({ metadata }) => metadata.name === first.metadata.name);
        assert.ok(before !== undefined && endOf(before) !== undefined);
      });
      const end = { spec: { garbageCollectionDeadline: "2026-01-01T00:00:00Z" } };
      await cluster.merge(STATE, first.metadata.name ?? "", end);
      await eventually(async () => {
        assert.equal(hosts.tokens.has(Number(tokenOf(first))), false);
        const left = await states();
        assert.equal(left.length, hosts.tokens.size);
        assert.ok(left.some((state) => endOf(state) === undefined && hosts.tokens.has(Number(tokenOf(state)))));
      });
    });

    test("what a push issued for nothing is taken back", async () => {
      await cluster.secret("gf", { token: "glsa" });
      await cluster.create(GRAFANA, "account", grafana());
      await cluster.create(STORE, "fake", fakeStore());
      await cluster.create(PUSH, "pushed", {
        secretStoreRefs: [{ name: "fake" }],
        selector: { generatorRef: { ...GRAFANA, name: "account" } },
        data: [{ match: { secretKey: "absent", remoteRef: { remoteKey: "k" } } }],
      });
      await cluster.ready("pushed", "Errored", PUSH);
      await eventually(async () => {
        const made = stub.asked.filter(({ method, url }) => method === "POST" && url.includes("/tokens")).length;
        const back = stub.asked.filter(({ method, url }) => method === "DELETE" && url.includes("/tokens")).length;
        assert.ok(made > 0 && back > 0, `${made} made, ${back} taken back`);
      });
      await cluster.hub.delete(PUSH, "pushed", NAMESPACE);
      await eventually(async () => {
        assert.equal(hosts.accounts[0]?.tokens.size, 0);
        const left = (await states()).filter(({ metadata }) => metadata.name?.startsWith("gen-pushsecret-"));
        assert.equal(left.length, 0);
      });
    });

    test("a token that cannot be taken back is told, and taken back when it can", async () => {
      const [secret, generator] = ["gl-late", "late"];
      await cluster.secret(secret, { token: "glpat" });
      await cluster.create(
        GITLAB,
        generator,
        gitlab({ auth: { token: { secretRef: { name: secret, key: "token" } } } }),
      );
      const sourceRef = { generatorRef: { ...GITLAB, name: generator } };
      await cluster.create(EXTERNAL, "late", { refreshInterval: "0", dataFrom: [{ sourceRef }] });
      await cluster.ready("late", "SecretSynced");
      const of = async () =>
        (await states()).find(({ metadata }) => metadata.name?.startsWith("gen-externalsecret-late-"));
      const state = await eventually(async () => {
        const found = await of();
        assert.ok(found);
        return found;
      });
      await cluster.hub.delete({ apiVersion: "v1", kind: "Secret" }, secret, NAMESPACE);
      await cluster.hub.delete(STATE, state.metadata.name ?? "", NAMESPACE);
      await eventually(async () => {
        const status = JSON.stringify((await of())?.["status"] ?? {});
        assert.match(status, /"reason":"Error"/);
        assert.match(status, /could not cleanup generator state: .*gl-late/);
      });
      await cluster.secret(secret, { token: "glpat" });
      await eventually(async () => assert.equal(await of(), undefined));
    });
  });
});
