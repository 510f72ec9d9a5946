/**
 * Writes src/lint/generated/deprecations.json: which of Kubernetes' kinds are deprecated since when, as the API packages say that each
 * Helm is built with. Usage: node scripts/generate-deprecations.ts MODULES, the folder with `api@v0.34.0` and `api@v0.37.1` in it.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const API = { v3: "v0.34.0", v4: "v0.37.1" } as const;
const METHOD =
  /func \(in \*(\w+)\) APILifecycle(Deprecated|Removed|Replacement)\(\)[^{]*\{\s*return (?:(\d+), (\d+)|schema\.GroupVersionKind\{Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"\})/g;

interface Life {
  deprecated?: string;
  removed?: string;
  replacement?: string;
}

function readLives(api: string): Record<string, Life> {
  const lives: Record<string, Life> = {};
  for (const file of globSync("*/*/{lifecycle,zz_generated.prerelease-lifecycle}.go", { cwd: api }).sort()) {
    const folder = dirname(join(api, file));
    const group = /GroupName\s*=\s*"([^"]*)"/.exec(readFileSync(join(folder, "register.go"), "utf8"))?.[1] ?? "";
    const version = file.split("/")[1] ?? "";
    for (const [, kind, what, major, minor, g, v, k] of readFileSync(join(api, file), "utf8").matchAll(METHOD)) {
      const life = (lives[`${group === "" ? "" : `${group}/`}${version} ${kind}`] ??= {});
      if (what === "Deprecated") life.deprecated = `${major}.${minor}`;
      else if (what === "Removed") life.removed = `${major}.${minor}`;
      else life.replacement = `${g === "" ? "" : `${g}/`}${v} ${k}`;
    }
  }
  return Object.fromEntries(Object.entries(lives).filter(([, life]) => life.deprecated !== undefined));
}

const modules = process.argv[2] ?? ".";
const out = Object.fromEntries(
  Object.entries(API).map(([helm, version]) => [helm, readLives(join(modules, `api@${version}`))]),
);
const target = join(import.meta.dirname, "../src/lint/generated/deprecations.json");
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(out)}\n`);
