import assert from "node:assert/strict";
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
  const io = { stdout: { write }, stderr: { write }, stdin: Readable.from([]), env: {}, cwd: folder, signal };
  return { exit: await secretsCommand(["reseal", ...args], io), text };
}

test("a tree is sealed anew as one change: all of it, or nothing when one value does not open", async () => {
  const [old, fresh] = [rsaKeys(), rsaKeys()];
  const times = { notBefore: Date.now() - 1000, notAfter: Date.now() + 3_600_000, commonName: "" };
  writeFileSync(join(folder, "cert.pem"), selfSignedCertificate({ ...fresh, ...times }));
  writeFileSync(join(folder, "old.pem"), old.privateKey.export({ format: "pem", type: "pkcs8" }));
  const sealed = (publicKey: typeof old.publicKey): string => {
    const secret = { metadata: { name: "a", namespace: "ns" }, values: new Map([["k", Buffer.from("planted")]]) };
    return `# kept\n${encodeYaml(sealSecret(secret, { publicKey }))}`;
  };
  const before = sealed(old.publicKey);
  writeFileSync(join(folder, "a.yaml"), before);
  writeFileSync(join(folder, "template.yaml"), "{{ .Values }} SealedSecret");
  writeFileSync(join(folder, "z.yaml"), sealed(fresh.publicKey));
  const refused = await reseal(".", "--cert", "cert.pem", "--key", "old.pem");
  assert.equal(refused.exit, 1);
  assert.match(refused.text, /z\.yaml.*no key could decrypt secret \(k\)/);
  assert.equal(readFileSync(join(folder, "a.yaml"), "utf8"), before);
  rmSync(join(folder, "z.yaml"));
  const done = await reseal(".", "--cert", "cert.pem", "--key", "old.pem");
  assert.deepEqual(done, { exit: 0, text: "a.yaml: 1 value resealed\n" });
  const text = readFileSync(join(folder, "a.yaml"), "utf8");
  assert.ok(text.startsWith("# kept\n"));
  const secret = unsealSecret(readSealedSecret(decodeYaml(text)), openWith([fresh.privateKey]));
  assert.equal(secret.data?.["k"], Buffer.from("planted").toString("base64"));
});
