import { createHash } from "node:crypto";
import type { FileEntry } from "./types.ts";

/** Git's id of a blob with this content (SHA-1 object format). */
export function blobId(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

const MODE = { file: "100644", directory: "40000", symlink: "120000", submodule: "160000" } as const;

/** Git's id of a directory with these entries. The executable bit is not kept, so it equals Git's own only without such files. */
export function treeId(entries: readonly FileEntry[]): string {
  const sortKey = (entry: FileEntry): string => (entry.kind === "directory" ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))));
  const body = Buffer.concat(
    sorted.flatMap((entry) => [Buffer.from(`${MODE[entry.kind]} ${entry.name}\0`), Buffer.from(entry.id, "hex")]),
  );
  return createHash("sha1").update(`tree ${body.length}\0`).update(body).digest("hex");
}
