/** The `sops` part of a file: who can open it, what is encrypted, and the MAC. */
import { ProblemError, type Problem } from "@fairlead/base";
import type { CryptRules } from "./crypt.ts";
import { RULE_FIELDS, UNENCRYPTED_SUFFIX_DEFAULT } from "./rules.ts";
import { Branch, type TreeElement, type TreeValue } from "./tree.ts";

/** The version of the format we write; readers go by it (before 3.13.2 JSON numbers were all floats). */
export const FORMAT_VERSION = "3.13.3";

/** The kinds of master keys, as they are named in files, and in the order sops has them in a group. */
export const KEY_KINDS = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp", "age"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** One master key and the data key (or a share of it) wrapped for it. */
export interface MasterKey {
  readonly kind: KeyKind;
  /** What identifies the key, under the names the file has: recipient; arn, role, aws_profile; resource_id; vault_url, name, version; … */
  readonly fields: Readonly<Record<string, string>>;
  /** AWS's encryption context. */
  readonly context?: Readonly<Record<string, string>>;
  /** The wrapped data key in the kind's own form; "" when it is yet to be made. */
  readonly enc: string;
}

export type KeyGroup = readonly MasterKey[];

export interface Metadata extends CryptRules {
  /** One group: each of its keys opens the file. More: shares of the data key, of which `shamirThreshold` are needed. */
  readonly keyGroups: readonly KeyGroup[];
  /** 0: as many as there are groups. */
  readonly shamirThreshold: number;
  /** RFC 3339, seconds, UTC. */
  readonly lastModified: string;
  /** Encrypted; "" for none. */
  readonly mac: string;
  readonly version: string;
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** @throws ProblemError InvalidSopsFile with every fault */
export function readMetadata(part: Branch | undefined, file?: string): Metadata {
  const problems: Problem[] = [];
  const fault = (message: string): void =>
    void problems.push({ code: "InvalidSopsFile", message: `sops: ${message}`, file });
  const branch = part ?? new Branch([]);
  if (part === undefined) fault("the file has no metadata: it is not encrypted");
  const rules = Object.fromEntries(
    RULE_FIELDS.map(([name, field]) => [field, textAt(branch, name)]).filter(([, text]) => text),
  );
  if (Object.keys(rules).length > 1) {
    fault(`only one of ${RULE_FIELDS.map(([name]) => name).join(", ")} may be set`);
  }
  const groups = branch.get("key_groups");
  const inline = readGroup(branch, fault);
  const isListed = inline.length === 0 && Array.isArray(groups) && groups.length > 0;
  const keyGroups = isListed ? groups.map((group) => readListed(group as TreeElement, fault)) : [inline];
  if (part !== undefined && !isListed && inline.length === 0) fault("No keys found in file");
  const threshold = Number(textAt(branch, "shamir_threshold") || 0);
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > 255)
    fault("shamir_threshold is no number of groups");
  const lastModified = textAt(branch, "lastmodified");
  if (part !== undefined && !RFC3339.test(lastModified)) fault("lastmodified is no time of RFC 3339");
  if (problems.length > 0) throw new ProblemError(problems);
  return {
    ...(Object.keys(rules).length > 0 ? rules : { unencryptedSuffix: UNENCRYPTED_SUFFIX_DEFAULT }),
    macOnlyEncrypted: /^true$/i.test(textAt(branch, "mac_only_encrypted")),
    keyGroups,
    shamirThreshold: threshold,
    lastModified,
    mac: textAt(branch, "mac"),
    version: textAt(branch, "version"),
  };
}

/** Formats without types (dotenv, ini) give everything as text, so everything is read as text. */
function textAt(branch: Branch, key: string): string {
  const value = branch.get(key);
  if (value === undefined || value === null || value instanceof Branch || Array.isArray(value)) return "";
  return typeof value === "object" ? (value as { readonly text: string }).text : String(value);
}

function readListed(group: TreeElement, fault: (message: string) => void): KeyGroup {
  if (group instanceof Branch) return readGroup(group, fault);
  fault("an entry of key_groups is no mapping");
  return [];
}

function readGroup(branch: Branch, fault: (message: string) => void): KeyGroup {
  return KEY_KINDS.flatMap((kind) => {
    const list = branch.get(kind);
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) {
      fault(`${kind} is no list`);
      return [];
    }
    return (list as readonly TreeElement[]).flatMap((element) => {
      if (element instanceof Branch) {
        // age's have no date.
        if (kind !== "age" && !RFC3339.test(textAt(element, "created_at")))
          fault(`created_at of a ${kind} key is no time of RFC 3339`);
        return [readKey(kind, element)];
      }
      fault(`an entry of ${kind} is no mapping`);
      return [];
    });
  });
}

function readKey(kind: KeyKind, branch: Branch): MasterKey {
  const fields: [string, string][] = [];
  for (const { key } of branch.entries()) {
    if (key !== "enc" && key !== "context") fields.push([key, textAt(branch, key)]);
  }
  const context = branch.get("context");
  const pairs =
    context instanceof Branch ? context.entries().map(({ key }): [string, string] => [key, textAt(context, key)]) : [];
  return {
    kind,
    fields: Object.fromEntries(fields),
    ...(pairs.length > 0 && { context: Object.fromEntries(pairs) }),
    enc: textAt(branch, "enc"),
  };
}

/** Sorted by name, what is empty left out, as sops writes it. */
export function writeMetadata(metadata: Metadata): Branch {
  const { keyGroups, shamirThreshold, lastModified, mac, version } = metadata;
  const [only = []] = keyGroups;
  const entries: Record<string, TreeValue | undefined> = {
    ...(keyGroups.length > 1 ? { key_groups: keyGroups.map(groupBranch) } : groupLists(only)),
    ...(shamirThreshold > 0 && { shamir_threshold: BigInt(shamirThreshold) }),
    lastmodified: lastModified,
    mac,
    ...(metadata.macOnlyEncrypted === true && { mac_only_encrypted: true }),
    version,
  };
  for (const [name, field] of RULE_FIELDS) {
    if (metadata[field]) entries[name] = metadata[field];
  }
  return branchOf(entries);
}

/** In a group of several, the list of Vault's keys is there even when it is empty: sops writes it so. */
function groupBranch(group: KeyGroup): Branch {
  return branchOf({ hc_vault: [], ...groupLists(group) });
}

function groupLists(group: KeyGroup): Record<string, TreeValue> {
  const lists: Record<string, TreeValue> = {};
  for (const kind of KEY_KINDS) {
    const keys = group.filter((key) => key.kind === kind);
    if (keys.length > 0) lists[kind] = keys.map(keyBranch);
  }
  return lists;
}

/** An AWS profile is written though there is none: sops does so. */
function keyBranch({ kind, fields, context, enc }: MasterKey): Branch {
  const all = kind === "kms" ? { aws_profile: "", ...fields } : fields;
  const filled = Object.entries(all).filter(([name, text]) => text !== "" || name === "aws_profile");
  return branchOf({ ...Object.fromEntries(filled), enc, ...(context && { context: branchOf(context) }) });
}

function branchOf(entries: Readonly<Record<string, TreeValue | undefined>>): Branch {
  const keys = Object.keys(entries).sort();
  return new Branch(keys.flatMap((key) => (entries[key] === undefined ? [] : [{ key, value: entries[key] }])));
}
