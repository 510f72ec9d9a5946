import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { TOOLS, type ToolName, type ToolRecipe } from "./catalogue.ts";

/** Where the built tools live: outside the checkout, so that a fresh clone finds them warm. */
export function toolCacheDirectory(): string {
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fairlead", "tools");
}

/** The Go toolchain's version line, or undefined where there is no Go. */
export function goVersion(): string | undefined {
  const found = spawnSync("go", ["version"], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" },
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4000);
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}: ${stderr}`)),
    );
  });
}

interface GoModReplace {
  readonly Old: { readonly Path: string; readonly Version?: string };
  readonly New: { readonly Path: string; readonly Version?: string };
}

/**
 * The replace directives a module that requires this one has to repeat. Those towards another module are taken over as they are;
 * Kubernetes' staging folders become the modules published from them (v1.N.P → v0.N.P); other local folders fall back to
 * the release that is required.
 */
async function replaceDirectives(recipe: ToolRecipe, directory: string): Promise<string[]> {
  await run("go", ["mod", "download", `${recipe.module}@${recipe.version}`], directory);
  const cached = spawnSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).stdout.trim();
  const goMod = join(cached, "cache/download", recipe.module, "@v", `${recipe.version}.mod`);
  const edited = spawnSync("go", ["mod", "edit", "-json", goMod], { encoding: "utf8" });
  const { Replace: replaces } = JSON.parse(edited.stdout) as { readonly Replace: readonly GoModReplace[] | null };
  const staging = recipe.version.replace(/^v1/, "v0");
  return (replaces ?? []).flatMap(({ Old: from, New: to }) => {
    const replaced = [from.Path, from.Version].filter(Boolean).join(" ");
    if (to.Version) return [`replace ${replaced} => ${to.Path} ${to.Version}`];
    return to.Path.startsWith("./staging/") ? [`replace ${replaced} => ${from.Path} ${staging}`] : [];
  });
}

async function buildInstall(recipe: ToolRecipe, target: string): Promise<void> {
  for (const [binary, path] of Object.entries(recipe.binaries)) {
    const scratch = join(target, `.scratch-${binary}`);
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, "go.mod"), "module fairlead.dev/tools\n");
    await run("go", ["get", `${recipe.module}@${recipe.version}`], scratch);
    await run("go", ["build", "-mod=mod", "-trimpath", "-o", join(target, binary), path], scratch);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function buildWrapper(recipe: ToolRecipe, target: string): Promise<void> {
  const scratch = join(target, ".scratch");
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, "go.mod"), "module fairlead.dev/tools\n");
  const replaces = await replaceDirectives(recipe, scratch);
  const lines = [
    "module fairlead.dev/tools",
    "",
    "go 1.25.0",
    "",
    `require ${recipe.module} ${recipe.version}`,
    "",
    ...replaces,
  ];
  writeFileSync(join(scratch, "go.mod"), `${lines.join("\n")}\n`);
  const imports = Object.values(recipe.binaries).map((path) => `import _ "${path}"`);
  writeFileSync(join(scratch, "tools.go"), `//go:build tools\n\npackage tools\n\n${imports.join("\n")}\n`);
  for (const [binary, path] of Object.entries(recipe.binaries)) {
    const flags = recipe.ldflags ? ["-ldflags", recipe.ldflags] : [];
    await run("go", ["build", "-mod=mod", "-trimpath", ...flags, "-o", join(target, binary), path], scratch);
  }
  rmSync(scratch, { recursive: true, force: true });
}

const building = new Map<ToolName, Promise<string>>();

/**
 * The folder that holds the tool's binaries, built now if it is not there yet.
 * @throws Error with the end of Go's own output when the build fails.
 */
export function installTool(name: ToolName, say: (line: string) => void = () => {}): Promise<string> {
  const known = building.get(name);
  if (known) return known;
  const started = installOnce(TOOLS[name], say);
  building.set(name, started);
  return started;
}

async function installOnce(recipe: ToolRecipe, say: (line: string) => void): Promise<string> {
  const target = join(toolCacheDirectory(), `${recipe.name}-${recipe.version}`);
  if (existsSync(target)) return target;
  say(`building ${recipe.name} ${recipe.version} (once; kept in the user's cache)`);
  // Built aside and renamed, so that a build cut short never passes for a finished one.
  const partial = `${target}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await (recipe.how === "install" ? buildInstall : buildWrapper)(recipe, partial);
  if (existsSync(target)) rmSync(partial, { recursive: true, force: true });
  else renameSync(partial, target);
  return target;
}
