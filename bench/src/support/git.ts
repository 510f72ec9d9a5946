import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function execGit(directory: string, ...args: readonly string[]): Promise<void> {
  await run("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", ...args], { cwd: directory });
}
