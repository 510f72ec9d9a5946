/** Keys from a Secret, under the names Flux has for its entries (facts/secrets.md §1B). */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject, problemError, type Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { ageIdentitiesIn, ageService } from "./age.ts";
import type { Environment } from "./cloud/http.ts";
import { pgpService } from "./pgp.ts";
import { lazily, type KeyService, type KeyServices } from "./types.ts";
import { vaultService } from "./vault.ts";

/** Ours: the Vaults that may be given the token, with commas. */
const VAULTS = "sops.vault-addresses";

/**
 * What opens files with the keys of a Secret: `*.agekey` (age identities and SSH keys), `*.asc` (PGP keys without a passphrase),
 * `sops.vault-token`, `sops.aws-kms`, `sops.gcp-kms`, `sops.azure-kv`. A file names its Vault itself, and anybody who writes files could
 * have the token sent anywhere, so the Vaults that may have it are named beside it.
 * @param entries the Secret's data, decoded
 * @param send asks Vault and the clouds
 */
export function keysOfSecret(entries: ReadonlyMap<string, string>, send: typeof fetch = fetch): KeyServices {
  const ending = (suffix: string): string[] =>
    [...entries].filter(([name]) => name.endsWith(suffix)).map(([, text]) => text);
  const token = entries.get("sops.vault-token")?.trim();
  const pgpKeys = ending(".asc");
  return {
    age: ageService(ending(".agekey").flatMap(ageIdentitiesIn)),
    ...(pgpKeys.length > 0 && { pgp: pgpOf(pgpKeys) }),
    ...(token && {
      hc_vault: vaultService({
        token,
        allowed: listOf(entries.get(VAULTS)),
        allowedBy: `the Secret's entry ${VAULTS}`,
        fetch: send,
      }),
    }),
    ...cloudsOf(entries, send),
  };
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function cloudsOf(entries: ReadonlyMap<string, string>, send: typeof fetch): KeyServices {
  const aws = entries.get("sops.aws-kms");
  const gcp = entries.get("sops.gcp-kms");
  const azure = entries.get("sops.azure-kv");
  return {
    ...(aws !== undefined && {
      kms: lazily(async () => {
        const env = withCredentials("sops.aws-kms", fieldsOf(aws, AWS), ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
        const { awsKmsService } = await import("./cloud/aws-kms.ts");
        return awsKmsService({ env: { AWS_EC2_METADATA_DISABLED: "true", ...env }, fetch: send });
      }),
    }),
    ...(gcp !== undefined && {
      gcp_kms: lazily(async () => {
        const env = withCredentials("sops.gcp-kms", { GOOGLE_CREDENTIALS: gcp.trim() }, ["GOOGLE_CREDENTIALS"]);
        const { gcpKmsService } = await import("./cloud/gcp-kms.ts");
        return gcpKmsService({ env, fetch: send });
      }),
    }),
    ...(azure !== undefined && { azure_kv: lazily(() => azureOf(azure, send)) }),
  };
}

/** With a client's id alone it is the machine's identity of that id, as in Flux. */
async function azureOf(text: string, send: typeof fetch): Promise<KeyService> {
  const { certificate, ...fields } = fieldsOf(text, AZURE);
  const env = withCredentials("sops.azure-kv", fields, ["AZURE_CLIENT_ID"]);
  const { azureKeyVaultService } = await import("./cloud/azure-kv.ts");
  if (!certificate) return azureKeyVaultService({ env, fetch: send });
  // The one file there is.
  const path = "clientCertificate";
  const readFile = (asked: string): Promise<string | undefined> =>
    Promise.resolve(asked === path ? certificate : undefined);
  return azureKeyVaultService({ env: { ...env, AZURE_CLIENT_CERTIFICATE_PATH: path }, readFile, fetch: send });
}

/**
 * Nothing of this machine's own: its files, programs and environment are not the Secret's, and without credentials of the Secret's own
 * the clouds' clients would go on to the machine's.
 * @throws ProblemError KeyUnusable
 */
function withCredentials(entry: string, env: Environment, wanted: readonly string[]): Environment {
  if (wanted.every((variable) => env[variable])) return env;
  throw problemError("KeyUnusable", `the Secret's entry ${entry} holds no credentials in Flux's form`);
}

const AWS: Readonly<Record<string, string>> = {
  aws_access_key_id: "AWS_ACCESS_KEY_ID",
  aws_secret_access_key: "AWS_SECRET_ACCESS_KEY",
  aws_session_token: "AWS_SESSION_TOKEN",
};
const AZURE: Readonly<Record<string, string>> = {
  tenantId: "AZURE_TENANT_ID",
  clientId: "AZURE_CLIENT_ID",
  clientSecret: "AZURE_CLIENT_SECRET",
  clientCertificate: "certificate",
  authorityHost: "AZURE_AUTHORITY_HOST",
  tenant: "AZURE_TENANT_ID",
  appId: "AZURE_CLIENT_ID",
  password: "AZURE_CLIENT_SECRET",
};

/** Fields of a YAML text as the environment variables that mean the same. What cannot be read gives none. */
function fieldsOf(text: string, names: Readonly<Record<string, string>>): Environment {
  let value: Json = null;
  try {
    value = decodeYaml(text);
  } catch {
    // The text is a secret: nothing about it is told but that it gives no key.
  }
  const fields = isJsonObject(value) ? value : {};
  return Object.fromEntries(
    Object.entries(names).flatMap(([field, variable]) => {
      const found = fields[field];
      return typeof found === "string" ? [[variable, found]] : [];
    }),
  );
}

const GPG = "gpg";
const GPG_TIMEOUT_MS = 30_000;

/** gpg reads keys from a folder alone: it gets one that only we may read, and that is gone with the answer. */
function pgpOf(keys: readonly string[]): KeyService {
  const inside = async <T>(step: (service: KeyService) => Promise<T>): Promise<T> => {
    const home = await mkdtemp(join(tmpdir(), "fairlead-gpg-"));
    const env = { PATH: process.env["PATH"], GNUPGHOME: home };
    try {
      for (const key of keys) await gpg(["--batch", "--import"], env, key);
      return await step(pgpService({ program: GPG, env }));
    } finally {
      await run("gpgconf", ["--kill", "all"], env);
      await rm(home, { recursive: true, force: true });
    }
  };
  return {
    wrap: (key, dataKey) => inside((service) => service.wrap(key, dataKey)),
    unwrap: (key) => inside((service) => service.unwrap(key)),
  };
}

/** A key that cannot be imported opens nothing, which is told where it is wanted. */
function gpg(args: readonly string[], env: Environment, input: string): Promise<void> {
  return run(GPG, args, env, input);
}

function run(program: string, args: readonly string[], env: Environment, input = ""): Promise<void> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { env: { ...env }, timeout: GPG_TIMEOUT_MS }, () => resolve());
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
