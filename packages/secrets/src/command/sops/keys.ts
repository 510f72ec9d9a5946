/** The keys of whoever runs the command: where sops looks for them. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ageService } from "../../sops/keys/age.ts";
import { pgpService } from "../../sops/keys/pgp.ts";
import type { CloudDeps } from "../../sops/keys/cloud/http.ts";
import { lazily, type KeyServices } from "../../sops/keys/types.ts";
import { vaultService } from "../../sops/keys/vault.ts";
import { ageIdentities } from "../age-identities.ts";
import type { CommandIo } from "../io.ts";

export async function localKeys(io: CommandIo): Promise<KeyServices> {
  const gpg = io.env["SOPS_GPG_EXEC"];
  const hc_vault = vaultService({
    token: io.env["VAULT_TOKEN"] || (await optional(join(io.env["HOME"] ?? homedir(), ".vault-token"))).trim(),
    namespace: io.env["VAULT_NAMESPACE"],
    allowed: allowedVaults(io.env["SOPS_HC_VAULT_ALLOWLIST"]),
  });
  return {
    ...cloudKeys(io),
    age: ageService(ageIdentities(io)),
    pgp: pgpService({ program: gpg ? gpg : "gpg", env: io.env }),
    hc_vault,
  };
}

const PROGRAM_TIMEOUT_MS = 60_000;

/** The clouds' clients are loaded with the first key that is theirs: most files have none. */
function cloudKeys(io: CommandIo): KeyServices {
  const env = io.env;
  const deps: CloudDeps = {
    env,
    readFile: (path) => readFile(resolve(io.cwd, path), "utf8").catch(() => undefined),
    run: async (program, args) => {
      const options = { env: { ...env }, cwd: io.cwd, timeout: PROGRAM_TIMEOUT_MS };
      return promisify(execFile)(program, [...args], options).then(
        ({ stdout }) => stdout,
        () => undefined,
      );
    },
  };
  return {
    kms: lazily(async () => (await import("../../sops/keys/cloud/aws-kms.ts")).awsKmsService(deps)),
    gcp_kms: lazily(async () => (await import("../../sops/keys/cloud/gcp-kms.ts")).gcpKmsService(deps)),
    azure_kv: lazily(async () => (await import("../../sops/keys/cloud/azure-kv.ts")).azureKeyVaultService(deps)),
  };
}

/** `all` (and nothing) is any, `none` is none, else the beginnings of addresses with commas. */
function allowedVaults(list: string | undefined): readonly string[] | undefined {
  if (!list || list === "all") return undefined;
  return list === "none" ? [] : list.split(",").map((each) => each.trim());
}

async function optional(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
