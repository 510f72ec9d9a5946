import { memoryTree, problemError, setOwn, type FileTree } from "@fairlead/base";
import { unpackArchive, type ArchiveFile } from "./tar.ts";

/** The files of an archive as a tree. @throws ProblemError ArchiveInvalid, LimitExceeded */
export function archiveTree(data: Uint8Array, archive: string): FileTree {
  return treeOf(unpackArchive(data, archive), archive);
}

/**
 * A chart's archive as a tree with Chart.yaml at its root: all files are in one folder, which is left away.
 * @throws ProblemError ArchiveInvalid, LimitExceeded
 */
export function chartArchiveTree(data: Uint8Array, archive: string): FileTree {
  const files = unpackArchive(data, archive).flatMap(({ name, data: content }) => {
    const slash = name.indexOf("/");
    return slash < 0 ? [] : [{ name: name.slice(slash + 1), data: content }];
  });
  const tree = treeOf(files, archive);
  if (tree.stat("Chart.yaml")?.kind === "file") return tree;
  throw problemError("ArchiveInvalid", `archive ${archive}: no Chart.yaml in its folder, so it is not a chart`, {
    file: archive,
  });
}

/** The last of two files with one name is the one, as tar unpacks them; a file where a folder has to be is a fault. */
function treeOf(files: readonly ArchiveFile[], archive: string): FileTree {
  const contents: Record<string, Uint8Array> = {};
  const folders = new Set<string>();
  for (const { name, data } of files) {
    setOwn(contents, name, data);
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) folders.add(name.slice(0, at));
  }
  const clash = Object.keys(contents).find((name) => folders.has(name));
  if (clash !== undefined) {
    throw problemError("ArchiveInvalid", `archive ${archive}: ${JSON.stringify(clash)} is a file and a folder`, {
      file: archive,
    });
  }
  return memoryTree(contents);
}
