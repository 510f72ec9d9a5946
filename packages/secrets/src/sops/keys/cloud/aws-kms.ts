/** Data keys wrapped by AWS KMS. */
import { problemError } from "@fairlead/base";
import type { MasterKey } from "../../metadata.ts";
import type { KeyService } from "../types.ts";
import { awsCredentials, awsEndpoint, signed } from "./aws-credentials.ts";
import { callJson, textAt, type CloudDeps } from "./http.ts";

const ARN = /^arn:aws[\w-]*:kms:(.+):[0-9]+:(?:key|alias)\/.+$/;

export function awsKmsService(deps: CloudDeps): KeyService {
  return {
    async wrap(key, dataKey) {
      return ask("Encrypt", key, { Plaintext: Buffer.from(dataKey).toString("base64") }, "CiphertextBlob", deps);
    },
    async unwrap(key) {
      return Buffer.from(await ask("Decrypt", key, { CiphertextBlob: key.enc }, "Plaintext", deps), "base64");
    },
  };
}

async function ask(
  action: "Encrypt" | "Decrypt",
  { fields, context }: MasterKey,
  values: Readonly<Record<string, string>>,
  wanted: string,
  deps: CloudDeps,
): Promise<string> {
  const { arn = "", role = "", aws_profile: profile = "" } = fields;
  const region = ARN.exec(arn)?.[1];
  if (region === undefined) throw problemError("KeyUnusable", `no valid ARN found in ${JSON.stringify(arn)}`);
  try {
    const keys = await awsCredentials({ profile, role, region }, deps);
    const url = `${awsEndpoint("kms", region, deps)}/`;
    const body = JSON.stringify({ KeyId: arn, ...values, ...(context && { EncryptionContext: context }) });
    const plain = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` };
    const headers = await signed({ url, headers: plain, body, service: "kms", region }, keys, deps);
    const value = textAt(await callJson(url, { method: "POST", headers, body }, "AWS KMS", deps), wanted);
    if (value !== "") return value;
    throw problemError("KeyUnusable", "AWS KMS answers without a key");
  } catch (error) {
    throw named(arn, error);
  }
}

/** The problem with the key's name before it. */
export function named(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "ProblemError") return error;
  const { problems } = error as Error & { readonly problems: readonly { readonly message: string }[] };
  return problemError("KeyUnusable", `${name}: ${problems.map(({ message }) => message).join("; ")}`);
}
