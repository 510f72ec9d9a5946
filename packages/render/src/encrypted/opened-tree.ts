import type { FileStat, FileTree } from "@fairlead/base";
import type { OpenFile } from "./types.ts";

/** Every value that SOPS encrypted begins so, in all its formats, and so does the MAC: a file without it has none. */
const MARK = "ENC[AES256_GCM,";

/** An operator opens these in the cluster, or their author says that nobody shall here (the second name is Flux's). */
const LEFT_ALONE =
  /^"?kind"?:\s*"?SopsSecret\b|(?:fairlead\.dev|kustomize\.toolkit\.fluxcd\.io)\/decrypt"?:\s*["']?disabled\b/m;

function looksEncrypted(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return bytes.includes(MARK) && !LEFT_ALONE.test(bytes.toString("latin1"));
}

const CLOSED = new WeakMap<FileTree, FileTree>();

/**
 * The tree as it reads with the keys at hand. Opened files have content ids of their own, so that what is remembered of one by its id
 * (parsed files) is not found by a source that has other keys or none.
 */
export function openedTree(tree: FileTree, keysId: string, open: OpenFile): FileTree {
  const opened = new Map<string, Uint8Array>();
  const read = (path: string, found: FileStat | undefined): Uint8Array => {
    const known = found && opened.get(found.path);
    if (known) return known;
    const content = tree.read(path);
    if (!found || !looksEncrypted(content)) return content;
    const plain = open(found.path, content)?.content;
    if (plain) opened.set(found.path, plain);
    return plain ?? content;
  };
  const view: FileTree = {
    stat(path) {
      const found = tree.stat(path);
      if (found?.kind !== "file") return found;
      return {
        ...(found.executable ? { executable: true } : {}),
        kind: "file",
        path: found.path,
        get id() {
          return looksEncrypted(tree.read(path)) ? `${found.id}+${keysId}` : found.id;
        },
      };
    },
    read: (path) => read(path, tree.stat(path)),
    list: (path) => tree.list(path),
  };
  CLOSED.set(view, tree);
  return view;
}

/** The tree as it is stored, under one that openedTree made; any other tree itself. */
export function closedTree(tree: FileTree): FileTree {
  return CLOSED.get(tree) ?? tree;
}
