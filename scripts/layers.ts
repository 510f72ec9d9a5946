/**
 * Layers are kept by machine or not at all: an import may only point to a lower line of ARCHITECTURE.md, every imported package
 * is declared in the importer's own package.json, and dependencies are pinned exactly.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LINES: readonly (readonly string[])[] = [
  ["base"],
  ["yaml", "gotemplate"],
  ["apimachinery", "jsonnet"],
  ["helm", "kustomize", "kube", "sources"],
  ["render", "apiserver", "simulator"],
  ["apps", "appsets", "flux", "images", "secrets", "rollouts", "promotion", "guard", "whatif"],
  ["server"],
  ["cli"],
];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** Yields every breach as a sentence. */
export function* findBreaches(root: string): Generator<string> {
  const declared = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  for (const path of globSync("packages/*/package.json", { cwd: root }).sort()) {
    const folder = dirname(path);
    const name = folder.split("/")[1] ?? "";
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
    if (lineOf(name) < 0) yield `${path}: package ${name} is on no line of scripts/layers.ts`;
    yield* breachesInManifest(path, name, manifest);
    for (const file of globSync(`${folder}/{src,test}/**/*.ts`, { cwd: root })) {
      yield* breachesInFile(join(root, file), file, name, manifest, declared);
    }
    if (!existsSync(join(root, folder, "README.md"))) yield `${folder}: has no README.md`;
  }
}

function lineOf(name: string): number {
  return LINES.findIndex((line) => line.includes(name));
}

function* breachesInManifest(path: string, name: string, manifest: Manifest): Generator<string> {
  for (const [dependency, version] of Object.entries(manifest.dependencies ?? {})) {
    const target = /^@fairlead\/(.+)$/.exec(dependency)?.[1];
    if (target === undefined && !/^\d/.test(version)) yield `${path}: ${dependency} ${version} is not pinned exactly`;
    if (target !== undefined && lineOf(target) >= lineOf(name)) yield `${path}: ${name} may not depend on ${target}`;
  }
}

function* breachesInFile(
  full: string,
  file: string,
  name: string,
  own: Manifest,
  rootManifest: Manifest,
): Generator<string> {
  const isTest = file.includes("/test/");
  for (const match of readFileSync(full, "utf8").matchAll(
    /^\s*(?:import|export)\s[^"';]*?from "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm,
  )) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
    const target = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    const known = {
      ...own.dependencies,
      ...own.devDependencies,
      ...(isTest ? rootManifest.devDependencies : {}),
      [own.name]: "",
    };
    if (!(target in known)) yield `${file}: imports ${target}, which ${name}'s package.json does not declare`;
    const sibling = /^@fairlead\/(.+)$/.exec(target)?.[1];
    if (sibling !== undefined && sibling !== name && !isTest && lineOf(sibling) >= lineOf(name)) {
      yield `${file}: ${name} (line ${lineOf(name)}) imports ${sibling} (line ${lineOf(sibling)})`;
    }
  }
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const breaches = [...findBreaches(root)];
  for (const breach of breaches) console.error(breach);
  process.exit(breaches.length > 0 ? 1 : 0);
}
