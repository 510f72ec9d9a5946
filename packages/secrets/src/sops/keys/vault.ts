/** Data keys wrapped by Vault's (or OpenBao's) transit engine, over its HTTP API. */
import { isJsonObject, problemError, type Json } from "@fairlead/base";
import type { MasterKey } from "../metadata.ts";
import type { KeyService } from "./types.ts";

const TIMEOUT_MS = 30_000;

export interface VaultOptions {
  readonly token: string | undefined;
  readonly namespace?: string | undefined;
  /**
   * Beginnings of addresses that may be given the token. A file names its Vault itself, so a stranger's file could have the token sent to a
   * stranger's server (getsops/sops 3.13); undefined: any.
   */
  readonly allowed?: readonly string[] | undefined;
  /** What names them, for who has to name one more: SOPS_HC_VAULT_ALLOWLIST unless said otherwise. */
  readonly allowedBy?: string;
  readonly fetch?: typeof fetch;
}

export function vaultService(options: VaultOptions): KeyService {
  return {
    async wrap(key, dataKey) {
      const plaintext = Buffer.from(dataKey).toString("base64");
      const wrapped = await ask(key, "encrypt", { plaintext }, "ciphertext", options);
      return wrapped;
    },
    async unwrap(key) {
      return Buffer.from(await ask(key, "decrypt", { ciphertext: key.enc }, "plaintext", options), "base64");
    },
  };
}

async function ask(
  { fields: { vault_address = "", engine_path = "", key_name = "" } }: MasterKey,
  action: "encrypt" | "decrypt",
  body: Readonly<Record<string, string>>,
  field: string,
  { token, namespace, allowed, allowedBy = "SOPS_HC_VAULT_ALLOWLIST", fetch: send = fetch }: VaultOptions,
): Promise<string> {
  const name = `${vault_address}/v1/${engine_path}/keys/${key_name}`;
  const unusable = (why: string): Error => problemError("KeyUnusable", `${name}: ${why}`);
  if (!token) throw unusable("there is no Vault token (VAULT_TOKEN, or ~/.vault-token)");
  if (allowed !== undefined && !allowed.some((each) => `${vault_address}/`.startsWith(each.replace(/\/?$/, "/"))))
    throw unusable(`${allowedBy} does not name it`);
  const url = `${vault_address}/v1/${engine_path}/${action}/${encodeURIComponent(key_name)}`;
  const headers = { "x-vault-token": token, ...(namespace && { "x-vault-namespace": namespace }) };
  let answer: Json;
  try {
    // A redirect could carry the token elsewhere.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await send(url, { method: "PUT", headers, body: JSON.stringify(body), redirect: "error", signal });
    if (!response.ok) throw unusable(`Vault answers ${response.status}`);
    answer = (await response.json()) as Json;
  } catch (error) {
    if (error instanceof Error && error.name === "ProblemError") throw error;
    throw unusable("Vault does not answer");
  }
  const data = isJsonObject(answer) && isJsonObject(answer["data"]) ? answer["data"] : {};
  const value = data[field];
  if (typeof value !== "string") throw unusable("Vault's answer holds no key");
  return value;
}
