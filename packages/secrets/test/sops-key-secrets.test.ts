import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { keysOfSecret } from "../src/sops/keys/of-secret.ts";
import { parseKeys } from "../src/sops/keys/parse.ts";
import type { KeyKind, MasterKey } from "../src/sops/metadata.ts";

const DATA_KEY = Buffer.from("planted-data-key");
const keyOf = (kind: KeyKind, text: string): MasterKey =>
  parseKeys(kind, text, { now: "2026-01-02T03:04:05Z" })[0] ?? assert.fail();

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Reply = (asked: Asked) => object | undefined;

/** The clouds by their public REST: what comes to another address is not answered. */
function network(reply: Reply): { readonly asked: Asked[]; readonly send: typeof fetch } {
  const asked: Asked[] = [];
  const send = ((url: string | URL | Request, init: RequestInit = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const each = { url: String(url), headers, body: typeof init.body === "string" ? init.body : "" };
    asked.push(each);
    const answer = reply(each);
    return answer === undefined
      ? Promise.reject(new TypeError("fetch failed"))
      : Promise.resolve(Response.json(answer));
  }) as typeof fetch;
  return { asked, send };
}

const ARN = "arn:aws:kms:eu-west-1:111122223333:key/k";
const GCP = "projects/p/locations/global/keyRings/r/cryptoKeys/k";
const AZURE = "https://v.vault.azure.net/keys/k/1";
const VAULT = "https://vault.example.org/v1/transit/keys/k";
const pemKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
const ACCOUNT = JSON.stringify({
  type: "service_account",
  client_email: "a@p.iam.gserviceaccount.com",
  private_key: pemKey,
  token_uri: "https://oauth2.googleapis.com/token",
});

const reply: Reply = ({ url, headers, body }) => {
  if (url === "https://kms.eu-west-1.amazonaws.com/") {
    const fields = JSON.parse(body) as Record<string, string>;
    assert.match(headers["authorization"] ?? "", /Credential=AKIDSECRET\//);
    return { CiphertextBlob: fields["Plaintext"], Plaintext: fields["CiphertextBlob"] };
  }
  if (url === "https://oauth2.googleapis.com/token") return { access_token: "google-token", expires_in: 3600 };
  if (url.startsWith("https://cloudkms.googleapis.com/v1/projects/p/")) {
    assert.equal(headers["authorization"], "Bearer google-token");
    const fields = JSON.parse(body) as Record<string, string>;
    return { ciphertext: fields["plaintext"], plaintext: fields["ciphertext"] };
  }
  if (/^https:\/\/login\.(?:microsoftonline\.com|example\.org)\/tenant\//.test(url)) {
    assert.match(body, /client_id=client/);
    return { access_token: "azure-token" };
  }
  if (url.startsWith("https://v.vault.azure.net/keys/k/1/")) {
    assert.equal(headers["authorization"], "Bearer azure-token");
    return { value: (JSON.parse(body) as { value: string }).value };
  }
  if (url.startsWith("https://vault.example.org/v1/transit/")) {
    assert.equal(headers["x-vault-token"], "vault-token");
    const fields = JSON.parse(body) as Record<string, string>;
    return { data: { ciphertext: fields["plaintext"], plaintext: fields["ciphertext"] } };
  }
  return undefined;
};

/** Entries as Flux's documentation has them. */
const ENTRIES: readonly (readonly [kind: KeyKind, key: string, entries: Readonly<Record<string, string>>])[] = [
  ["kms", ARN, { "sops.aws-kms": "aws_access_key_id: AKIDSECRET\naws_secret_access_key: s\naws_session_token: t\n" }],
  ["gcp_kms", GCP, { "sops.gcp-kms": ACCOUNT }],
  ["azure_kv", AZURE, { "sops.azure-kv": "tenantId: tenant\nclientId: client\nclientSecret: s\n" }],
  ["azure_kv", AZURE, { "sops.azure-kv": '{"appId":"client","tenant":"tenant","password":"s"}' }],
  [
    "azure_kv",
    AZURE,
    {
      "sops.azure-kv":
        "tenantId: tenant\nclientId: client\nclientSecret: s\nauthorityHost: https://login.example.org/\n",
    },
  ],
  ["hc_vault", VAULT, { "sops.vault-token": "vault-token\n", "sops.vault-addresses": "https://vault.example.org" }],
];

test("a Secret's entries in Flux's form are the keys of Vault and the clouds", async () => {
  for (const [kind, text, entries] of ENTRIES) {
    const { send } = network(reply);
    const service = keysOfSecret(new Map(Object.entries(entries)), send)[kind] ?? assert.fail(kind);
    const key = keyOf(kind, text);
    const enc = await service.wrap(key, DATA_KEY);
    assert.deepEqual(Buffer.from(await service.unwrap({ ...key, enc })), DATA_KEY, kind);
  }
});

test("without credentials of its own a Secret does not get the machine's, and is told by the entry's name", async () => {
  for (const [kind, text, name, entry] of [
    ["kms", ARN, "sops.aws-kms", "aws_access_key_id: AKID\n"],
    ["kms", ARN, "sops.aws-kms", "planted: [\n"],
    ["gcp_kms", GCP, "sops.gcp-kms", "\n"],
    ["azure_kv", AZURE, "sops.azure-kv", "tenantId: tenant\n"],
    ["azure_kv", AZURE, "sops.azure-kv", "planted"],
  ] as const) {
    const { asked, send } = network(() => ({ access_token: "the machine's", AccessKeyId: "the machine's" }));
    const service = keysOfSecret(new Map([[name, entry]]), send)[kind] ?? assert.fail(kind);
    await assert.rejects(service.unwrap({ ...keyOf(kind, text), enc: "eA==" }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.match(error.message, new RegExp(`entry ${name.replace(".", "\\.")} holds no credentials`));
      return !error.message.includes("planted");
    });
    assert.equal(asked.length, 0, `${kind} ${entry}`);
  }
});

test("a Vault that the Secret does not name does not get its token", async () => {
  for (const addresses of [undefined, "https://vault.example.com", "https://vault.example.org.evil.net"]) {
    const { asked, send } = network(reply);
    const entries = new Map([["sops.vault-token", "vault-token"]]);
    if (addresses !== undefined) entries.set("sops.vault-addresses", addresses);
    const service = keysOfSecret(entries, send).hc_vault ?? assert.fail();
    await assert.rejects(
      service.unwrap({ ...keyOf("hc_vault", VAULT), enc: "x" }),
      /the Secret's entry sops\.vault-addresses does not name it/,
    );
    assert.equal(asked.length, 0);
  }
});

const hasGpg = ((): boolean => {
  try {
    execFileSync("gpg", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test("PGP keys of a Secret open what gpg wraps for them", { skip: !hasGpg && "there is no gpg here" }, async () => {
  const home = mkdtempSync(join(tmpdir(), "gpg-"));
  const env = { PATH: process.env["PATH"], GNUPGHOME: home };
  const gpg = (...args: string[]): string =>
    execFileSync("gpg", ["--batch", "--quiet", ...args], { env, stdio: ["ignore", "pipe", "ignore"] }).toString();
  try {
    const entries = ["one", "two"].map((name) => {
      gpg(
        "--passphrase",
        "",
        "--pinentry-mode",
        "loopback",
        "--quick-gen-key",
        name,
        "future-default",
        "default",
        "never",
      );
      const fp = /^fpr:+([0-9A-F]+):/m.exec(gpg("--list-keys", "--with-colons", name))?.[1] ?? assert.fail();
      return { fp, armored: gpg("--armor", "--export-secret-keys", fp) };
    });
    const [one, two] = entries;
    const service = keysOfSecret(
      new Map([
        ["two.asc", two?.armored ?? ""],
        ["one.asc", one?.armored ?? ""],
      ]),
    ).pgp;
    for (const { fp } of entries) {
      const enc = (await service?.wrap(keyOf("pgp", fp), DATA_KEY)) ?? assert.fail();
      assert.match(enc, /^-----BEGIN PGP MESSAGE-----/);
      assert.deepEqual(Buffer.from((await service?.unwrap({ ...keyOf("pgp", fp), enc })) ?? []), DATA_KEY);
      const other = keysOfSecret(new Map([["a.asc", (fp === one?.fp ? two?.armored : one?.armored) ?? ""]])).pgp;
      await assert.rejects(
        other?.unwrap({ ...keyOf("pgp", fp), enc }) ?? assert.fail(),
        /gpg has no key that opens it/,
      );
    }
  } finally {
    execFileSync("gpgconf", ["--kill", "all"], { env });
    rmSync(home, { recursive: true, force: true });
  }
});
