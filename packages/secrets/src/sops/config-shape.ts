/** What may stand where in .sops.yaml. As in sops, a field of another kind anywhere refuses the whole file. */
import { isJsonObject, type Json } from "@fairlead/base";

/** A list is written as a list of one shape, a mapping as its fields, those of others being passed over. */
type Shape = "any" | "boolean" | "integer" | "text" | "texts" | readonly [Shape] | Fields | (() => Shape);

interface Fields {
  readonly [field: string]: Shape;
}

const GROUP: Fields = {
  merge: [() => GROUP],
  age: ["text"],
  pgp: ["text"],
  kms: [{ arn: "text", role: "text", context: "texts", aws_profile: "text" }],
  gcp_kms: [{ resource_id: "text" }],
  hckms: [{ key_id: "text" }],
  azure_keyvault: [{ vaultUrl: "text", key: "text", version: "text" }],
  hc_vault: ["text"],
};

const RULE: Fields = {
  path_regex: "text",
  // Text or a list of texts: told when the rule is the one that fits.
  ...Object.fromEntries(
    ["age", "pgp", "kms", "gcp_kms", "azure_keyvault", "hc_vault_transit_uri"].map((key) => [key, "any"] as const),
  ),
  hckms: ["text"],
  aws_profile: "text",
  key_groups: [GROUP],
  shamir_threshold: "integer",
  unencrypted_suffix: "text",
  encrypted_suffix: "text",
  unencrypted_regex: "text",
  encrypted_regex: "text",
  unencrypted_comment_regex: "text",
  encrypted_comment_regex: "text",
  mac_only_encrypted: "boolean",
};

const INDENT: Fields = { indent: "integer" };

const CONFIG: Fields = {
  creation_rules: [RULE],
  destination_rules: [{ path_regex: "text", recreation_rule: RULE }],
  stores: { yaml: INDENT, json: INDENT, json_binary: INDENT, dotenv: {}, ini: {} },
};

/** How many groups may be merged into groups. */
const DEPTH_MAX = 64;

/** Tells every field of another kind than it may be. */
export function checkConfigShape(config: Json, fault: (message: string) => void): void {
  check(config, CONFIG, "", { fault, depth: 0 });
}

interface Checking {
  readonly fault: (message: string) => void;
  readonly depth: number;
}

function check(value: Json | undefined, shape: Shape, path: string, checking: Checking): void {
  const { fault, depth } = checking;
  if (value === undefined || value === null || shape === "any") return;
  if (typeof shape === "function") return check(value, shape(), path, checking);
  if (depth > DEPTH_MAX) return fault(`${path}: it is nested too deeply`);
  const inside = { fault, depth: depth + 1 };
  if (typeof shape === "string") {
    if (!isOfKind(value, shape)) fault(`${path}: ${WANTED[shape]} is wanted`);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) return fault(`${path}: a list is wanted`);
    for (const [index, item] of value.entries()) check(item as Json, shape[0], `${path}[${index}]`, inside);
  } else {
    if (!isJsonObject(value)) return fault(`${path || "the file"}: a mapping is wanted`);
    for (const [field, each] of Object.entries(shape)) {
      check(value[field], each, path === "" ? field : `${path}.${field}`, inside);
    }
  }
}

function isList(shape: readonly [Shape] | Fields): shape is readonly [Shape] {
  return Array.isArray(shape);
}

const WANTED = { boolean: "true or false", integer: "a whole number", text: "a text", texts: "a mapping of texts" };

function isOfKind(value: Json, kind: keyof typeof WANTED): boolean {
  switch (kind) {
    case "boolean":
      return typeof value === "boolean" || isBooleanWord(value);
    case "integer":
      return Number.isInteger(value);
    case "text":
      return typeof value !== "object";
    case "texts":
      return isJsonObject(value) && Object.values(value).every((text) => text === null || typeof text !== "object");
  }
}

/** Where a boolean is wanted Go's reader takes the words of YAML 1.1 too. */
export function isBooleanWord(value: Json): boolean {
  return typeof value === "string" && /^(?:y|yes|Yes|YES|on|On|ON|n|no|No|NO|off|Off|OFF)$/.test(value);
}
