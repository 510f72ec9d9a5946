/** Master keys as people write them: in flags, in the environment, in .sops.yaml. */
import { problemError } from "@fairlead/base";
import type { KeyKind, MasterKey } from "../metadata.ts";
import { assertAgeRecipient } from "./age.ts";

export interface KeyExtras {
  /** AWS: bound to the wrapped key. */
  readonly context?: Readonly<Record<string, string>> | undefined;
  readonly awsProfile?: string | undefined;
  /** Written as created_at; RFC 3339. */
  readonly now: string;
}

/** Keys of one kind, separated by commas. @throws ProblemError KeyUnusable for what cannot be a key of the kind */
export function parseKeys(kind: KeyKind, text: string, extras: KeyExtras): MasterKey[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => parseKey(kind, part, extras));
}

function parseKey(kind: KeyKind, text: string, extras: KeyExtras): MasterKey {
  const fields = fieldsOf(kind, text, extras);
  const context =
    kind === "kms" && extras.context && Object.keys(extras.context).length > 0 ? extras.context : undefined;
  const dated = kind === "age" ? fields : { ...fields, created_at: extras.now };
  return { kind, fields: dated, ...(context && { context }), enc: "" };
}

function fieldsOf(kind: KeyKind, text: string, extras: KeyExtras): Record<string, string> {
  switch (kind) {
    case "age":
      assertAgeRecipient(text);
      return { recipient: text };
    case "pgp":
      return { fp: text.replaceAll(" ", "") };
    case "kms": {
      // Paths of roles may hold a plus; only a second ARN begins so.
      const [arn = "", ...role] = text.replaceAll(" ", "").split(/\+(?=arn:)/);
      return { arn, role: role.join("+"), aws_profile: extras.awsProfile ?? "" };
    }
    case "gcp_kms":
      return { resource_id: text.replaceAll(" ", "") };
    case "hckms":
      if (/^[^:]*[^:\s][^:]*:\s*\S/.test(text)) return { key_id: text };
      throw problemError(
        "KeyUnusable",
        `invalid key ID format: expected 'region:key-uuid', got ${JSON.stringify(text)}`,
      );
    case "azure_kv":
      return azureFields(text);
    case "hc_vault":
      return vaultFields(text);
  }
}

function azureFields(text: string): Record<string, string> {
  const [, vault_url, name, version] = /^(https?:\/\/[^/]+)\/keys\/([^/]+)(?:\/([^/]*))?$/.exec(text) ?? [];
  if (vault_url === undefined || name === undefined) throw unfit(text, "https://VAULT/keys/NAME/VERSION");
  return { vault_url, name, version: version ?? "" };
}

function vaultFields(text: string): Record<string, string> {
  const [, vault_address, engine_path, key_name] = /^(https?:\/\/[^/]+)\/v1\/(.+)\/keys\/([^/]+)\/?$/.exec(text) ?? [];
  if (vault_address === undefined || engine_path === undefined || key_name === undefined) {
    throw unfit(text, "https://VAULT:8200/v1/ENGINE/keys/NAME");
  }
  return { vault_address, engine_path, key_name };
}

function unfit(text: string, hint: string): Error {
  return problemError("KeyUnusable", `${JSON.stringify(text)} names no key`, { hint });
}

/** How a key is called in lists and messages. */
export function nameOfKey({ kind, fields, context = {} }: MasterKey): string {
  const at = (name: string): string => fields[name] ?? "";
  switch (kind) {
    case "age":
      return at("recipient");
    case "pgp":
      return at("fp");
    case "kms":
      return nameOfAwsKey(at("arn"), at("role"), context, at("aws_profile"));
    case "gcp_kms":
      return at("resource_id");
    case "hckms":
      return at("key_id");
    case "azure_kv":
      return `${at("vault_url")}/keys/${at("name")}/${at("version")}`;
    case "hc_vault":
      return `${at("vault_address")}/v1/${at("engine_path")}/keys/${at("key_name")}`;
  }
}

/** The context is part of the key: without it, or with another, AWS does not open what it wrapped. */
function nameOfAwsKey(arn: string, role: string, context: Readonly<Record<string, string>>, profile: string): string {
  const pairs = Object.keys(context)
    .sort()
    .map((key) => `${key}:${context[key] ?? ""}`)
    .join(",");
  const name = role === "" ? arn : `${arn}+${role}`;
  if (profile !== "") return `${name}|${pairs}|${profile}`;
  return pairs === "" ? name : `${name}|${pairs}`;
}
