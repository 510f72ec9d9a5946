/** The keys of whoever runs the command: where sops looks for them. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ageService } from "../../sops/keys/age.ts";
import { pgpService } from "../../sops/keys/pgp.ts";
import type { KeyServices } from "../../sops/keys/types.ts";
import { vaultService } from "../../sops/keys/vault.ts";
import { findAgeIdentities } from "../age-identities.ts";
import type { CommandIo } from "../io.ts";

export async function localKeys(io: CommandIo): Promise<KeyServices> {
  const gpg = io.env["SOPS_GPG_EXEC"];
  const hc_vault = vaultService({
    token: io.env["VAULT_TOKEN"] || (await optional(join(io.env["HOME"] ?? homedir(), ".vault-token"))).trim(),
    namespace: io.env["VAULT_NAMESPACE"],
    allowed: allowedVaults(io.env["SOPS_HC_VAULT_ALLOWLIST"]),
  });
  return {
    age: ageService(() => findAgeIdentities(io)),
    pgp: pgpService({ program: gpg ? gpg : "gpg", env: io.env }),
    hc_vault,
  };
}

function allowedVaults(list: string | undefined): readonly string[] | undefined {
  return list === undefined || list === "all" ? undefined : list.split(",").map((each) => each.trim());
}

async function optional(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
