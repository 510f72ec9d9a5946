import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { providerOf, readEvent, repositoryKey } from "../src/webhook/parse.ts";
import { serveHttp } from "../src/webhook/serve.ts";
import type { WebhookProvider, WebhookRequest, WebhookSecrets } from "../src/webhook/types.ts";
import { isAuthentic } from "../src/webhook/verify.ts";
import { application, configMap, World } from "./support/world.ts";

const request = (headers: Record<string, string>, payload: unknown): WebhookRequest => ({
  headers,
  body: Buffer.from(JSON.stringify(payload)),
});
const GITHUB = {
  ref: "refs/heads/main",
  repository: { html_url: "https://github.com/team/config", ssh_url: "git@github.com:team/config.git" },
};

const EVENTS: readonly {
  readonly provider: WebhookProvider;
  readonly headers: Record<string, string>;
  readonly payload: unknown;
  readonly isPush?: boolean;
  readonly repositories: readonly string[];
  readonly ref?: string;
}[] = [
  {
    provider: "github",
    headers: { "x-github-event": "push" },
    payload: GITHUB,
    repositories: ["https://github.com/team/config", "git@github.com:team/config.git"],
  },
  {
    provider: "github",
    headers: { "x-github-event": "ping" },
    payload: GITHUB,
    isPush: false,
    repositories: ["https://github.com/team/config", "git@github.com:team/config.git"],
  },
  {
    provider: "gogs",
    headers: { "x-gitea-event": "push", "x-gogs-event": "push", "x-github-event": "push" },
    payload: { ref: "refs/heads/main", repository: { clone_url: "https://gitea.example.com/team/config.git" } },
    repositories: ["https://gitea.example.com/team/config.git"],
  },
  {
    provider: "gitlab",
    headers: { "x-gitlab-event": "Push Hook" },
    payload: {
      ref: "refs/heads/main",
      project: {
        web_url: "https://gitlab.example.com/team/config",
        git_ssh_url: "git@gitlab.example.com:team/config.git",
      },
    },
    repositories: ["https://gitlab.example.com/team/config", "git@gitlab.example.com:team/config.git"],
  },
  {
    provider: "gitlab",
    headers: { "x-gitlab-event": "Tag Push Hook" },
    payload: { ref: "refs/heads/main", project: { web_url: "https://gitlab.example.com/a/b" } },
    repositories: ["https://gitlab.example.com/a/b"],
  },
  {
    provider: "gitlab",
    headers: { "x-gitlab-event": "System Hook" },
    payload: { event_name: "push", ref: "refs/heads/main", project: { web_url: "https://gitlab.example.com/a/b" } },
    repositories: ["https://gitlab.example.com/a/b"],
  },
  {
    provider: "gitlab",
    headers: { "x-gitlab-event": "Merge Request Hook" },
    payload: { ref: "refs/heads/main", project: { web_url: "https://gitlab.example.com/a/b" } },
    isPush: false,
    repositories: ["https://gitlab.example.com/a/b"],
  },
  {
    provider: "bitbucket",
    headers: { "x-event-key": "repo:push", "x-hook-uuid": "u" },
    payload: {
      push: { changes: [{ new: { name: "main" } }] },
      repository: { links: { html: { href: "https://bitbucket.org/team/config" } } },
    },
    repositories: ["https://bitbucket.org/team/config"],
  },
  {
    provider: "bitbucketserver",
    headers: { "x-event-key": "repo:refs_changed" },
    payload: {
      changes: [{ ref: { id: "refs/heads/main" } }],
      repository: {
        links: {
          clone: [
            { href: "ssh://git@bb.example.com:7999/team/config.git" },
            { href: "https://bb.example.com/scm/team/config.git" },
          ],
        },
      },
    },
    repositories: ["ssh://git@bb.example.com:7999/team/config.git", "https://bb.example.com/scm/team/config.git"],
  },
  {
    provider: "azuredevops",
    headers: { "x-vss-activityid": "1" },
    payload: {
      publisherId: "tfs",
      eventType: "git.push",
      resource: {
        refUpdates: [{ name: "refs/heads/main" }],
        repository: { remoteUrl: "https://dev.azure.com/org/project/_git/config" },
      },
    },
    repositories: ["https://dev.azure.com/org/project/_git/config"],
  },
];

for (const { provider, headers, payload, isPush = true, repositories, ref = "refs/heads/main" } of EVENTS) {
  test(`${provider}: ${Object.values(headers)[0]} is read`, () => {
    const asked = request(headers, payload);
    assert.equal(providerOf(asked, payload), provider);
    const event = readEvent(provider, asked, payload);
    assert.deepEqual(
      { isPush: event.isPush, repositories: event.repositories, ref: event.ref },
      { isPush, repositories, ref },
    );
  });
}

test("payloads of any shape are read without an error", () => {
  for (const payload of [
    null,
    [],
    "x",
    {},
    { repository: [] },
    { push: { changes: "x" } },
    { changes: {} },
    JSON.parse('{"__proto__": {"ref": 1}}'),
  ]) {
    for (const { provider, headers } of EVENTS)
      assert.deepEqual(readEvent(provider, request(headers, payload), payload).ref, "");
  }
});

const hmac = (algorithm: string, body: Buffer, secret = "s3cret"): string =>
  createHmac(algorithm, secret).update(body).digest("hex");
const BODY = Buffer.from('{"a":1}');
const SECRETS: WebhookSecrets = {
  "webhook.github.secret": "s3cret",
  "webhook.gitlab.secret": "s3cret",
  "webhook.gogs.secret": "s3cret",
  "webhook.bitbucket.uuid": "{1234}",
  "webhook.bitbucketserver.secret": "s3cret",
  "webhook.azuredevops.username": "ann",
  "webhook.azuredevops.password": "pw",
};
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const CREDENTIALS: readonly (readonly [
  provider: WebhookProvider,
  headers: Record<string, string>,
  expected: boolean,
])[] = [
  ["github", { "x-hub-signature-256": `sha256=${hmac("sha256", BODY)}` }, true],
  [
    "github",
    {
      "x-hub-signature-256": `sha256=${hmac("sha256", BODY, "other")}`,
      "x-hub-signature": `sha1=${hmac("sha1", BODY)}`,
    },
    false,
  ],
  ["github", { "x-hub-signature": `sha1=${hmac("sha1", BODY)}` }, true],
  ["github", {}, false],
  ["github", { "x-hub-signature-256": "sha256=" }, false],
  ["gitlab", { "x-gitlab-token": "s3cret" }, true],
  ["gitlab", { "x-gitlab-token": "s3cre" }, false],
  ["gogs", { "x-gogs-signature": hmac("sha256", BODY) }, true],
  ["gogs", { "x-gitea-signature": hmac("sha256", BODY) }, true],
  ["gogs", { "x-gitea-signature": hmac("sha256", Buffer.from("other")) }, false],
  ["bitbucket", { "x-hook-uuid": "{1234}" }, true],
  ["bitbucket", { "x-hook-uuid": "{4321}" }, false],
  ["bitbucketserver", { "x-hub-signature": `sha256=${hmac("sha256", BODY)}` }, true],
  ["bitbucketserver", {}, false],
  ["azuredevops", { authorization: basic("ann:pw") }, true],
  ["azuredevops", { authorization: basic("ann:wrong") }, false],
  ["azuredevops", {}, false],
];

for (const [provider, headers, expected] of CREDENTIALS) {
  test(`${provider} with ${JSON.stringify(Object.keys(headers))} is ${expected ? "believed" : "refused"}`, () => {
    assert.equal(isAuthentic(provider, { headers, body: BODY }, SECRETS), expected);
    assert.equal(isAuthentic(provider, { headers, body: BODY }, {}), true, "without a secret everything is believed");
  });
}

test("spellings of one repository are one", () => {
  for (const url of [
    "https://github.com/Team/Config",
    "https://github.com/team/config.git",
    "https://ann:pw@github.com/team/config/",
    "git@github.com:team/config.git",
    "ssh://git@github.com/team/config.git",
    "ssh://git@github.com:22/team/config",
  ]) {
    assert.equal(repositoryKey(url), "github.com/team/config", url);
  }
  assert.notEqual(repositoryKey("https://github.com/team/config2"), "github.com/team/config");
});

const PUSH = { ref: "refs/heads/main", repository: { clone_url: "https://git.example.com/config.git" } };

test("a push wakes exactly the applications that its commit concerns", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.apply(application("two"));
  await world.settle();
  world.repository.isQuiet = true;
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settle();
  assert.equal(world.data("a")["key"], "value");
  world.renders.length = 0;
  const answer = await world.apps.webhook(request({ "x-github-event": "push" }, PUSH));
  assert.deepEqual(answer, { status: 200, message: "looking at the repository" });
  await world.settle();
  assert.equal(world.data("a")["key"], "2");
  assert.deepEqual(world.renders, ["argocd/one#0: one/a.yaml changed"]);
  await world.stopEngine();
});

test("a webhook with a wrong secret, no JSON, an unknown sender or another repository changes nothing", async () => {
  const world = await World.start();
  await world.hub.as.user("admin").create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "argocd-secret", namespace: "argocd" },
    data: { "webhook.github.secret": Buffer.from("s3cret").toString("base64") },
  });
  const status = async (asked: WebhookRequest): Promise<number> => (await world.apps.webhook(asked)).status;
  assert.equal(await status(request({ "x-github-event": "push" }, PUSH)), 401);
  assert.equal(await status({ headers: { "x-github-event": "push" }, body: Buffer.from("<html>") }), 400);
  assert.equal(await status(request({}, PUSH)), 400);
  const signed = request({ "x-github-event": "push" }, PUSH);
  const signature = `sha256=${hmac("sha256", signed.body)}`;
  assert.equal(await status({ ...signed, headers: { ...signed.headers, "x-hub-signature-256": signature } }), 200);
  assert.match(world.apps.metrics(), /argocd_webhook_requests_total\{webhook_handler="github",event_type="push"\} 1/);
  await world.stopEngine();
});

test("the listener serves webhooks, metrics and health, and refuses everything else", async () => {
  const bodies: string[] = [];
  const served = await serveHttp({
    host: "127.0.0.1",
    port: 0,
    metrics: () => "argocd_app_info 1\n",
    webhook: async ({ body, headers }) => {
      bodies.push(`${headers["x-github-event"]} ${body.toString()}`);
      return { status: 200, message: "ok" };
    },
  });
  const call = async (path: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${served.port}${path}`, init);
    return `${response.status} ${await response.text()}`;
  };
  assert.equal(
    await call("/api/webhook?x=1", { method: "POST", body: "{}", headers: { "x-github-event": "push" } }),
    "200 ok",
  );
  assert.deepEqual(bodies, ["push {}"]);
  assert.equal(await call("/metrics"), "200 argocd_app_info 1\n");
  assert.equal(await call("/healthz"), "200 ok");
  assert.match(await call("/api/webhook"), /^405/);
  assert.match(await call("/nothing"), /^404/);
  await served.close();
});
