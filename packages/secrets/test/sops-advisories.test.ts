import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sopsCommand } from "../src/command/sops/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sops-advisories-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const identity = await generateIdentity();
const recipient = await identityToRecipient(identity);

async function sops(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ exit: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const exit = await sopsCommand(args, {
    stdout: { write: (text) => void (out += Buffer.from(text as string).toString("latin1")) },
    stderr: { write: (text) => void (err += text) },
    stdin: Readable.from([]),
    env: { HOME: folder, PATH: process.env["PATH"], SOPS_AGE_KEY: identity, ...env },
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
  });
  return { exit, out, err };
}

const file = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), text, { mode });
  chmodSync(join(folder, name), mode);
  return name;
};

test("Shamir's arithmetic takes no way that depends on a byte: no table and no branch (GHSA-vq4h-9ghm-qmrr)", () => {
  const source = readFileSync(new URL("../src/sops/shamir.ts", import.meta.url), "utf8");
  for (const name of ["multiply", "divide"]) {
    const body = new RegExp(`^function ${name}\\([^]*?^}`, "m").exec(source)?.[0] ?? assert.fail(name);
    const code = body.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    // Its loop runs over bits, as many for every byte.
    assert.equal(/\bif\b|\?|&&|\|\||\[/.test(code), false, code);
    assert.match(code, /bit < BITS/);
  }
});

test("what an editor is given is its owner's alone, and is gone afterwards (sops 3.11: mode of temporary files)", async () => {
  file("edit.yaml", (await sops(["encrypt", "--age", recipient, file("plain.yaml", "a: planted\n")])).out, 0o644);
  const script = file(
    "editor.sh",
    `#!/bin/sh\nstat -c '%a %n' "$1" "$(dirname "$1")" > "${folder}/modes"\necho 'b: more' >> "$1"\n`,
    0o755,
  );
  const edited = await sops(["edit", "edit.yaml"], { SOPS_EDITOR: join(folder, script) });
  assert.equal(edited.exit, 0, edited.err);
  const [own = "", around = ""] = readFileSync(join(folder, "modes"), "utf8").trim().split("\n");
  assert.deepEqual([own.split(" ")[0], around.split(" ")[0]], ["600", "700"]);
  assert.equal(existsSync(own.split(" ")[1] ?? ""), false);
  assert.equal(statSync(join(folder, "edit.yaml")).mode & 0o777, 0o644);
});

test("a binary file is never left readable by a rule (sops 3.11)", async () => {
  file("secret.bin", "planted bytes");
  for (const rule of [
    ["--unencrypted-regex", "."],
    ["--encrypted-regex", "^nothing$"],
    ["--unencrypted-suffix", "a"],
    ["--encrypted-suffix", "nothing"],
  ]) {
    const sealed = await sops(["encrypt", "--age", recipient, ...rule, "secret.bin"]);
    assert.deepEqual([sealed.exit, sealed.out.includes("planted")], [0, false], rule.join(" "));
  }
});

test("no error quotes a value (sops 3.11)", async () => {
  const sealed = (await sops(["encrypt", "--age", recipient, file("plain.yaml", "a: planted-a\nb: 1\n")])).out;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["a: [planted\n", ["encrypt", "--age", recipient]],
    ["a: planted\na: planted\n", ["encrypt", "--age", recipient]],
    ["planted: &x planted\nb: *y\n", ["encrypt", "--age", recipient]],
    ["- planted\n", ["encrypt", "--age", recipient]],
    [sealed.replace(/type:int/, "type:planted"), ["decrypt"]],
    [sealed.replace(/^a: .*$/m, "a: planted"), ["decrypt"]],
    [sealed.replace(/^a: ENC\[AES256_GCM,data:./m, (start) => `${start.slice(0, -1)}#`), ["decrypt"]],
  ];
  for (const [text, args] of cases) {
    const answer = await sops([...args, file("case.yaml", text)]);
    assert.notEqual(answer.exit, 0, text);
    assert.equal(/planted(?!-a\b)/.test(answer.err.replace(/type "planted"/, "")), false, answer.err);
  }
  const set = await sops(["set", file("set.yaml", sealed), '["a"]', "{planted"]);
  assert.deepEqual([set.exit, set.err.includes("planted")], [7, false], set.err);
});

test("a program of the working directory is not run in place of gpg, an editor or a cloud's (sops 3.7.1)", async () => {
  for (const name of ["gpg", "vim", "vi", "nano", "aws", "az"]) file(name, `#!/bin/sh\ntouch "${folder}/ran"\n`, 0o755);
  const env = { PATH: "/nonexistent" };
  await sops(["encrypt", "--pgp", "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4", file("plain.yaml", "a: 1\n")], env);
  await sops(["edit", "new.yaml", "--age", recipient], env);
  const profile = { ...env, AWS_PROFILE: "sso", AWS_EC2_METADATA_DISABLED: "true" };
  await sops(["encrypt", "--kms", "arn:aws:kms:eu-west-1:1:key/k", "plain.yaml"], profile);
  assert.equal(existsSync(join(folder, "ran")), false);
});

test("a Vault that a file names gets the token only when the allowlist says so (sops 3.13: SOPS_HC_VAULT_ALLOWLIST)", async () => {
  for (const list of ["none", "https://vault.example.org", "http://127.0.0.1:99"]) {
    const env = { VAULT_TOKEN: "planted-token", SOPS_HC_VAULT_ALLOWLIST: list };
    const answer = await sops(
      ["encrypt", "--hc-vault-transit", "http://127.0.0.1:9/v1/transit/keys/k", file("plain.yaml", "a: 1\n")],
      env,
    );
    assert.match(answer.err, /SOPS_HC_VAULT_ALLOWLIST does not name it/);
    assert.equal(answer.err.includes("planted"), false);
  }
});
