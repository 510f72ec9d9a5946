/** Data keys wrapped by Google Cloud KMS. */
import { problemError } from "@fairlead/base";
import type { MasterKey } from "../../metadata.ts";
import type { KeyService } from "../types.ts";
import { named } from "./aws-kms.ts";
import { gcpToken } from "./gcp-credentials.ts";
import { callJson, textAt, type CloudDeps } from "./http.ts";

const RESOURCE = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;

export function gcpKmsService(deps: CloudDeps): KeyService {
  return {
    async wrap(key, dataKey) {
      return ask("encrypt", key, { plaintext: Buffer.from(dataKey).toString("base64") }, "ciphertext", deps);
    },
    async unwrap(key) {
      return Buffer.from(await ask("decrypt", key, { ciphertext: key.enc }, "plaintext", deps), "base64");
    },
  };
}

async function ask(
  action: "encrypt" | "decrypt",
  { fields: { resource_id: id = "" } }: MasterKey,
  values: Readonly<Record<string, string>>,
  wanted: string,
  deps: CloudDeps,
): Promise<string> {
  if (!RESOURCE.test(id)) throw problemError("KeyUnusable", `no valid resource ID found in ${JSON.stringify(id)}`);
  try {
    const headers = { authorization: `Bearer ${await gcpToken(deps)}`, "content-type": "application/json" };
    const url = `${endpoint(deps)}/v1/${id.split("/").map(encodeURIComponent).join("/")}:${action}`;
    const answer = await callJson(
      url,
      { method: "POST", headers, body: JSON.stringify(values) },
      "Google Cloud KMS",
      deps,
    );
    const value = textAt(answer, wanted);
    if (value !== "") return value;
    throw problemError("KeyUnusable", "Google Cloud KMS answers without a key");
  } catch (error) {
    throw named(id, error);
  }
}

/** sops' own variables; the host may stand without a scheme there. */
function endpoint({ env }: CloudDeps): string {
  const redirected = env["SOPS_GCP_KMS_ENDPOINT"] || env["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS"];
  if (redirected) return (/^https?:\/\//.test(redirected) ? redirected : `https://${redirected}`).replace(/\/+$/, "");
  return `https://cloudkms.${env["SOPS_GCP_KMS_UNIVERSE_DOMAIN"] || "googleapis.com"}`;
}
