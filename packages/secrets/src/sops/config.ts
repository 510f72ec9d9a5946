/** .sops.yaml: which files are encrypted for which keys, and by which rules. */
import { isJsonObject, ProblemError, problemError, type Json, type JsonObject, type Problem } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { RE2JS } from "re2js";
import { nameOfKey, parseKeys, type KeyExtras } from "./keys/parse.ts";
import type { KeyGroup, KeyKind, MasterKey } from "./metadata.ts";
import type { SelectionRules } from "./rules.ts";
import type { StoreSettings } from "./stores/index.ts";

export interface SopsConfig {
  readonly rules: readonly CreationRule[];
  readonly stores: StoreSettings;
}

export interface CreationRule extends SelectionRules {
  /** Unanchored RE2 over the file's path, from where the config file is; none fits every file. */
  readonly pathRegex: string;
  readonly macOnlyEncrypted: boolean;
  readonly shamirThreshold: number;
  readonly keyGroups: readonly KeyGroup[];
  /** What is wrong with it. Told when it is the one that fits: another file's rule is no reason to refuse this one. */
  readonly faults: readonly Problem[];
}

/** Fields of rules and groups by the kind of key they hold. */
const KEY_FIELDS: Readonly<Record<string, KeyKind>> = {
  age: "age",
  pgp: "pgp",
  kms: "kms",
  gcp_kms: "gcp_kms",
  azure_keyvault: "azure_kv",
  hc_vault_transit_uri: "hc_vault",
  hc_vault: "hc_vault",
  hckms: "hckms",
};

const RULE_FIELDS = [
  ["unencrypted_suffix", "unencryptedSuffix"],
  ["encrypted_suffix", "encryptedSuffix"],
  ["unencrypted_regex", "unencryptedRegex"],
  ["encrypted_regex", "encryptedRegex"],
  ["unencrypted_comment_regex", "unencryptedCommentRegex"],
  ["encrypted_comment_regex", "encryptedCommentRegex"],
] as const;

/** How many groups may be merged into groups: the file is a person's, its nesting need not be trusted. */
const MERGE_DEPTH_MAX = 16;

/** @param now for created_at of keys, RFC 3339 @throws ProblemError InvalidSopsConfig for what is no YAML */
export function parseSopsConfig(text: string, now: string, file?: string): SopsConfig {
  const { documents, problems } = decodeDocuments(text, file === undefined ? {} : { file });
  const [first] = problems;
  if (first) throw problemError("InvalidSopsConfig", `error loading config: ${first.message}`, first);
  const root = documents[0]?.value;
  return {
    rules: listOf(isJsonObject(root) ? root["creation_rules"] : undefined).map((rule) => ruleOf(rule, now, file)),
    stores: storesOf(isJsonObject(root) ? root["stores"] : undefined),
  };
}

function ruleOf(value: Json, now: string, file: string | undefined): CreationRule {
  const faults: Problem[] = [];
  const reader = new ConfigReader(now, (message) => faults.push({ code: "InvalidSopsConfig", message, file }));
  return { ...reader.rule(value), faults };
}

/**
 * The first rule that fits.
 * @param path '/'-separated, from the folder of the config file
 * @throws ProblemError InvalidSopsConfig with every fault of that rule, or of one before it whose regular expression is none
 */
export function ruleFor(config: SopsConfig, path: string): CreationRule | undefined {
  for (const rule of config.rules) {
    const { pathRegex, faults } = rule;
    const isBroken = !isRegex(pathRegex);
    if (!isBroken && pathRegex !== "" && !RE2JS.compile(pathRegex).matcher(path).find()) continue;
    if (faults.length > 0) throw new ProblemError(faults);
    return rule;
  }
  return undefined;
}

class ConfigReader {
  readonly #now: string;
  readonly #fault: (message: string) => void;

  constructor(now: string, fault: (message: string) => void) {
    this.#now = now;
    this.#fault = fault;
  }

  rule(value: Json): Omit<CreationRule, "faults"> {
    if (!isJsonObject(value)) this.#fault("an entry of creation_rules is no mapping");
    const rule = isJsonObject(value) ? value : {};
    const pathRegex = textOf(rule["path_regex"]);
    if (!isRegex(pathRegex)) this.#fault(`can not compile regexp ${JSON.stringify(pathRegex)}`);
    const chosen = RULE_FIELDS.map(([name, field]) => [field, textOf(rule[name])] as const).filter(([, text]) => text);
    if (chosen.length > 1) {
      const names = RULE_FIELDS.map(([name]) => name).join(", ");
      this.#fault(`error loading config: cannot use more than one of ${names} for the same rule`);
    }
    const groups = listOf(rule["key_groups"]);
    return {
      pathRegex,
      ...Object.fromEntries(chosen),
      macOnlyEncrypted: rule["mac_only_encrypted"] === true,
      shamirThreshold: Number(textOf(rule["shamir_threshold"]) || 0),
      keyGroups:
        // Only in groups does sops take a key that comes twice for one.
        groups.length > 0 ? groups.map((group) => distinct(this.#group(group, 0))) : [this.#keys(rule)],
    };
  }

  #group(value: Json, depth: number): MasterKey[] {
    if (!isJsonObject(value) || depth > MERGE_DEPTH_MAX) {
      this.#fault("an entry of key_groups is no mapping");
      return [];
    }
    // What is merged in comes first, as in sops.
    return [...listOf(value["merge"]).flatMap((group) => this.#group(group, depth + 1)), ...this.#keys(value)];
  }

  /** A field is text with commas, a list of such texts, or a list of mappings with the parts of a key. */
  #keys(source: JsonObject): MasterKey[] {
    return Object.entries(KEY_FIELDS).flatMap(([field, kind]) => {
      const value = source[field];
      if (value === undefined || value === null) return [];
      const extras: KeyExtras = { now: this.#now, awsProfile: textOf(source["aws_profile"]) };
      const list = Array.isArray(value) ? value : [value];
      return list.flatMap((element) => {
        if (isJsonObject(element)) return [this.#described(kind, element)];
        return this.#collect(() => parseKeys(kind, textOf(element), extras));
      });
    });
  }

  #collect(read: () => MasterKey[]): MasterKey[] {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      for (const { message } of error.problems) this.#fault(message);
      return [];
    }
  }

  #described(kind: KeyKind, value: JsonObject): MasterKey {
    const at = (name: string): string => textOf(value[name]);
    const context = isJsonObject(value["context"])
      ? Object.fromEntries(Object.entries(value["context"]).map(([key, text]) => [key, textOf(text)]))
      : undefined;
    const fields: Readonly<Record<KeyKind, Record<string, string>>> = {
      age: { recipient: at("recipient") },
      pgp: { fp: at("fp") },
      kms: { arn: at("arn"), role: at("role"), aws_profile: at("aws_profile") },
      gcp_kms: { resource_id: at("resource_id") },
      azure_kv: { vault_url: at("vaultUrl") || at("vault_url"), name: at("key") || at("name"), version: at("version") },
      hc_vault: { vault_address: at("vault_address"), engine_path: at("engine_path"), key_name: at("key_name") },
      hckms: { key_id: at("key_id") },
    };
    return { kind, fields: { ...fields[kind], created_at: this.#now }, ...(context && { context }), enc: "" };
  }
}

function distinct(keys: readonly MasterKey[]): MasterKey[] {
  const byName = new Map<string, MasterKey>();
  for (const key of keys) {
    const name = `${key.kind} ${nameOfKey(key)}`;
    if (!byName.has(name)) byName.set(name, key);
  }
  return [...byName.values()];
}

function storesOf(value: Json | undefined): StoreSettings {
  const indent = (name: string): number | undefined => {
    const store = isJsonObject(value) ? value[name] : undefined;
    const columns = isJsonObject(store) ? store["indent"] : undefined;
    return typeof columns === "number" && columns >= 0 ? columns : undefined;
  };
  const [yaml, json, binary] = [indent("yaml"), indent("json"), indent("json_binary")];
  return {
    ...(yaml !== undefined && { yaml }),
    ...(json !== undefined && { json }),
    ...(binary !== undefined && { binary }),
  };
}

function isRegex(source: string): boolean {
  try {
    RE2JS.compile(source);
    return true;
  } catch {
    return false;
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
