import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { joinPath, problemError, type FileTree } from "@fairlead/base";
import { LIMITS } from "../limits.ts";

/**
 * Writes a tree below a directory: a command needs files. Symlinks to files become those files; others are left out, since nothing
 * may lead outside. @throws ProblemError PluginTreeTooLarge
 */
export async function checkOut(tree: FileTree, directory: string): Promise<void> {
  let bytes = 0;
  let files = 0;
  const pending = [""];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    await mkdir(join(directory, at), { recursive: true });
    for (const entry of tree.list(at)) {
      const path = joinPath(at, entry.name);
      if (entry.kind === "directory") pending.push(path);
      if (entry.kind === "directory" || entry.kind === "submodule") continue;
      const found = fileAt(tree, path);
      if (!found) continue;
      bytes += found.content.byteLength;
      if (bytes > LIMITS.pluginTreeBytes || ++files > LIMITS.pluginTreeFiles) throw tooLarge();
      const target = join(directory, path);
      await writeFile(target, found.content);
      if (found.isExecutable) await chmod(target, 0o755);
    }
  }
}

function fileAt(tree: FileTree, path: string): { content: Uint8Array; isExecutable: boolean } | undefined {
  try {
    const stat = tree.stat(path);
    return stat?.kind === "file" ? { content: tree.read(path), isExecutable: stat.executable === true } : undefined;
  } catch {
    // A symlink that leads out of the tree.
    return undefined;
  }
}

function tooLarge(): Error {
  const megabytes = LIMITS.pluginTreeBytes / 1024 / 1024;
  return problemError(
    "PluginTreeTooLarge",
    `the repository is too large for a plugin: more than ${megabytes} MiB or ${LIMITS.pluginTreeFiles} files`,
  );
}
