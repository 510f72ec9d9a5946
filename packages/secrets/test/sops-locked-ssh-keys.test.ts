import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { ProblemError } from "@fairlead/base";
import { ageService, type FoundIdentities } from "../src/sops/keys/age.ts";
import { isLockedSshKey, type LockedSshKey } from "../src/sops/keys/ssh.ts";
import { ageIdentities } from "../src/command/age-identities.ts";

const folder = mkdtempSync(join(tmpdir(), "locked-keys-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const PASSPHRASE = "not a real phrase";
const DATA_KEY = Buffer.alloc(32, 7);
const keyFor = (recipient: string, enc = "") => ({ kind: "age" as const, fields: { recipient }, enc });
const native = await generateIdentity();

/** A round of derivation is some 10 ms: one is enough to tell whether the form is read. */
function sshKey(name: string, ...args: string[]): { pem: string; recipient: string; path: string } {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-f", path, "-N", PASSPHRASE, "-a", "1", ...args]);
  return { pem: readFileSync(path, "utf8"), recipient: readFileSync(`${path}.pub`, "utf8").trim(), path };
}

function locked(pem: string, passphrase: string, more: Partial<LockedSshKey> = {}): LockedSshKey & { asked: number } {
  const key = {
    pem,
    name: "id",
    asked: 0,
    passphrase: () => {
      key.asked += 1;
      return Promise.resolve(passphrase);
    },
    ...more,
  };
  return key;
}

const serviceOf = (...identities: FoundIdentities["identities"]) =>
  ageService(() => Promise.resolve({ identities, notes: [] }));

const RSA = ["-t", "rsa", "-b", "2048"];
const FORMS: readonly (readonly [name: string, ...args: string[]])[] = [
  ["ed25519", "-t", "ed25519"],
  ["ed25519-cbc", "-t", "ed25519", "-Z", "aes256-cbc"],
  ["ed25519-gcm", "-t", "ed25519", "-Z", "aes256-gcm@openssh.com"],
  ["ed25519-128", "-t", "ed25519", "-Z", "aes128-ctr"],
  ["rsa", ...RSA],
  ["rsa-pem", ...RSA, "-m", "PEM"],
  ["rsa-pkcs8", ...RSA, "-m", "PKCS8"],
];

test("an SSH key behind a passphrase opens what is for it, in each form ssh-keygen writes", async () => {
  for (const [name, ...args] of FORMS) {
    const { pem, recipient } = sshKey(name, ...args);
    assert.ok(isLockedSshKey(pem), name);
    const enc = await ageService([]).wrap(keyFor(recipient), DATA_KEY);
    const opened = await serviceOf(locked(pem, PASSPHRASE)).unwrap(keyFor(recipient, enc));
    assert.deepEqual(Buffer.from(opened), DATA_KEY, name);
    await assert.rejects(
      serviceOf(locked(pem, "another")).unwrap(keyFor(recipient, enc)),
      (error) => error instanceof ProblemError && /id: incorrect passphrase/.test(error.message),
      name,
    );
    await assert.rejects(ageService([pem]).unwrap(keyFor(recipient, enc)), /locked by a passphrase/, name);
  }
});

test("a passphrase is asked for only when nothing else opens what is for that key", async () => {
  const { pem, recipient } = sshKey("mine", "-t", "ed25519");
  const other = sshKey("other", "-t", "ed25519").recipient;
  const pemForm = sshKey("old", ...RSA, "-m", "PEM");
  const rsa = sshKey("rsa2", ...RSA).recipient;
  const own = await identityToRecipient(native);
  const wrapped = async (to: string): Promise<string> => ageService([]).wrap(keyFor(to), DATA_KEY);
  const key = locked(pem, PASSPHRASE);
  const old = locked(pemForm.pem, PASSPHRASE, { publicKey: pemForm.recipient });
  await assert.rejects(serviceOf(key, old).unwrap(keyFor(other, await wrapped(other))));
  await assert.rejects(serviceOf(key, old).unwrap(keyFor(rsa, await wrapped(rsa))));
  assert.ok(await serviceOf(key, old, native).unwrap(keyFor(own, await wrapped(own))));
  assert.deepEqual([key.asked, old.asked], [0, 0]);
  assert.ok(await serviceOf(native, key).unwrap(keyFor(recipient, await wrapped(recipient))));
  assert.equal(key.asked, 1);
});

test("a file that wants endless rounds, or is cut anywhere, is no key and ends at once", async () => {
  const { pem, recipient } = sshKey("cut", "-t", "ed25519");
  const enc = await ageService([]).wrap(keyFor(recipient), DATA_KEY);
  const [head = "", ...lines] = pem.trim().split("\n");
  const bytes = Buffer.from(lines.slice(0, -1).join(""), "base64");
  const pemOf = (body: Buffer): string => `${head}\n${body.toString("base64")}\n${lines.at(-1)}\n`;
  const endless = Buffer.from(bytes);
  // The count of rounds stands behind the salt of 16 bytes, whose length stands behind the names and a length of both.
  const at = endless.indexOf("bcrypt") + "bcrypt".length + 4 + 4 + 16;
  assert.equal(endless.readUInt32BE(at), 1);
  endless.writeUInt32BE(0xffff_ffff, at);
  const broken = [
    pemOf(endless),
    ...[0, 10, 30, 60, 120, bytes.length - 1].map((end) => pemOf(bytes.subarray(0, end))),
  ];
  for (const text of broken) {
    await assert.rejects(serviceOf(locked(text, PASSPHRASE)).unwrap(keyFor(recipient, enc)), ProblemError);
    await assert.rejects(ageService([text]).unwrap(keyFor(recipient, enc)), ProblemError);
  }
});

test("keys at their usual places are found with their passphrase, and commands are told for whom", async () => {
  const home = join(folder, "home");
  mkdirSync(join(home, ".ssh"), { recursive: true });
  const { path, recipient } = sshKey("at-home", "-t", "ed25519");
  copyFileSync(path, join(home, ".ssh/id_ed25519"));
  const script = join(folder, "find-key");
  writeFileSync(script, `#!/bin/sh\necho "$SOPS_AGE_RECIPIENT" >> ${join(folder, "asked")}\necho ${native}\n`);
  chmodSync(script, 0o755);
  const io = {
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    stdin: process.stdin,
    cwd: folder,
    signal: new AbortController().signal,
    env: { HOME: home, PATH: process.env["PATH"], AGE_PASSPHRASE: PASSPHRASE, SOPS_AGE_KEY_CMD: script },
  };
  const service = ageService(ageIdentities(io));
  const own = await identityToRecipient(native);
  for (const to of [recipient, own, own]) {
    const enc = await service.wrap(keyFor(to), DATA_KEY);
    assert.deepEqual(Buffer.from(await service.unwrap(keyFor(to, enc))), DATA_KEY);
  }
  assert.equal(readFileSync(join(folder, "asked"), "utf8"), `${recipient}\n${own}\n`);
});
