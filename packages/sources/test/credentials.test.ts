import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CredentialStore, type SecretLike } from "../src/index.ts";

function secret(kind: string, fields: Readonly<Record<string, string>>): SecretLike {
  const data = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  return { metadata: { name: "s", labels: { "argocd.argoproj.io/secret-type": kind } }, data };
}

function storeOf(...secrets: readonly SecretLike[]): CredentialStore {
  const store = new CredentialStore();
  for (const [index, each] of secrets.entries()) store.put(String(index), each);
  return store;
}

describe("credentials of a repository", () => {
  const store = storeOf(
    secret("repo-creds", { url: "https://git.example.com", username: "all" }),
    secret("repo-creds", { url: "https://git.example.com/team", username: "team", password: "t" }),
    secret("repo-creds", { url: "git@git.example.com:", sshPrivateKey: "KEY" }),
    secret("repository", { url: "https://git.example.com/team/own.git", username: "own" }),
    secret("repository", { url: "https://git.example.com/team/lfs", enableLfs: "true", insecure: "true" }),
    secret("repository", { url: "https://git.example.com/team/scoped", username: "everybody" }),
    secret("repository", { url: "https://git.example.com/team/scoped", username: "scoped", project: "shop" }),
    secret("repository", { url: "https://charts.example.com", type: "helm", name: "charts", username: "h" }),
    secret("cluster", { url: "https://git.example.com/team/x", username: "no" }),
  );
  for (const [url, project, username] of [
    ["https://git.example.com/other/x", undefined, "all"],
    ["https://git.example.com/team/x.git", undefined, "team"],
    ["https://GIT.example.com/Team/own", undefined, "own"],
    ["https://git.example.com/team/lfs.git", undefined, "team"],
    ["https://git.example.com/team/scoped", undefined, "everybody"],
    ["https://git.example.com/team/scoped", "shop", "scoped"],
    ["https://git.example.com/team/scoped", "another", "everybody"],
    ["https://elsewhere.example.com/x", undefined, undefined],
  ] as const) {
    test(`${url} of project ${project ?? "(any)"} is opened as ${username ?? "nobody"}`, () => {
      assert.equal(store.accessFor(url, project).username, username);
    });
  }

  test("a repository's own settings stay when its credentials come from a template", () => {
    const { enableLfs, insecure, password } = store.accessFor("https://git.example.com/team/lfs");
    assert.deepEqual([enableLfs, insecure, password], [true, true, "t"]);
  });

  test("a key is found by either spelling of an ssh address", () => {
    assert.equal(store.accessFor("git@git.example.com:team/x.git").sshPrivateKey, "KEY");
    assert.equal(store.accessFor("ssh://git@git.example.com/team/x").sshPrivateKey, "KEY");
  });

  test("only what a project alone may use says so, and names of repositories are those it may use", () => {
    assert.equal(store.accessFor("https://git.example.com/team/scoped", "shop").project, "shop");
    assert.equal(store.accessFor("https://git.example.com/team/own").project, undefined);
    assert.deepEqual(
      store.named("shop").map(({ name, url }) => [name, url]),
      [["charts", "https://charts.example.com"]],
    );
  });

  test("certificates are found by host, without its port; known hosts are for all", () => {
    const trusting = storeOf();
    trusting.setCertificates({ "git.example.com": "PEM" });
    trusting.setKnownHosts("host key");
    assert.equal(trusting.accessFor("https://git.example.com:8443/x").ca, "PEM");
    assert.equal(trusting.accessFor("https://__proto__/x").ca, undefined);
    assert.equal(trusting.accessFor("git@host:x").knownHosts, "host key");
  });

  test("faults name the key and hold no value; a Secret that was removed counts no longer", () => {
    const own = new CredentialStore();
    const problems = own.put(
      "a",
      secret("repository", { url: "https://x", insecure: "s3cret-word", depth: "many", type: "svn" }),
    );
    assert.deepEqual(
      problems.map(({ message }) => message.split(" ")[0]),
      ["type", "insecure", "depth"],
    );
    assert.doesNotMatch(JSON.stringify(problems), /s3cret-word/);
    assert.equal(own.put("b", secret("repository", { username: "u" }))[0]?.message, "url is missing");
    own.put("c", secret("repository", { url: "https://y", username: "u" }));
    own.remove("c");
    assert.equal(own.accessFor("https://y").username, undefined);
  });
});
