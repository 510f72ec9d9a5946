import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { vaultService } from "../src/sops/keys/vault.ts";

/** The two transit calls: wraps by writing backwards. */
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString()));
  request.on("end", () => {
    if (request.headers["x-vault-token"] !== "good") return response.writeHead(403).end("{}");
    const body = JSON.parse(text) as { plaintext?: string; ciphertext?: string };
    const turn = (value: string): string => value.split("").reverse().join("");
    const data =
      body.plaintext === undefined
        ? { plaintext: turn((body.ciphertext ?? "").replace("vault:v1:", "")) }
        : { ciphertext: `vault:v1:${turn(body.plaintext)}` };
    return response.end(JSON.stringify({ data }));
  });
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
after(() => server.close());
const vault_address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const key = { kind: "hc_vault" as const, fields: { vault_address, engine_path: "transit", key_name: "k" }, enc: "" };

test("a data key goes through Vault's transit engine and back", async () => {
  const vault = vaultService({ token: "good" });
  const enc = await vault.wrap(key, Buffer.from("data key"));
  assert.match(enc, /^vault:v1:/);
  assert.equal(Buffer.from(await vault.unwrap({ ...key, enc })).toString(), "data key");
});

test("a refusal, no token, and a Vault that is not allowed are told without the token", async () => {
  for (const options of [
    { token: "secret-token" },
    { token: undefined },
    { token: "secret-token", allowed: ["https://vault.example.org"] },
  ]) {
    await assert.rejects(vaultService(options).unwrap({ ...key, enc: "vault:v1:x" }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, "KeyUnusable");
      return !error.message.includes("secret-token");
    });
  }
});
