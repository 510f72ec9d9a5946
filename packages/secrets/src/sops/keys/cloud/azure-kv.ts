/** Data keys wrapped by keys of Azure Key Vault, RSA-OAEP-256. */
import { problemError } from "@fairlead/base";
import type { MasterKey } from "../../metadata.ts";
import type { KeyService } from "../types.ts";
import { named } from "./aws-kms.ts";
import { azureToken } from "./azure-credentials.ts";
import { callJson, textAt, type CloudDeps } from "./http.ts";

const API = "api-version=7.4";
const ALGORITHM = "RSA-OAEP-256";
/** Hosts of vaults end so; tokens go nowhere else, since a file names its vault itself (as getsops/sops 3.13 has it for Vault). */
const HOSTS = [
  "vault.azure.net",
  "vault.azure.cn",
  "vault.usgovcloudapi.net",
  "vault.microsoftazure.de",
  "managedhsm.azure.net",
  "managedhsm.azure.cn",
  "managedhsm.usgovcloudapi.net",
];
/** Vaults elsewhere (a private cloud, an emulator), by the beginnings of their addresses, with commas. */
const ALLOWLIST = "FAIRLEAD_AZURE_VAULTS";

export function azureKeyVaultService(deps: CloudDeps): KeyService {
  return {
    /** A key without a version means the newest, and the file has to say which that was. */
    async complete(key) {
      if (key.fields["version"]) return key;
      const answer = await ask(key, "", undefined, deps);
      const version = textAt(answer, "key", "kid").split("/").at(-1) ?? "";
      return { ...key, fields: { ...key.fields, version } };
    },
    async wrap(key, dataKey) {
      const value = Buffer.from(dataKey).toString("base64url");
      return valueIn(key, await ask(key, "/encrypt", { alg: ALGORITHM, value }, deps));
    },
    async unwrap(key) {
      return Buffer.from(
        valueIn(key, await ask(key, "/decrypt", { alg: ALGORITHM, value: key.enc }, deps)),
        "base64url",
      );
    },
  };
}

async function ask(
  key: MasterKey,
  action: string,
  values: Readonly<Record<string, string>> | undefined,
  deps: CloudDeps,
): ReturnType<typeof callJson> {
  const { vault_url: vault = "", name = "", version = "" } = key.fields;
  try {
    const headers = {
      authorization: `Bearer ${await azureToken(resourceOf(vault, deps), deps)}`,
      "content-type": "application/json",
    };
    const path = [name, ...(version === "" ? [] : [version])].map(encodeURIComponent).join("/");
    const asked =
      values === undefined ? { headers } : ({ method: "POST", headers, body: JSON.stringify(values) } as const);
    return await callJson(`${vault}/keys/${path}${action}?${API}`, asked, "Azure Key Vault", deps);
  } catch (error) {
    throw named(addressOf(key), error);
  }
}

/** What a token for this vault is for. @throws ProblemError KeyUnusable for an address that is no vault's */
function resourceOf(vault: string, { env }: CloudDeps): string {
  const allowed = (env[ALLOWLIST] ?? "").split(",").filter((each) => each !== "");
  if (allowed.some((each) => `${vault}/`.startsWith(each.endsWith("/") ? each : `${each}/`)))
    return "https://vault.azure.net";
  const host = URL.canParse(vault) ? new URL(vault) : undefined;
  const suffix = HOSTS.find((each) => host?.hostname.endsWith(`.${each}`));
  if (host?.protocol === "https:" && suffix !== undefined) return `https://${suffix}`;
  throw problemError("KeyUnusable", `the address is no Azure vault's, and gets no token (${ALLOWLIST} allows others)`);
}

function valueIn(key: MasterKey, answer: Parameters<typeof textAt>[0]): string {
  const value = textAt(answer, "value");
  if (value !== "") return value;
  throw problemError("KeyUnusable", `${addressOf(key)}: Azure Key Vault answers without a key`);
}

function addressOf({ fields }: MasterKey): string {
  return `${fields["vault_url"] ?? ""}/keys/${fields["name"] ?? ""}/${fields["version"] ?? ""}`;
}
