import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { selfSignedCertificate } from "../src/sealed/certificate.ts";
import { openWith, readSealedSecret, sealSecret, unsealSecret } from "@fairlead/secrets";
import { secretsCommand } from "@fairlead/secrets/command";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import { rsaKeys } from "./support/keys.ts";

const folder = mkdtempSync(join(tmpdir(), "reseal-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function reseal(...args: readonly string[]): Promise<{ exit: number; text: string }> {
  let text = "";
  const write = (part: string | Uint8Array): void => void (text += String(part));
  const signal = AbortSignal.timeout(30_000);
  const io = {
    stdout: { write },
    stderr: { write },
    stdin: Readable.from([]),
    env: { PATH: process.env["PATH"], HOME: folder },
    cwd: folder,
    signal,
  };
  return { exit: await secretsCommand(["reseal", ...args], io), text };
}

const [old, fresh] = [rsaKeys(), rsaKeys()];
const times = { notBefore: Date.now() - 1000, notAfter: Date.now() + 3_600_000, commonName: "" };
writeFileSync(join(folder, "cert.pem"), selfSignedCertificate({ ...fresh, ...times }));
writeFileSync(join(folder, "old.pem"), old.privateKey.export({ format: "pem", type: "pkcs8" }));
writeFileSync(
  join(folder, "both.pem"),
  [old, fresh].map(({ privateKey }) => privateKey.export({ format: "pem", type: "pkcs1" })).join(""),
);

const sealedBy = (publicKey: typeof old.publicKey): string => {
  const secret = { metadata: { name: "a", namespace: "ns" }, values: new Map([["k", Buffer.from("planted")]]) };
  return `# kept\n${encodeYaml(sealSecret(secret, { publicKey }))}`;
};

const valueIn = (text: string): string | undefined =>
  unsealSecret(readSealedSecret(decodeYaml(text)), openWith([fresh.privateKey])).data?.["k"];
const PLANTED = Buffer.from("planted").toString("base64");

test("a tree is sealed anew as one change: all of it, or nothing when one value does not open", async () => {
  const before = sealedBy(old.publicKey);
  writeFileSync(join(folder, "a.yaml"), before);
  writeFileSync(join(folder, "template.yaml"), "{{ .Values }} SealedSecret {{");
  writeFileSync(join(folder, "z.yaml"), sealedBy(fresh.publicKey));
  const refused = await reseal(".", "--cert", "cert.pem", "--key", "old.pem");
  assert.equal(refused.exit, 1);
  assert.match(refused.text, /z\.yaml.*no key could decrypt secret \(k\)/);
  assert.equal(readFileSync(join(folder, "a.yaml"), "utf8"), before);
  const kept = readFileSync(join(folder, "z.yaml"), "utf8");
  const done = await reseal(".", "--cert", "cert.pem", "--key", "both.pem");
  assert.deepEqual([done.exit, done.text.includes("a.yaml: 1 value resealed\n")], [0, true], done.text);
  assert.match(done.text, /template\.yaml names SealedSecret and is no YAML/);
  const text = readFileSync(join(folder, "a.yaml"), "utf8");
  assert.ok(text.startsWith("# kept\n"));
  assert.equal(valueIn(text), PLANTED);
  // What the newest key has sealed already makes no change.
  assert.equal(readFileSync(join(folder, "z.yaml"), "utf8"), kept);
  const again = await reseal(".", "--cert", "cert.pem", "--key", "both.pem");
  assert.match(again.text, /everything is sealed with the newest key/);
  await reseal(".", "--cert", "cert.pem", "--key", "both.pem", "--all");
  assert.notEqual(readFileSync(join(folder, "z.yaml"), "utf8"), kept);
  for (const name of ["a.yaml", "z.yaml", "template.yaml"]) rmSync(join(folder, name));
});

test("values in lists, in several documents and broken over lines are found; a report tells each one's key", async () => {
  const one = sealedBy(old.publicKey);
  const { encryptedData } = (decodeYaml(one) as { spec: { encryptedData: { k: string } } }).spec;
  const folded = one.replace(encryptedData.k, `>-\n      ${encryptedData.k.replace(/(.{40})/g, "$1\n      ").trim()}`);
  // A folded line end is a blank, which base64 has no place for: literal blocks are what people write.
  const literal = folded.replace(">-", "|-");
  const list = encodeYaml({ apiVersion: "v1", kind: "List", items: [decodeYaml(one)] });
  writeFileSync(join(folder, "m.yaml"), `${one}---\n${literal}`);
  writeFileSync(join(folder, "list.yaml"), list);
  const report = await reseal(".", "--cert", "cert.pem", "--key", "both.pem", "--report");
  assert.equal(report.text.match(/ns\/a: k: key [0-9a-f]{16}\n/g)?.length, 3, report.text);
  const done = await reseal(".", "--cert", "cert.pem", "--key", "both.pem");
  assert.match(done.text, /m\.yaml: 2 values resealed/);
  assert.match(done.text, /list\.yaml: 1 value resealed/);
  const [, second = ""] = readFileSync(join(folder, "m.yaml"), "utf8").split("---\n");
  assert.equal(valueIn(second), PLANTED);
  for (const name of ["m.yaml", "list.yaml"]) rmSync(join(folder, name));
});

test("a commit is made of the changed files and no others", async () => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.com", ...args]).toString();
  git("init", "-q", "-b", "main");
  git("config", "user.name", "a");
  git("config", "user.email", "a@example.com");
  writeFileSync(join(folder, "a.yaml"), sealedBy(old.publicKey));
  writeFileSync(join(folder, "b.txt"), "1");
  git("add", "a.yaml", "b.txt");
  git("commit", "-qm", "one");
  writeFileSync(join(folder, "b.txt"), "2");
  git("add", "b.txt");
  const done = await reseal(".", "--cert", "cert.pem", "--key", "both.pem", "--commit", "Reseal");
  assert.equal(done.exit, 0, done.text);
  assert.equal(git("show", "--format=%s", "--name-only").trim().replace(/\n+/g, " "), "Reseal a.yaml");
});
