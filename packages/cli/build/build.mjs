// Makes dist/: the command as a few files of JavaScript, one start instead of hundreds (docs/decisions/0013). Plain JavaScript,
// because npm runs it with whatever Node the machine has.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ALL_SOURCES, dist, isBuildFresh, packages, sourcesFile } from "./freshness.mjs";
import { warmUp } from "./warm-up.mjs";

/** They find their .wasm beside themselves, so they stay where npm put them. */
const EXTERNAL = [/^wasmoon$/, /^jq-wasm$/];
/** Codes are registered by being imported; everything else in src/ only defines. */
const REGISTERING = /[/\\]src[/\\](?:[\w-]+-)?codes\.ts$/;
/** Libraries that do nothing when they are merely imported, though their package.json does not say so. */
const PURE_LIBRARIES = /[/\\]node_modules[/\\](?:@marcbachmann|bcryptjs|commander|pino|re2js|smol-toml)[/\\]/;
/** How a worker's file, or one that is loaded late, is named in the sources: `new URL("./disk.worker.ts", import.meta.url)`. */
const OWN_FILE = /new URL\("\.\/([\w-]+\.(?:worker|lazy))\.ts", import\.meta\.url\)/g;

/** Every file under `folder`, as a path. Not `globSync`: Node 20 has none. */
function* filesBelow(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

/** Entry points by the name of their output: the command, and what is found by its file: each worker, each module that is loaded late. */
function entryPoints() {
  const entries = { main: join(packages, "cli/src/main.ts") };
  for (const name of readdirSync(packages)) {
    for (const file of filesBelow(join(packages, name, "src"))) {
      if (/\.(worker|lazy)\.ts$/.test(file)) entries[basename(file, ".ts")] = file;
    }
  }
  return entries;
}

const ownFiles = {
  name: "own-files",
  transform(code, id) {
    if (!id.endsWith(".ts") || !code.includes("import.meta.url")) return null;
    return { code: code.replace(OWN_FILE, 'new URL("./$1.js", import.meta.url)'), map: null };
  },
};

/** `import { a, b as c } from "node:fs";`, `import fs from "node:fs";`, `import * as fs from "node:fs";`, a line of its own each. */
const BUILTIN_IMPORT = /^import (?:\{([^}]*)\}|(?:\* as )?([\w$]+)) from "(node:[\w/]+)";$/gm;

/**
 * Node's own modules are asked for by a call. An import of one reads everything that it exports, and a read of `http.WebSocket` loads
 * a whole HTTP client: 30 ms of every start.
 */
const builtinModules = {
  name: "builtin-modules",
  renderChunk(code) {
    const asked = code.replace(BUILTIN_IMPORT, (_, names, whole, name) => {
      const binding = whole ?? `{ ${names.replace(/ as /g, ": ").trim()} }`;
      // By way of globalThis: a chunk may import `process` itself under that name.
      return `const ${binding} = globalThis.process.getBuiltinModule("${name}");`;
    });
    return asked === code ? null : { code: asked, map: null };
  },
};

/** Bundles the command and its workers into a folder. @returns its chunks */
export async function bundle(folder) {
  const { rolldown } = await import("rolldown");
  const input = entryPoints();
  const build = await rolldown({
    input,
    platform: "node",
    external: EXTERNAL,
    // Where a package has both, its ES module: the other form of some (jsonc-parser) asks for its parts in a way no bundler sees.
    resolve: { mainFields: ["module", "main"] },
    plugins: [ownFiles, builtinModules],
    treeshake: {
      moduleSideEffects: (id) =>
        REGISTERING.test(id) ||
        Object.values(input).includes(id) ||
        !(id.startsWith(packages) || PURE_LIBRARIES.test(id)),
    },
  });
  // All in one folder, so that `./x.worker.js` is beside whatever file asks for it.
  const names = { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" };
  const { output } = await build.write({ dir: folder, format: "esm", ...names });
  await build.close();
  return output.filter(({ type }) => type === "chunk");
}

const NAMED_FILE = /"\.\/([\w-]+\.(?:worker|lazy)\.js)"/g;

/** The sources of a chunk, of all that it imports, and of the files it names; of what it imports later only where that is asked for. */
function sourcesOf(chunk, chunks, isLaterToo = false) {
  const byName = new Map(chunks.map((one) => [one.fileName, one]));
  const seen = new Set([chunk]);
  for (const { imports, dynamicImports, code } of seen) {
    const named = [...code.matchAll(NAMED_FILE)].map(([, name]) => name);
    for (const name of [...imports, ...named, ...(isLaterToo ? dynamicImports : [])])
      if (byName.has(name)) seen.add(byName.get(name));
  }
  return [...seen].flatMap(({ moduleIds }) => moduleIds);
}

/** One list a command, `{"startedMs": N, "sources": [path below packages/, …]}`, and one of all sources. */
function writeSources(folder, chunks, startedMs) {
  const isSource = (path) => path.startsWith(packages) && path.includes(`${sep}src${sep}`);
  const write = (name, files) => {
    const sources = [...new Set(files.filter(isSource))].map((path) => relative(packages, path));
    writeFileSync(join(folder, sourcesFile(name)), `${JSON.stringify({ startedMs, sources })}\n`);
  };
  const all = readdirSync(packages).flatMap((name) => [...filesBelow(join(packages, name, "src"))]);
  write(ALL_SOURCES, all);
  const indexes = all.filter((path) => basename(path) === "index.ts");
  const main = chunks.find(({ fileName }) => fileName === "main.js");
  for (const chunk of chunks) {
    const command = /[/\\]cli[/\\]src[/\\]commands[/\\]([\w-]+)\.ts$/.exec(chunk.facadeModuleId ?? "")?.[1];
    if (command) write(command, [...sourcesOf(main, chunks), ...sourcesOf(chunk, chunks, true), ...indexes]);
  }
}

/** Builds aside and renames, so that a command that starts meanwhile sees the old build, the new one, or none. */
async function build() {
  // Before reading: a source saved while this runs makes the build stale.
  const startedMs = Date.now();
  const partial = `${dist}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    writeSources(partial, await bundle(partial), startedMs);
    writeFileSync(join(partial, "package.json"), '{ "type": "module", "private": true }\n');
    rmSync(dist, { recursive: true, force: true });
    renameSync(partial, dist);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  warmUp();
}

/** Whether npm brought the bundler: `npm ci --omit=dev` does not. */
function hasBundler() {
  try {
    return import.meta.resolve("rolldown") !== undefined;
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href && hasBundler()) {
  try {
    if (!process.argv.includes("--if-stale") || !isBuildFresh()) await build();
  } catch (error) {
    // Never a reason to fail an install: without a build the command runs from its sources.
    process.stderr.write(`fairlead: no fast build of the command: ${error instanceof Error ? error.message : error}\n`);
    if (process.argv.includes("--strict")) process.exitCode = 1;
  }
}
