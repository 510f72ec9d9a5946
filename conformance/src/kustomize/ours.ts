import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { diskTree, type FileTree, problemError } from "@fairlead/base";
import { type BuildIo, type RepositorySpec, runBuild } from "@fairlead/kustomize";
import { renderKustomizeChart } from "@fairlead/helm";
import type { BuildCase } from "./cases.ts";
import type { Answer } from "./real.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

/** Builds in this process through the command, as `fairlead kustomize build` does. */
export async function ourBuild({ directory, flags }: BuildCase): Promise<Answer> {
  /** Made during this build, gone after it. */
  const clones: string[] = [];
  let stdout = "";
  let stderr = "";
  const io: BuildIo = {
    tree: diskTree("/"),
    workingDirectory: process.cwd(),
    environment: {},
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    writeFile: (path) => {
      throw new Error(`${path} is not to be written here`);
    },
    helm: { inflate: renderKustomizeChart },
    remotes: { repository: (spec) => cloneLocal(spec, clones), file: fetchLocal },
  };
  const status = await runBuild([directory, ...flags], io);
  for (const clone of clones) rmSync(clone, { recursive: true, force: true });
  return { status, stdout, stderr };
}

/** Only repositories of this machine are cloned. */
async function cloneLocal({ url, ref, raw }: RepositorySpec, clones: string[]): Promise<FileTree> {
  if (!url.startsWith("file://")) throw problemError("KustomizeRemote", `offline: ${raw} is not fetched`);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kustomize-"));
  clones.push(folder);
  const branch = ref === "" ? [] : ["--branch", ref];
  await run("git", ["clone", "--quiet", "--depth=1", ...branch, url, folder], { timeout: TIMEOUT_MS });
  return diskTree(folder);
}

async function fetchLocal(url: string): Promise<{ status: number; body: Uint8Array }> {
  if (new URL(url).hostname !== "127.0.0.1") throw problemError("KustomizeRemote", `offline: ${url} is not fetched`);
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
}
