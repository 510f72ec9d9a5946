import { blobId, treeId } from "./hash.ts";
import { baseName, normalizePath, parentPath } from "./path.ts";
import { jailedTree } from "./resolve.ts";
import type { FileEntry, FileTree } from "./types.ts";

export type MemoryContent = string | Uint8Array | { readonly symlink: string };

/** A tree from path → content; directories follow from the paths. For tests, archives and generated files. */
export function memoryTree(files: Readonly<Record<string, MemoryContent>>): FileTree {
  const contents = new Map<string, Uint8Array>();
  const children = new Map<string, Map<string, FileEntry>>([["", new Map()]]);
  const paths = Object.keys(files).map((path) => [normalizePath(path), path] as const);
  for (const [path, original] of paths) {
    const content = files[original] as MemoryContent;
    const isLink = typeof content === "object" && "symlink" in content;
    const bytes = typeof content === "string" ? Buffer.from(content) : isLink ? Buffer.from(content.symlink) : content;
    contents.set(path, bytes);
    put(children, path, { name: baseName(path), kind: isLink ? "symlink" : "file", id: blobId(bytes) });
  }
  const rootId = finish(children, "");
  return jailedTree({
    entry: (path) =>
      path === "" ? { name: "", kind: "directory", id: rootId } : children.get(parentPath(path))?.get(baseName(path)),
    list: (path) => sortedEntries(children.get(path)),
    content: (path) => contents.get(path) as Uint8Array,
  });
}

function put(children: Map<string, Map<string, FileEntry>>, path: string, entry: FileEntry): void {
  const parent = parentPath(path);
  if (!children.has(parent)) {
    children.set(parent, new Map());
    put(children, parent, { name: baseName(parent), kind: "directory", id: "" });
  }
  children.get(parent)?.set(entry.name, entry);
}

/** Directory ids need their children's first. */
function finish(children: Map<string, Map<string, FileEntry>>, path: string): string {
  const entries = children.get(path) ?? new Map<string, FileEntry>();
  for (const [name, entry] of entries) {
    if (entry.kind === "directory")
      entries.set(name, { ...entry, id: finish(children, path === "" ? name : `${path}/${name}`) });
  }
  return treeId([...entries.values()]);
}

function sortedEntries(entries: Map<string, FileEntry> | undefined): FileEntry[] {
  return [...(entries?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
