/** .sops.yaml: which files are encrypted for which keys, and by which rules. */
import { isJsonObject, ProblemError, type Json, type JsonObject, type Problem } from "@fairlead/base";
import { decodeNode, parseYaml } from "@fairlead/yaml";
import { RE2JS } from "re2js";
import { checkConfigShape, isBooleanWord } from "./config-shape.ts";
import { nameOfKey, parseKeys, type KeyExtras } from "./keys/parse.ts";
import type { KeyGroup, KeyKind, MasterKey } from "./metadata.ts";
import { RULE_FIELDS, type SelectionRules } from "./rules.ts";
import type { StoreSettings } from "./stores/index.ts";

export interface SopsConfig {
  /** undefined: the file is about other things. */
  readonly rules: readonly CreationRule[] | undefined;
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

/** Fields of rules (and but for Vault's of groups) by the kind of key they hold, in the order sops goes through them. */
const KEY_FIELDS: Readonly<Record<string, KeyKind>> = {
  age: "age",
  pgp: "pgp",
  kms: "kms",
  gcp_kms: "gcp_kms",
  hckms: "hckms",
  azure_keyvault: "azure_kv",
  hc_vault_transit_uri: "hc_vault",
  hc_vault: "hc_vault",
};

/** @param now for created_at of keys, RFC 3339 @throws ProblemError InvalidSopsConfig with every field of a kind it may not be */
export function parseSopsConfig(text: string, now: string, file?: string): SopsConfig {
  const problems: Problem[] = [];
  const fault = (message: string): void =>
    void problems.push({ code: "InvalidSopsConfig", message: `error loading config: ${message}`, file });
  const root = readConfig(text, file);
  checkConfigShape(root, fault);
  const { creation_rules: rules, stores } = isJsonObject(root) ? root : {};
  if (problems.length > 0) throw new ProblemError(problems);
  return {
    rules: Array.isArray(rules) ? rules.map((rule) => ruleOf(rule, now, file)) : undefined,
    stores: storesOf(stores),
  };
}

/** The first document alone counts. @throws ProblemError InvalidSopsConfig */
function readConfig(text: string, file: string | undefined): Json {
  const { documents, problems } = parseYaml(text);
  const [document] = documents;
  const [syntax] = problems;
  try {
    if (document !== undefined) return decodeNode(document.content);
    if (syntax !== undefined) throw new ProblemError(syntax);
    return null;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(
      error.problems.map((problem) => ({
        ...problem,
        code: "InvalidSopsConfig",
        message: `error loading config: ${problem.message}`,
        file,
      })),
    );
  }
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
  for (const rule of config.rules ?? []) {
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
      macOnlyEncrypted: isOn(rule["mac_only_encrypted"] ?? false),
      shamirThreshold: Number(textOf(rule["shamir_threshold"]) || 0),
      keyGroups:
        // Only in groups does sops take a key that comes twice for one.
        groups.length > 0 ? groups.map((group) => distinct(this.#group(group))) : [this.#keys(rule)],
    };
  }

  /** What is merged in comes first, as in sops. */
  #group(value: Json): MasterKey[] {
    const group = isJsonObject(value) ? value : {};
    return [
      ...listOf(group["merge"]).flatMap((inner) => this.#group(inner)),
      ...Object.entries(KEY_FIELDS).flatMap(([field, kind]) =>
        listOf(group[field]).flatMap((key) =>
          isJsonObject(key)
            ? [this.#described(kind, key)]
            : this.#collect(() => parseKeys(kind, textOf(key), { now: this.#now })),
        ),
      ),
    ];
  }

  /** Text with commas, or a list of such texts. */
  #keys(rule: JsonObject): MasterKey[] {
    const extras: KeyExtras = { now: this.#now, awsProfile: textOf(rule["aws_profile"]) };
    return Object.entries(KEY_FIELDS).flatMap(([field, kind]) => {
      const value = rule[field];
      if (value === undefined || value === null || field === "hc_vault") return [];
      const texts: readonly Json[] = Array.isArray(value) ? value : [value];
      if (texts.every((text) => typeof text === "string" || field === "hckms"))
        return this.#collect(() => parseKeys(kind, texts.map(textOf).join(","), extras));
      this.#fault(`invalid ${field} key configuration: a text with commas, or a list of texts, is wanted`);
      return [];
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

/** Columns that cannot be are the store's to refuse, when it writes. */
function storesOf(value: Json | undefined): StoreSettings {
  // What a store has without the setting: 0 is the usual indent of YAML, -1 the tabs of JSON.
  const indent = (name: string, unset: number): number | undefined => {
    const store = isJsonObject(value) ? value[name] : undefined;
    const columns = isJsonObject(store) ? store["indent"] : undefined;
    return typeof columns === "number" && columns !== unset ? columns : undefined;
  };
  const [yaml, json, binary] = [indent("yaml", 0), indent("json", -1), indent("json_binary", -1)];
  return {
    ...(yaml !== undefined && { yaml }),
    ...(json !== undefined && { json }),
    ...(binary !== undefined && { binary }),
  };
}

function isOn(value: Json): boolean {
  return value === true || (isBooleanWord(value) && /^(?:y|yes|on)$/i.test(String(value)));
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
