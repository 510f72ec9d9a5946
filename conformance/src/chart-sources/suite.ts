import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sortKnown, type Difference, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { casesFor, KNOWN, repositoryCharts, type Case } from "./cases.ts";

export const suite: Suite = {
  name: "chart-sources",
  description: "dependencies and charts from an HTTP repository and a real registry, beside helm 4",
  tools: ["helm4", "crane"],
  run,
};

const COMMAND_TIMEOUT_MS = 60_000;
const FAIRLEAD = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");

interface World {
  readonly root: string;
  readonly helm: string;
  readonly environment: NodeJS.ProcessEnv;
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  const root = mkdtempSync(join(tmpdir(), "fairlead-chart-sources-"));
  const environment = {
    ...process.env,
    HELM_CONFIG_HOME: join(root, "config"),
    HELM_CACHE_HOME: join(root, "cache"),
    HELM_DATA_HOME: join(root, "data"),
    FAIRLEAD_CACHE_HOME: join(root, "ours"),
  };
  const world: World = { root, helm: join(context.toolDirectory("helm4"), "helm"), environment };
  const registryPort = await freePort();
  const registry = spawn(join(context.toolDirectory("crane"), "registry"), ["-port", String(registryPort)], {
    stdio: "ignore",
  });
  const { server, url } = await serveRepository(join(root, "repository"));
  try {
    const oci = `oci://127.0.0.1:${registryPort}/charts`;
    await answers(`http://127.0.0.1:${registryPort}/v2/`);
    await fillSources(world, url, oci);
    const [pattern = ""] = context.args;
    const cases = casesFor(url, oci).filter(({ name }) => name.includes(pattern));
    return await compareAll(world, cases, context.say);
  } finally {
    server.closeAllConnections();
    server.close();
    await ended(registry);
    rmSync(root, { recursive: true, force: true });
  }
}

async function compareAll(world: World, cases: readonly Case[], say: SuiteContext["say"]): Promise<SuiteResult> {
  const all: Difference[] = [];
  for (const entry of cases) {
    const [theirs, ours] = await Promise.all([
      runCase(world, entry, "helm", [world.helm]),
      runCase(world, entry, "ours", [process.execPath, FAIRLEAD, "helm"]),
    ]);
    const detail = firstDifference(theirs, ours);
    if (detail === undefined) continue;
    say(`differs: ${entry.name}`);
    all.push({ name: entry.name, detail });
  }
  const { different, known } = sortKnown(all, KNOWN);
  return { same: cases.length - all.length, different, known, skipped: [] };
}

/** Everything that can be seen of a run, as lines: what was said, the exit status, and what is on disk afterwards. */
async function runCase(world: World, entry: Case, who: string, command: readonly string[]): Promise<string[]> {
  const folder = join(world.root, `case-${who}`);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(entry.files)) write(join(folder, path), text);
  cpSync(join(world.root, "archives"), join(folder, "archives"), { recursive: true });
  const lines: string[] = [];
  for (const args of entry.commands) {
    const { status, stdout, stderr } = await execute(command, args, folder, world.environment);
    lines.push(`$ helm ${args.join(" ")}`, `status ${status}`);
    lines.push(...stdout.split("\n").map((line) => `out ${line.trimEnd()}`));
    lines.push(...stderr.split("\n").map((line) => `err ${line.trimEnd()}`));
  }
  return [...lines, ...onDisk(folder, "app")];
}

function onDisk(root: string, folder: string): string[] {
  const at = join(root, folder);
  if (!existsSync(at)) return [];
  return readdirSync(at)
    .sort()
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) return onDisk(root, path);
      const data = readFileSync(join(root, path));
      if (name.endsWith(".lock"))
        return [
          `file ${path}`,
          ...data
            .toString()
            .split("\n")
            .filter((line) => !line.startsWith("generated:")),
        ];
      // Archives of local charts are packed by each in its own way; that they render alike is a case of its own.
      const isOwn = name.startsWith("local-");
      return [`file ${path} ${isOwn ? "" : createHash("sha256").update(data).digest("hex")}`];
    });
}

function firstDifference(theirs: readonly string[], ours: readonly string[]): string | undefined {
  const length = Math.max(theirs.length, ours.length);
  for (let at = 0; at < length; at++) {
    if (theirs[at] === ours[at]) continue;
    const command = theirs.slice(0, at + 1).findLast((line) => line.startsWith("$ "));
    return `${command}\nhelm  ${theirs[at] ?? "(nothing more)"}\nours  ${ours[at] ?? "(nothing more)"}`;
  }
  return undefined;
}

async function fillSources(world: World, url: string, oci: string): Promise<void> {
  const work = join(world.root, "work");
  const archives = join(world.root, "archives");
  mkdirSync(archives, { recursive: true });
  for (const [name, files] of Object.entries(repositoryCharts())) {
    for (const [path, text] of Object.entries(files)) write(join(work, name, path), text);
    await must(world, [world.helm], ["package", join(work, name), "-d", archives]);
  }
  const repository = join(world.root, "repository");
  cpSync(archives, repository, { recursive: true });
  await must(world, [world.helm], ["repo", "index", repository]);
  await must(world, [world.helm], ["repo", "add", "known", url]);
  for (const name of readdirSync(archives)) {
    await must(world, [world.helm], ["push", join(archives, name), oci, "--plain-http"]);
  }
}

async function must(world: World, command: readonly string[], args: readonly string[]): Promise<void> {
  const { status, stderr } = await execute(command, args, world.root, world.environment);
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
}

function execute(
  [program = "", ...first]: readonly string[],
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...first, ...args],
      { cwd, env, timeout: COMMAND_TIMEOUT_MS },
      (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr });
      },
    );
  });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function serveRepository(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? "/", "http://x").pathname);
    const isThere = path.startsWith(folder) && existsSync(path) && statSync(path).isFile();
    response.writeHead(isThere ? 200 : 404).end(isThere ? readFileSync(path) : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const over = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await over;
}
