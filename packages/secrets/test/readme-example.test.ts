import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import { openWith, privateKeysIn, readSealedSecret, readSecret, sealSecret, unsealSecret } from "@fairlead/secrets";
import { rsaKeys } from "./support/keys.ts";

test("the README's example opens a sealed file with a backed-up key", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-secrets-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { publicKey, privateKey } = rsaKeys();
  const plain = readSecret({ metadata: { name: "a", namespace: "b" }, data: { key: "dmFsdWU=" } });
  writeFileSync(join(folder, "sealed.yaml"), encodeYaml(sealSecret(plain, { publicKey })));
  writeFileSync(join(folder, "backup.yaml"), privateKey.export({ format: "pem", type: "pkcs8" }));
  const open = openWith(privateKeysIn(readFileSync(join(folder, "backup.yaml"), "utf8")));
  const secret = unsealSecret(readSealedSecret(decodeYaml(readFileSync(join(folder, "sealed.yaml"), "utf8"))), open);
  assert.equal(secret.data?.["key"], "dmFsdWU=");
});
