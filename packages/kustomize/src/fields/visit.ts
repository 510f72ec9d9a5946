import { problemError } from "@fairlead/base";
import { isNull, mapping } from "../node/ops.ts";
import { splitPath } from "../node/path.ts";
import type { KNode, MappingNode, ScalarNode } from "../node/types.ts";
import type { Gvk } from "../resource/gvk.ts";
import { formatId } from "../resource/id.ts";
import type { Resource } from "../resource/resource.ts";
import { addressed } from "../transform/fault.ts";
import type { FieldSpec } from "./field-spec.ts";

/** What is made where a field is missing, if its spec says so: an empty mapping, or a scalar to be filled. */
export type CreateKind = "mapping" | "scalar" | "nothing";

/** Called for the node at the end of the path; what it returns takes the node's place, undefined leaves it. */
export type Visit = (node: KNode) => KNode | undefined;

const paths = new Map<string, readonly string[]>();

function partsOf(path: string): readonly string[] {
  let parts = paths.get(path);
  if (!parts) {
    parts = splitPath(path, "/");
    if (paths.size < PATHS_KEPT_MAX) paths.set(path, parts);
  }
  return parts;
}

const PATHS_KEPT_MAX = 4096;

function matchesKind(spec: Gvk, gvk: Gvk): boolean {
  return (
    (spec.kind === "" || spec.kind === gvk.kind) &&
    (spec.group === "" || spec.group === gvk.group) &&
    (spec.version === "" || spec.version === gvk.version)
  );
}

/**
 * Visits the field of a resource that a spec names, in every element of the lists on the way. Where any part is missing nothing
 * happens, unless the spec says create.
 * @throws ProblemError KustomizeTransform where a plain value stands in the way
 */
export function visitField(
  resource: Resource,
  spec: FieldSpec,
  createKind: CreateKind,
  visit: Visit,
  gvk: Gvk = resource.gvk,
): void {
  if (!resource.root || !matchesKind(spec, gvk)) return;
  const parts = partsOf(spec.path);
  const context = { resource, spec, createKind, visit, parts };
  try {
    visitMapping(context, resource.root, 0);
  } catch (error) {
    throw addressed(error, {}, `${describe(context)}: `);
  }
}

interface Context {
  readonly resource: Resource;
  readonly spec: FieldSpec;
  readonly createKind: CreateKind;
  readonly visit: Visit;
  readonly parts: readonly string[];
}

function visitNode(context: Context, node: KNode, depth: number): KNode | undefined {
  if (depth === context.parts.length) return context.visit(node);
  if (node.kind === "mapping") {
    visitMapping(context, node, depth);
  } else if (node.kind === "sequence") {
    for (const [index, item] of node.items.entries()) {
      const replaced = visitNode(context, item, depth);
      if (replaced) node.items[index] = replaced;
    }
  } else if (!isNull(node)) {
    throw unreachable(context);
  }
  return undefined;
}

function visitMapping(context: Context, parent: MappingNode, depth: number): void {
  const part = context.parts[depth] ?? "";
  const isList = part.endsWith("[]");
  const name = isList ? part.slice(0, -2) : part;
  if (name === "") throw emptyName();
  const canCreate = context.spec.create && context.createKind !== "nothing" && !isList;
  let field = parent.fields.get(name);
  if (field === undefined) {
    if (!canCreate) return;
    field = created(context, depth);
    parent.fields.set(name, field);
  } else if (isNull(field) && (canCreate || isList)) {
    // A null in the way becomes what the path takes it for.
    field = isList ? { kind: "sequence", items: [] } : created(context, depth);
    parent.fields.set(name, field);
  }
  const replaced = visitNode(context, field, depth + 1);
  if (replaced) parent.fields.set(name, replaced);
}

function created(context: Context, depth: number): KNode {
  const isLast = depth === context.parts.length - 1;
  if (!isLast || context.createKind === "mapping") return mapping();
  return { kind: "scalar", text: "", tag: "", quoted: false } satisfies ScalarNode;
}

function describe({ spec, resource }: Context): string {
  return `considering field '${spec.path}' of object ${formatId(resource.currentId)}`;
}

function unreachable(context: Context): Error {
  return problemError("KustomizeTransform", "expected sequence or mapping node", {
    file: context.resource.provenance.file,
    line: context.resource.provenance.line,
    hint: "a plain value stands where the path goes on",
  });
}

function emptyName(): Error {
  return problemError("KustomizeTransform", "cannot set or create an empty field name", {
    hint: "paths of field specs look like spec/template/metadata/labels",
  });
}
