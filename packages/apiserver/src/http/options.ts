import { isJsonObject, type Json } from "@fairlead/base";
import type { DeleteOptions, WriteOptions } from "../registry/types.ts";
import { badRequest, invalid, type FieldFault } from "./status.ts";
import type { Query } from "./request-info.ts";

const FIELD_MANAGER_LENGTH_MAX = 128;

/** Options of create, update and patch from the query. @throws StatusError 422 */
export function writeOptionsOf(query: Query, userAgent: string, optionsKind: string): WriteOptions {
  const faults: FieldFault[] = [];
  const dryRun = isDryRun(query.get("dryRun"), faults);
  const fieldManager = query.get("fieldManager") ?? "";
  if (fieldManager.length > FIELD_MANAGER_LENGTH_MAX) {
    faults.push({
      type: "FieldValueTooLong",
      field: "fieldManager",
      message: `Too long: may not be more than ${FIELD_MANAGER_LENGTH_MAX} bytes`,
    });
  }
  const strange = unprintable(fieldManager);
  if (strange !== undefined) {
    faults.push({
      type: "FieldValueInvalid",
      field: "fieldManager",
      message: `Invalid value: ${JSON.stringify(fieldManager)}: ${strange}`,
    });
  }
  const validation = query.get("fieldValidation") ?? "";
  if (validation !== "" && validation !== "Ignore" && validation !== "Warn" && validation !== "Strict") {
    faults.push({
      type: "FieldValueNotSupported",
      field: "fieldValidation",
      message: `Unsupported value: ${JSON.stringify(validation)}: supported values: "", "Ignore", "Strict", "Warn"`,
    });
  }
  if (faults.length > 0) throw invalid("meta.k8s.io", optionsKind, "", faults);
  return {
    dryRun,
    fieldManager: fieldManager === "" ? managerOf(userAgent) : fieldManager,
    fieldValidation: validation === "" ? "Warn" : (validation as WriteOptions["fieldValidation"]),
    given: {
      ...(fieldManager === "" ? {} : { fieldManager }),
      ...(validation === "" ? {} : { fieldValidation: validation }),
    },
  };
}

const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** The first character of a manager's name that cannot be printed, and where it stands in characters. */
function unprintable(name: string): string | undefined {
  const characters = Array.from(name);
  const position = characters.findIndex((char) => !PRINTABLE.test(char));
  if (position < 0) return undefined;
  const code = (characters[position]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `invalid character U+${code} (at position ${position})`;
}

/** The user agent up to its first slash, printable characters only, at most 128 bytes. */
function managerOf(userAgent: string): string {
  const name = userAgent.split("/", 1)[0] ?? "";
  return Array.from(name)
    .filter((char) => PRINTABLE.test(char))
    .join("")
    .slice(0, FIELD_MANAGER_LENGTH_MAX);
}

function isDryRun(value: string | undefined, faults: FieldFault[]): boolean {
  if (value === undefined) return false;
  if (value === "All") return true;
  faults.push({
    type: "FieldValueNotSupported",
    field: "dryRun",
    message: `Unsupported value: [${JSON.stringify(value)}]: supported values: "All"`,
  });
  return false;
}

/** Options of a deletion, from its body where it has one, else from the query. @throws StatusError 400, 422 */
export function deleteOptionsOf(query: Query, body: Json | undefined): DeleteOptions {
  const faults: FieldFault[] = [];
  if (isJsonObject(body)) checkTypes(body);
  const given = isJsonObject(body) ? body : optionsFromQuery(query);
  const dryRunText = Array.isArray(given["dryRun"])
    ? given["dryRun"].length === 0
      ? undefined
      : String(given["dryRun"][0])
    : query.get("dryRun");
  const dryRun = isDryRun(dryRunText, faults);
  const policy = given["propagationPolicy"] ?? undefined;
  const orphan = given["orphanDependents"] ?? undefined;
  if (policy !== undefined && policy !== "Orphan" && policy !== "Background" && policy !== "Foreground") {
    faults.push({
      type: "FieldValueNotSupported",
      field: "propagationPolicy",
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  }
  if (policy !== undefined && orphan !== undefined) {
    faults.push({
      type: "FieldValueInvalid",
      field: "propagationPolicy",
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    });
  }
  if (faults.length > 0) throw invalid("meta.k8s.io", "DeleteOptions", "", faults);
  const grace = given["gracePeriodSeconds"];
  const propagation = policy ?? (orphan === true ? "Orphan" : orphan === false ? "Background" : undefined);
  const preconditions = isJsonObject(given["preconditions"]) ? given["preconditions"] : {};
  return {
    dryRun,
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    propagationPolicy: propagation as DeleteOptions["propagationPolicy"],
    preconditions: {
      uid: textOf(preconditions["uid"]),
      resourceVersion: textOf(preconditions["resourceVersion"]),
    },
  };
}

const OPTION_TYPES: Readonly<Record<string, readonly [is: (value: Json) => boolean, type: string]>> = {
  gracePeriodSeconds: [(value) => Number.isInteger(value), "int64"],
  preconditions: [isJsonObject, "v1.Preconditions"],
  orphanDependents: [(value) => typeof value === "boolean", "bool"],
  propagationPolicy: [(value) => typeof value === "string", "v1.DeletionPropagation"],
  dryRun: [Array.isArray, "[]string"],
};

/** An option that cannot be read must not be taken for one that is not there. @throws StatusError 400 */
function checkTypes(body: { readonly [key: string]: Json | undefined }): void {
  for (const [name, [isOfType, type]] of Object.entries(OPTION_TYPES)) {
    const value = body[name];
    if (value === undefined || value === null || isOfType(value)) continue;
    throw wrongType(value, `DeleteOptions.${name}`, type);
  }
  const preconditions = isJsonObject(body["preconditions"]) ? body["preconditions"] : {};
  for (const [name, type] of [
    ["uid", "types.UID"],
    ["resourceVersion", "string"],
  ] as const) {
    const value = preconditions[name];
    if (value === undefined || value === null || typeof value === "string") continue;
    throw wrongType(value, `Preconditions.preconditions.${name}`, type);
  }
}

function wrongType(value: Json, field: string, type: string): Error {
  const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const shown = what === "number" && type === "int64" ? `number ${String(value)}` : what;
  return badRequest(`json: cannot unmarshal ${shown} into Go struct field ${field} of type ${type}`);
}

function optionsFromQuery(query: Query): Record<string, Json> {
  const options: Record<string, Json> = {};
  const grace = query.get("gracePeriodSeconds");
  if (grace !== undefined && grace !== "") {
    if (!/^-?\d+$/.test(grace)) {
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
    }
    options["gracePeriodSeconds"] = Number(grace);
  }
  const policy = query.get("propagationPolicy");
  if (policy !== undefined && policy !== "") options["propagationPolicy"] = policy;
  const orphan = query.get("orphanDependents");
  if (orphan !== undefined && orphan !== "") options["orphanDependents"] = orphan === "true" || orphan === "1";
  return options;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
