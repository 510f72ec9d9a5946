import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { verifyWithGpg } from "../src/signature/gpg.ts";
import { splitSigned } from "../src/signature/split.ts";
import { DEFAULT_SETTINGS } from "../src/settings/parse.ts";
import { application, configMap, World } from "./support/world.ts";

const home = mkdtempSync(join(tmpdir(), "fairlead-signatures-"));
const env = { ...process.env, GNUPGHOME: home, GIT_CONFIG_GLOBAL: "/dev/null", HOME: home };
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: home, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
after(() => {
  execFileSync("gpgconf", ["--homedir", home, "--kill", "all"], { stdio: "ignore" });
  rmSync(home, { recursive: true, force: true });
});

function makeKey(name: string): { id: string; armoured: string } {
  run(
    "gpg",
    "--batch",
    "--passphrase",
    "",
    "--quick-generate-key",
    `${name} <${name}@example.com>`,
    "ed25519",
    "sign",
    "never",
  );
  const id =
    /^fpr:+([0-9A-F]{40}):/m.exec(run("gpg", "--with-colons", "--list-keys", `${name}@example.com`))?.[1]?.slice(-16) ??
    "";
  return { id, armoured: run("gpg", "--armor", "--export", id) };
}

const ann = makeKey("ann");
const bob = makeKey("bob");
const git = (...args: string[]): string =>
  run("git", "-c", "user.name=ann", "-c", "user.email=ann@example.com", "-c", "gpg.format=openpgp", ...args);
git("init", "-q", ".");
git("commit", "-q", "--allow-empty", "-m", "ünsigned");
const unsigned = Buffer.from(git("cat-file", "commit", "HEAD"));
git("commit", "-q", "--allow-empty", `-S${ann.id}`, "-m", "signed by änn\n\nwith a body");
const signed = Buffer.from(git("cat-file", "commit", "HEAD"));
git("tag", "-s", "-u", bob.id, "-m", "tagged by bob", "v1");
const tagged = Buffer.from(git("cat-file", "tag", "v1"));
const both = new Map([
  [ann.id, ann.armoured],
  [bob.id, bob.armoured],
]);

test("a commit's signature is verified, and names its primary key", async () => {
  const parts = splitSigned(signed);
  assert.ok(parts);
  assert.deepEqual(await verifyWithGpg(parts, both), { ok: true, keyId: ann.id, signer: "ann <ann@example.com>" });
});

test("so is a tag's", async () => {
  const parts = splitSigned(tagged);
  assert.ok(parts);
  const verdict = await verifyWithGpg(parts, both);
  assert.equal(verdict.ok && verdict.keyId, bob.id);
});

test("a commit that was changed after it was signed is refused", async () => {
  const parts = splitSigned(Buffer.from(signed.toString("latin1").replace("with a body", "with a bodY"), "latin1"));
  assert.ok(parts);
  const verdict = await verifyWithGpg(parts, both);
  assert.match(verdict.ok ? "accepted" : verdict.reason, /does not fit/);
});

test("a key that is not known is no key, whatever this machine's keyring has", async () => {
  const parts = splitSigned(signed);
  assert.ok(parts);
  for (const keys of [new Map<string, string>(), new Map([[bob.id, bob.armoured]])]) {
    const verdict = await verifyWithGpg(parts, keys);
    assert.match(verdict.ok ? "accepted" : verdict.reason, /not among the known ones/);
  }
});

test("what is not signed has no signature to split off", () => {
  assert.equal(splitSigned(unsigned), undefined);
  assert.equal(splitSigned(Buffer.from("tree x\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n\nm")), undefined);
});

const PROJECT = (keys: string[]): string => `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team, namespace: argocd }
spec:
  sourceRepos: ["*"]
  destinations: [{ server: "*", namespace: "*" }]
  signatureKeys: ${JSON.stringify(keys.map((keyID) => ({ keyID })))}
`;

test("a project with signatureKeys applies nothing that none of them signed, and says why", async () => {
  const world = await World.start({ apps: { settings: { ...DEFAULT_SETTINGS, gpgKeys: both } } });
  world.signedObject = unsigned;
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(PROJECT([`0x${ann.id.toLowerCase()}`]));
  await world.apply(application("one").replace("project: default", "project: team"));
  await world.settle();
  assert.match(world.conditions("one").join(), /ComparisonError: .*requires signed revisions.*not signed with GnuPG/);
  world.signedObject = tagged;
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settleReal(() => /does not list/.test(world.conditions("one").join()));
  assert.match(
    world.conditions("one").join(),
    new RegExp(`signed by bob .*key ${bob.id}, which spec.signatureKeys does not list`),
  );
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  world.signedObject = signed;
  world.commit({ "one/a.yaml": configMap("a", { key: "3" }) });
  await world.settleReal(() => world.summary("one") === "Synced/Healthy");
  assert.equal(world.data("a")["key"], "3");
  await world.stopEngine();
});
