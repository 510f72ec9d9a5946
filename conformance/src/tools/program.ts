import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { toolCacheDirectory } from "./install.ts";

/**
 * The binary of a small Go program of ours that asks a peer's library, built once for its sources into the user's cache.
 * @param folder has go.mod, go.sum and the sources
 * @throws Error with the end of Go's own output when the build fails
 */
export function buildProgram(folder: string, name: string, say: (line: string) => void): string {
  const hash = createHash("sha256");
  for (const file of globSync("*.{go,mod,sum}", { cwd: folder }).sort()) hash.update(readFileSync(join(folder, file)));
  const directory = join(toolCacheDirectory(), `${name}-${hash.digest("hex").slice(0, 12)}`);
  const binary = join(directory, name);
  if (existsSync(binary)) return binary;
  say(`building ${name} (once; kept in the user's cache)`);
  mkdirSync(directory, { recursive: true });
  const partial = `${binary}.partial-${process.pid}`;
  const built = spawnSync("go", ["build", "-trimpath", "-o", partial, "."], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=readonly" },
  });
  if (built.status !== 0) throw new Error(`go build of ${name} ended with ${built.status}: ${built.stderr}`);
  renameSync(partial, binary);
  return binary;
}
