import { problemError } from "@fairlead/base";
import type { FieldSpec } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import { isNull } from "../node/ops.ts";
import { BOOL, FLOAT, INT, type KNode, type ScalarNode, STR } from "../node/types.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { addressOf } from "../resource/resource.ts";
import { within } from "./fault.ts";
import { expandVariables, type VariableValue } from "./expand.ts";

/** Replaces `$(NAME)` in the fields of the specs. @returns the names that were used */
export function transformVariables(
  map: ResourceMap,
  values: ReadonlyMap<string, VariableValue>,
  fieldSpecs: readonly FieldSpec[],
): ReadonlySet<string> {
  const used = new Set<string>();
  const valueOf = (name: string): VariableValue | undefined => {
    const value = values.get(name);
    if (value !== undefined) used.add(name);
    return value;
  };
  for (const resource of map.resources) {
    const { gvk } = resource;
    within(addressOf(resource), "", () => {
      for (const spec of fieldSpecs) visitField(resource, spec, "nothing", (node) => replaceIn(node, valueOf), gvk);
    });
  }
  return used;
}

type ValueOf = (name: string) => VariableValue | undefined;

function isString(node: KNode): node is ScalarNode {
  return node.kind === "scalar" && (node.tag === STR || node.tag === "");
}

function replaceIn(node: KNode, valueOf: ValueOf): undefined {
  if (isNull(node)) return;
  if (node.kind === "scalar") {
    if (isString(node)) replaceScalar(node, valueOf);
  } else if (node.kind === "mapping") {
    if (node.badKey !== undefined) {
      throw problemError("KustomizeTransform", `invalid map key: value='${node.badKey}', tag='!!int'`);
    }
    for (const value of node.fields.values()) if (isString(value)) replaceScalar(value, valueOf);
  } else {
    for (const item of node.items) {
      if (!isString(item)) throw problemError("KustomizeTransform", "invalid value type expect a string");
      replaceScalar(item, valueOf);
    }
  }
}

function replaceScalar(node: ScalarNode, valueOf: ValueOf): void {
  const value = expandVariables(node.text, valueOf);
  node.quoted = false;
  if (typeof value === "string") {
    node.text = value;
    node.tag = STR;
  } else if (typeof value === "boolean") {
    node.text = String(value);
    node.tag = BOOL;
  } else {
    node.text = String(value);
    node.tag = Number.isInteger(value) ? INT : FLOAT;
  }
}
