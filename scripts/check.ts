/** Every rule a machine can keep, side by side: types, lint, format, dead code, layers. `npm run check`, under half a minute. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const CHECKS: ReadonlyArray<readonly [name: string, command: string, ...args: string[]]> = [
  ["types", bin("tsc")],
  ["lint", bin("oxlint"), "--quiet"],
  ["format", bin("oxfmt"), "--check", "."],
  ["dead code", bin("knip"), "--no-progress", "--no-config-hints"],
  ["layers", process.execPath, "scripts/layers.ts"],
];

interface Result {
  readonly name: string;
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

function run([name, command, ...args]: (typeof CHECKS)[number]): Promise<Result> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const end = (code: number): void => resolve({ name, code, output, seconds: (Date.now() - started) / 1000 });
    child.on("error", (error) => {
      output += error.message;
      end(1);
    });
    child.on("close", (code) => end(code ?? 1));
  });
}

const results = await Promise.all(CHECKS.map(run));
for (const { name, code, output, seconds } of results) {
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) console.log(output.trimEnd());
}
process.exit(results.some((result) => result.code !== 0) ? 1 : 0);
