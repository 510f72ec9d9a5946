import { blobId, treeId, joinPath, type FileEntry, type FileStat, type FileTree } from "@fairlead/base";

/** What lies over a path: a file's bytes, or a whole tree in place of a directory. */
export type Overlay = Uint8Array | FileTree;

interface Node {
  readonly children: Map<string, Node>;
  overlay?: Overlay;
}

/**
 * A tree with files and directories laid over it, the rest as it was: charts that were fetched below `charts/`, the other sources of an
 * application under their `$ref`. Symlinks of the tree beneath do not lead into what lies over it, nor the other way round.
 * @param overlays by normalized path, without symlinks in it
 */
export function overlayTree(base: FileTree, overlays: ReadonlyMap<string, Overlay>): FileTree {
  const root: Node = { children: new Map() };
  for (const [path, overlay] of overlays) nodeFor(root, path).overlay = overlay;
  return {
    stat: (path) => statAt(base, root, path),
    read: (path) => readAt(base, root, path),
    list: (path) => listAt(base, root, path),
  };
}

function nodeFor(root: Node, path: string): Node {
  let node = root;
  for (const part of path.split("/").filter(Boolean)) {
    const next = node.children.get(part) ?? { children: new Map() };
    node.children.set(part, next);
    node = next;
  }
  return node;
}

/** Where a path is: in what lies over, beneath it, or at a directory that has both. */
type Place =
  | { readonly kind: "beneath"; readonly path: string }
  | { readonly kind: "over"; readonly overlay: Overlay; readonly at: string; readonly rest: string }
  | { readonly kind: "mixed"; readonly node: Node; readonly path: string };

function placeOf(base: FileTree, root: Node, path: string): Place {
  let parts = joinPath(path).split("/").filter(Boolean);
  let node = root;
  for (let index = 0; index < parts.length; index++) {
    const next = node.children.get(parts[index] ?? "");
    if (!next) {
      // A symlink beneath may lead to a directory that has something over it.
      const here = parts.slice(0, index + 1).join("/");
      const real = base.stat(here)?.path;
      if (real === undefined || real === here) return { kind: "beneath", path: parts.join("/") };
      parts = [...real.split("/").filter(Boolean), ...parts.slice(index + 1)];
      node = root;
      index = -1;
      continue;
    }
    node = next;
    if (node.overlay) {
      return {
        kind: "over",
        overlay: node.overlay,
        at: parts.slice(0, index + 1).join("/"),
        rest: parts.slice(index + 1).join("/"),
      };
    }
  }
  return { kind: "mixed", node, path: parts.join("/") };
}

function statAt(base: FileTree, root: Node, path: string): FileStat | undefined {
  const place = placeOf(base, root, path);
  if (place.kind === "beneath") return base.stat(place.path);
  if (place.kind === "over") {
    const { overlay, at, rest } = place;
    if (overlay instanceof Uint8Array) {
      return rest === "" ? { kind: "file", id: blobId(overlay), path: at } : undefined;
    }
    const found = overlay.stat(rest);
    return found && withPath(found, joinPath(at, found.path));
  }
  return {
    kind: "directory",
    path: place.path,
    get id() {
      return treeId(listAt(base, root, place.path));
    },
  };
}

/** The id may cost something, so it is not asked for before it is needed. */
function withPath(stat: FileStat, path: string): FileStat {
  return {
    kind: stat.kind,
    path,
    get id() {
      return stat.id;
    },
    ...(stat.executable ? { executable: true } : {}),
  };
}

function readAt(base: FileTree, root: Node, path: string): Uint8Array {
  const place = placeOf(base, root, path);
  if (place.kind !== "over") return base.read(place.path);
  const { overlay, rest, at } = place;
  if (!(overlay instanceof Uint8Array)) return overlay.read(rest);
  return rest === "" ? overlay : base.read(joinPath(at, rest));
}

function listAt(base: FileTree, root: Node, path: string): readonly FileEntry[] {
  const place = placeOf(base, root, path);
  if (place.kind === "beneath") return base.list(place.path);
  if (place.kind === "over") {
    return place.overlay instanceof Uint8Array ? base.list(place.at) : place.overlay.list(place.rest);
  }
  const entries = new Map<string, FileEntry>();
  if (base.stat(place.path)?.kind === "directory") {
    for (const entry of base.list(place.path)) entries.set(entry.name, entry);
  }
  for (const name of place.node.children.keys()) {
    const found = statAt(base, root, joinPath(place.path, name));
    if (found) entries.set(name, { name, kind: found.kind, id: found.id });
  }
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
