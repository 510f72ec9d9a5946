import { baseName, blobId, type FileTree, parentPath } from "@fairlead/base";

/** The tree with one file put in place of, or beside, what is there; everything else is as it was. */
export function withFile(tree: FileTree, path: string, text: string): FileTree {
  const bytes = Buffer.from(text);
  const id = blobId(bytes);
  const isIt = (asked: string): boolean => normalized(asked) === path;
  const directory = parentPath(path);
  return {
    stat: (asked) => (isIt(asked) ? { kind: "file", id, path } : tree.stat(asked)),
    read: (asked) => (isIt(asked) ? bytes : tree.read(asked)),
    list(asked) {
      const entries = tree.list(asked);
      if (normalized(asked) !== directory) return entries;
      const others = entries.filter((entry) => entry.name !== baseName(path));
      const all = [...others, { name: baseName(path), kind: "file" as const, id }];
      return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
