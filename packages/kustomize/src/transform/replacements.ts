import { problemError } from "@fairlead/base";
import type { FieldOptionsSpec, ReplacementSpec, SelectorSpec } from "../kustomization/types.ts";
import { type NodeAccess, type NodeKind, resourceAccess } from "../node/access.ts";
import { lookup, matchPath, type Slot } from "../node/lookup.ts";
import { copyNode, isEmpty } from "../node/ops.ts";
import { splitFieldPath } from "../node/path.ts";
import { untypedNode } from "../node/scalar.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import { compilePattern } from "../pattern.ts";
import { type Gvk, gvkSelects } from "../resource/gvk.ts";
import { formatId, type ResourceId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { touch } from "../resource/provenance.ts";
import { compileSelector, matchesMaps } from "../resource/selector.ts";
import { within } from "./fault.ts";
import { replaceInText } from "./structured-text.ts";
import { parseText } from "./text-document.ts";

const DEFAULT_PATH = "metadata.name";
const access = resourceAccess(parseText);

type SourceSpec = NonNullable<ReplacementSpec["source"]>;
type TargetSpec = NonNullable<ReplacementSpec["targets"]>[number];

/** Copies values from fields of one resource into fields of others. @throws ProblemError KustomizeTransform */
export function transformReplacement(map: ResourceMap, replacement: ReplacementSpec, file: string): void {
  const { source, sourceValue, targets } = replacement;
  if ((source === undefined && sourceValue === undefined) || targets === undefined) {
    throw problemError("KustomizeTransform", "replacements must specify a source and at least one target");
  }
  if (source !== undefined && sourceValue !== undefined) {
    throw problemError("KustomizeTransform", "value and resource selectors are mutually exclusive");
  }
  const value = source ? sourceNode(map, source) : untypedNode(sourceValue ?? "");
  for (const target of targets) applyTo(map, value, target, file);
  map.changed();
}

/** Present identity, then the former ones. */
function identitiesOf(resource: Resource): readonly ResourceId[] {
  return [resource.currentId, ...resource.previousIds];
}

function gvkOf({ group = "", version = "", kind = "" }: Partial<Gvk>): Gvk {
  return { group, version, kind };
}

function sourceNode(map: ResourceMap, spec: SourceSpec): KNode {
  const gvk = gvkOf(spec as Partial<Gvk>);
  const { name = "", namespace = "", fieldPath = "" } = spec;
  const found = map.resources.filter((resource) =>
    identitiesOf(resource).some(
      (id) =>
        (name === "" || name === id.name) &&
        (namespace === "" || namespace === (id.namespace || "default")) &&
        gvkSelects(gvk, id.gvk),
    ),
  );
  const path = fieldPath || DEFAULT_PATH;
  const describe = (): string =>
    [formatId({ gvk, name, namespace }), fieldPath, describeOptions(spec.options)].filter(Boolean).join(":");
  if (found.length > 1) throw problemError("KustomizeTransform", `multiple matches for selector ${describe()}`);
  const root = found[0]?.root;
  if (!root) throw problemError("KustomizeTransform", `nothing selected by ${describe()}`);
  const node = within({}, "error looking up replacement source: ", () => lookup(access, root, splitFieldPath(path)));
  if (node === undefined || isEmpty(node)) {
    const message = `fieldPath \`${path}\` is missing for replacement source ${formatId({ gvk, name, namespace })}`;
    throw problemError("KustomizeTransform", message);
  }
  return refined(node, spec.options);
}

function describeOptions(options: FieldOptionsSpec | undefined): string {
  const { delimiter = "", index = 0, create = false } = options ?? {};
  return delimiter === "" && !create ? "" : `${delimiter}(${index}), create=${create}`;
}

function refined(node: KNode, options: FieldOptionsSpec | undefined): KNode {
  const { delimiter = "", index = 0 } = options ?? {};
  if (delimiter === "") return node;
  if (node.kind !== "scalar") throw onlyScalars();
  const part = index < 0 ? undefined : node.text.split(delimiter)[index];
  if (part === undefined) {
    const message = `options.index ${index} is out of bounds for value ${node.text}`;
    throw problemError("KustomizeTransform", message);
  }
  return { ...node, text: part };
}

function onlyScalars(): Error {
  return problemError("KustomizeTransform", "delimiter option can only be used with scalar nodes");
}

function applyTo(map: ResourceMap, value: KNode, target: TargetSpec, file: string): void {
  const { select, reject = [] } = target;
  if (!select) throw problemError("KustomizeTransform", "target must specify resources to select");
  const selects = selectorOf(select);
  const rejects = reject.filter(hasIdentity).map(selectorOf);
  for (const resource of map.resources) {
    if (!matchesMaps(resource, select) || reject.some((one) => hasMaps(one) && matchesMaps(resource, one))) continue;
    const ids = identitiesOf(resource);
    if (ids.some((id) => rejects.some((matches) => matches(id))) || !ids.some(selects)) continue;
    touch(resource.provenance, file);
    within(addressOf(resource), "", () => copyInto(resource, value, target));
  }
}

function selectorOf(spec: SelectorSpec): (id: ResourceId) => boolean {
  const selector = compileSelector(spec);
  return (id) =>
    selector.matchesGvk(id.gvk) && selector.matchesName(id.name) && selector.matchesNamespace(id.namespace);
}

function hasIdentity({ group, version, kind, name, namespace }: SelectorSpec): boolean {
  return [group, version, kind, name, namespace].some((part) => part !== undefined && part !== "");
}

function hasMaps({ labelSelector, annotationSelector }: SelectorSpec): boolean {
  return Boolean(labelSelector) || Boolean(annotationSelector);
}

function copyInto(resource: Resource, value: KNode, { fieldPaths, options }: TargetSpec): void {
  const root = resource.root as MappingNode;
  const create: NodeKind | undefined = options?.create ? value.kind : undefined;
  for (const fieldPath of fieldPaths?.length ? fieldPaths : [DEFAULT_PATH]) {
    const path = splitFieldPath(fieldPath);
    if (replaceInText(access, root, path, value, options, create, setSlot)) continue;
    const verb = create ? "find or create" : "find";
    const missing = `unable to ${verb} field ${JSON.stringify(fieldPath)} in replacement target`;
    const slots = within({}, `${missing}: `, () =>
      matchPath(access, { node: root as KNode, replace: () => {} }, path, create, compilePattern),
    );
    if (slots.length === 0) throw problemError("KustomizeTransform", missing);
    for (const slot of slots) setSlot(access, slot, value, options);
  }
}

/**
 * Puts a value into a place. A scalar only takes the text and stays of its type; with a delimiter the text takes the place of one
 * part, or goes before or behind the others.
 */
function setSlot<N>(target: NodeAccess<N>, slot: Slot<N>, value: KNode, options: FieldOptionsSpec | undefined): void {
  const isScalar = target.kindOf(slot.node) === "scalar";
  let text = value.kind === "scalar" ? value.text : "";
  const { delimiter = "", index = 0 } = options ?? {};
  if (delimiter !== "") {
    if (!isScalar) throw onlyScalars();
    const parts = target.textOf(slot.node).split(delimiter);
    if (index < 0) parts.unshift(text);
    else if (index >= parts.length) parts.push(text);
    else parts[index] = text;
    text = parts.join(delimiter);
  }
  if (isScalar) target.setText(slot.node, text);
  else slot.replace(target.adopt(value.kind === "scalar" ? { ...value, text } : copyNode(value)));
}
