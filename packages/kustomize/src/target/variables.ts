import { problemError, ProblemError } from "@fairlead/base";
import type { VariableSpec } from "../kustomization/types.ts";
import { resourceAccess } from "../node/access.ts";
import { lookup } from "../node/lookup.ts";
import { splitFieldPath } from "../node/path.ts";
import { BOOL, FLOAT, INT, type KNode } from "../node/types.ts";
import { parseApiVersion } from "@fairlead/apimachinery";
import { formatGvk, type Gvk, gvkEquals } from "../resource/gvk.ts";
import type { Resource } from "../resource/resource.ts";
import type { VariableValue } from "../transform/expand.ts";
import { transformVariables } from "../transform/variables.ts";
import { within } from "../transform/fault.ts";
import { parseText } from "../transform/text-document.ts";
import type { Accumulator } from "./types.ts";

const access = resourceAccess(parseText);

/** Notes which resources variables read from. @throws ProblemError KustomizationInvalid */
export function mergeVariables(accumulator: Accumulator, variables: readonly VariableSpec[]): void {
  const shown = variables.map((variable) => show(variable, variable.objref ?? {}, variable.fieldref?.fieldPath ?? ""));
  within({}, `merging vars [${shown.join(" ")}]: `, () => noteVariables(accumulator, variables));
}

/** As Go prints the type: an objref shows its kind alone. */
function show(
  { name = "" }: VariableSpec,
  { group = "", version = "", kind = "" }: NonNullable<VariableSpec["objref"]>,
  field: string,
): string {
  return `{${name} ${formatGvk({ group, version, kind })} {${field}}}`;
}

function noteVariables(accumulator: Accumulator, variables: readonly VariableSpec[]): void {
  for (const variable of variables) {
    const { name = "", objref = {} } = variable;
    const gvk = gvkOf(objref);
    const namespace = objref.namespace ?? "";
    const found = accumulator.map.withAnyId(
      objref.name ?? "",
      (id) => gvkEquals(id.gvk, gvk) && (namespace === "" || (id.namespace || "default") === namespace),
    );
    if (found.length > 1) {
      const message = `found ${found.length} resId matches for var ${show(variable, gvk, variable.fieldref?.fieldPath || "metadata.name")} (unable to disambiguate)`;
      throw problemError("KustomizationInvalid", message);
    }
    found[0]?.varNames.push(name);
    if (accumulator.variables.has(name))
      throw problemError("KustomizationInvalid", `var '${name}' already encountered`);
    accumulator.variables.set(name, variable);
  }
}

function gvkOf({ apiVersion, group = "", version = "", kind = "" }: NonNullable<VariableSpec["objref"]>): Gvk {
  if (!apiVersion) return { group, version, kind };
  const parsed = parseApiVersion(apiVersion);
  return { group: parsed.group || group, version: parsed.version, kind };
}

/** Replaces variables everywhere; warns of those that stand nowhere. @throws ProblemError KustomizationInvalid */
export function resolveVariables(accumulator: Accumulator, warn: (message: string) => void): void {
  const { variables, map, configuration } = accumulator;
  const values = new Map<string, VariableValue>();
  const names = [...variables.keys()].sort();
  for (const name of names) {
    const value = valueOf(map.resources, variables.get(name) as VariableSpec);
    if (value !== undefined) values.set(name, value);
  }
  if (names.length === 0) return;
  const used = transformVariables(map, values, configuration.sections.varReference);
  const unused = names.filter((name) => !used.has(name));
  if (unused.length > 0) warn(`well-defined vars that were never replaced: ${unused.join(",")}`);
}

/** Undefined for lists and mappings, which have no place in a text: the variable stays as it is. */
function valueOf(resources: readonly Resource[], variable: VariableSpec): VariableValue | undefined {
  const { name = "", fieldref } = variable;
  const path = fieldref?.fieldPath || "metadata.name";
  const source = resources.find((resource) => resource.varNames.includes(name));
  if (!source?.root) {
    throw problemError(
      "KustomizationInvalid",
      `var '${show(variable, gvkOf(variable.objref ?? {}), path)}' cannot be mapped to a field in the set of known resources`,
      { hint: "objref must have the apiVersion, kind and original name of a resource of this kustomization" },
    );
  }
  const node = fieldAt(source.root, path);
  if (node === undefined) {
    const message = `field specified in var '${name}' not found in corresponding resource`;
    throw problemError("KustomizationInvalid", message, { hint: `${path} is not there` });
  }
  return typed(node);
}

/** `ports[0]` is the field, then the index. */
function fieldAt(root: KNode, path: string): KNode | undefined {
  const parts = splitFieldPath(path).flatMap((part) => {
    const match = /^(.*)\[(\d+)\]$/.exec(part);
    if (!match) return [part];
    return match[1] ? [match[1], match[2] ?? ""] : [match[2] ?? ""];
  });
  try {
    return lookup(access, root, parts);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function typed(node: KNode): VariableValue | undefined {
  if (node.kind !== "scalar") return undefined;
  if (node.tag === INT || node.tag === FLOAT) return Number(node.text);
  return node.tag === BOOL ? /^(?:1|t|true)$/i.test(node.text) : node.text;
}
