import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateHybridIdentity, generateIdentity, identityToRecipient } from "age-encryption";
import { ProblemError } from "@fairlead/base";
import { ageIdentitiesIn, ageService } from "../src/sops/keys/age.ts";

const folder = mkdtempSync(join(tmpdir(), "age-keys-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function sshKey(type: string, ...more: string[]): { identity: string; recipient: string } {
  const path = join(folder, `${type}${more.join("")}`);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-f", path, ...(more.length > 0 ? more : ["-N", ""])]);
  return { identity: readFileSync(path, "utf8"), recipient: readFileSync(`${path}.pub`, "utf8").trim() };
}

const DATA_KEY = Buffer.alloc(32, 7);
const keyFor = (recipient: string, enc = "") => ({ kind: "age" as const, fields: { recipient }, enc });
const refused = (run: Promise<unknown>, why: RegExp): Promise<void> =>
  assert.rejects(run, (error) => error instanceof ProblemError && why.test(error.message));

const native = await generateIdentity();
const hybrid = await generateHybridIdentity();

test("X25519, post-quantum and SSH keys wrap a data key that their own identity alone opens", async () => {
  const keys = [
    { identity: native, recipient: await identityToRecipient(native) },
    { identity: hybrid, recipient: await identityToRecipient(hybrid) },
    sshKey("ed25519"),
    sshKey("rsa"),
  ];
  const [first] = keys;
  for (const { identity, recipient } of keys) {
    const enc = await ageService([]).wrap(keyFor(recipient), DATA_KEY);
    assert.match(enc, /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    assert.deepEqual(Buffer.from(await ageService(ageIdentitiesIn(identity)).unwrap(keyFor(recipient, enc))), DATA_KEY);
    const other = identity === first?.identity ? hybrid : (first?.identity ?? "");
    await refused(ageService([other]).unwrap(keyFor(recipient, enc)), /none of the age identities here opens it/);
  }
});

test("plugins are never run, for a recipient or for an identity, and are named (GHSA-32gq-x56h-299c, CVE-2024-56327)", async () => {
  // Names that the advisory's plugins had: paths to whatever the sender of the file would have run.
  for (const name of ["yubikey", "../../bin/sh", "x/../../tmp/evil"]) {
    const recipient = `age1${name}1qqqqqq`;
    await refused(ageService([]).wrap(keyFor(recipient), DATA_KEY), /plugins are not run|unknown recipient type/);
  }
  const recipient = await identityToRecipient(native);
  const enc = await ageService([]).wrap(keyFor(recipient), DATA_KEY);
  const plugin = "AGE-PLUGIN-YUBIKEY-1QQQQQQ";
  await refused(
    ageService(ageIdentitiesIn(plugin)).unwrap(keyFor(recipient, enc)),
    /age plugin yubikey, and plugins are not run/,
  );
  // Beside one that opens the file it does no harm.
  const both = ageIdentitiesIn(`${plugin}\n${native}`);
  assert.deepEqual(Buffer.from(await ageService(both).unwrap(keyFor(recipient, enc))), DATA_KEY);
});

test("key files are read by line and word, with comments, and places that cannot be read are told only when nothing opens", async () => {
  assert.deepEqual(ageIdentitiesIn(`# created\n${native}\r\n  ${hybrid} ${native}\n#${hybrid}\nrubbish`), [
    native,
    hybrid,
    native,
  ]);
  const recipient = await identityToRecipient(native);
  const enc = await ageService([]).wrap(keyFor(recipient), DATA_KEY);
  let looked = 0;
  const found = (identities: string[]) => () => {
    looked += 1;
    return Promise.resolve({ identities, notes: ["failed to open SOPS_AGE_KEY_FILE file"] });
  };
  const service = ageService(found([native]));
  assert.ok(await service.unwrap(keyFor(recipient, enc)));
  assert.ok(await service.unwrap(keyFor(recipient, enc)));
  assert.equal(looked, 1);
  await refused(
    ageService(found([])).unwrap(keyFor(recipient, enc)),
    /no age identity here; failed to open SOPS_AGE_KEY_FILE/,
  );
});
