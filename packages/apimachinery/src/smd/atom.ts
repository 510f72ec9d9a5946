import { isJsonObject, type Json } from "@fairlead/base";
import { schemaNode } from "../schema/node.ts";
import type { SchemaNode } from "../schema/types.ts";

type ScalarKind = "numeric" | "string" | "boolean" | "untyped";

export interface ListAtom {
  readonly isAtomic: boolean;
  /** Empty for a set. */
  readonly keys: readonly string[];
  readonly element: SchemaNode;
}

export interface MapAtom {
  readonly isAtomic: boolean;
  readonly fields: Readonly<Record<string, SchemaNode>>;
  /** The schema of fields that aren't declared; undefined where none may be. */
  readonly element: SchemaNode | undefined;
}

/** How structured merge sees a node: as a scalar, a list or a map, or, where anything may stand, as all of them. */
export interface Atom {
  readonly scalar?: ScalarKind | undefined;
  readonly list?: ListAtom | undefined;
  readonly map?: MapAtom | undefined;
}

/** Where no schema says anything: lists are taken whole, maps field by field. */
export const DEDUCED: SchemaNode = schemaNode({ preserveUnknown: true }, {});
/** Where a list has items nobody described: everything is taken whole. */
const UNTYPED: SchemaNode = schemaNode({}, {});
const NO_FIELDS: Readonly<Record<string, SchemaNode>> = Object.create(null) as Record<string, SchemaNode>;

const atoms = new WeakMap<SchemaNode, Atom>([
  [
    DEDUCED,
    {
      scalar: "untyped",
      list: { isAtomic: true, keys: [], element: UNTYPED },
      map: { isAtomic: false, fields: NO_FIELDS, element: DEDUCED },
    },
  ],
  [
    UNTYPED,
    {
      scalar: "untyped",
      list: { isAtomic: true, keys: [], element: UNTYPED },
      map: { isAtomic: true, fields: NO_FIELDS, element: UNTYPED },
    },
  ],
]);

/** The atom of a node. The rules are those by which kube-apiserver turns OpenAPI into its merge schema. */
export function atomOf(node: SchemaNode): Atom {
  let atom = atoms.get(node);
  if (atom === undefined) {
    atom = makeAtom(node);
    atoms.set(node, atom);
  }
  return atom;
}

function makeAtom(node: SchemaNode): Atom {
  if (node.untypedScalar) return { scalar: "untyped" };
  switch (node.type) {
    case "object":
      // A RawExtension says `object` and holds anything.
      return node.ref !== undefined && node.preserveUnknown ? atomOf(UNTYPED) : { map: mapAtom(node) };
    case "array":
      return { list: listAtom(node) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return {
        scalar: node.format === undefined || node.format === "" || node.format === "byte" ? "string" : "untyped",
      };
    case undefined:
      return { scalar: "untyped", list: listAtom(node), map: mapAtom(node) };
  }
}

function mapAtom(node: SchemaNode): MapAtom {
  const fields = node.properties ?? NO_FIELDS;
  return { isAtomic: node.mapType === "atomic", fields, element: elementOf(node, node.properties !== undefined) };
}

function elementOf(node: SchemaNode, hasFields: boolean): SchemaNode | undefined {
  const additional = node.additionalProperties;
  if (typeof additional === "object") return additional;
  if (additional === true) return DEDUCED;
  if (additional === false) return undefined;
  return !hasFields || node.preserveUnknown || node.preserveUnknownInherited ? DEDUCED : undefined;
}

function listAtom(node: SchemaNode): ListAtom {
  const element = node.items ?? UNTYPED;
  if (node.listType === "atomic") return { isAtomic: true, keys: [], element };
  if (node.listType === "set") return { isAtomic: false, keys: [], element };
  if (node.listType === "map") return { isAtomic: false, keys: node.listMapKeys ?? [], element };
  const merges = node.patchStrategy === "merge" || node.patchStrategy === "merge,retainKeys";
  if (!merges) return { isAtomic: true, keys: [], element };
  return { isAtomic: false, keys: node.patchMergeKey === undefined ? [] : [node.patchMergeKey], element };
}

/** The one way to see this value among those its atom allows; a map first, then a scalar, then a list, if the value doesn't tell. */
export function kindOfValue(atom: Atom, value: Json | undefined): "map" | "scalar" | "list" {
  if (Array.isArray(value)) {
    if (atom.list) return "list";
  } else if (isJsonObject(value)) {
    if (atom.map) return "map";
  } else if (value !== undefined && value !== null && atom.scalar) {
    return "scalar";
  }
  return atom.map ? "map" : atom.scalar ? "scalar" : "list";
}

/** The schema of a field of a map; undefined for one that isn't allowed. */
export function fieldSchema(map: MapAtom, name: string): SchemaNode | undefined {
  return Object.hasOwn(map.fields, name) ? map.fields[name] : map.element;
}
