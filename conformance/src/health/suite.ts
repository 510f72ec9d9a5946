import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { healthOf, luaHealthCheck, type Health, type HealthCheck, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { Difference, Skipped, Suite, SuiteResult } from "../suite.ts";
import { sortKnown } from "../suite.ts";
import { goVersion } from "../tools/index.ts";
import { TOOLS } from "../tools/catalogue.ts";
import { KNOWN } from "./known.ts";

interface Case {
  /** `group/Kind`, the folder of its script. */
  readonly kind: string;
  readonly name: string;
  readonly object: KubeObject;
  readonly wanted: Health;
}

/** Argo CD's own cases: its objects with the health it expects of them, to our rules, and its scripts to our Lua. */
export const suite: Suite = {
  name: "health",
  description: "our rules and our Lua engine, against the cases Argo CD keeps for its own health scripts",
  tools: [],
  async run(): Promise<SuiteResult> {
    const root = customizations();
    if (root === undefined) {
      const reason = "Argo CD's module is not in Go's cache; the argocd tool brings it there";
      return { same: 1, different: [], skipped: [{ name: "all", reason }] };
    }
    const all: Difference[] = [];
    const skipped: Skipped[] = [];
    let same = 0;
    const judge = (title: string, wanted: Health, found: Health | undefined): void => {
      const detail = differenceOf(wanted, found);
      if (detail === undefined) same++;
      else all.push({ name: title, detail });
    };
    for (const [kind, cases] of Map.groupBy(readCases(root, skipped), (item) => item.kind)) {
      const scripted = await scriptOf(root, kind);
      for (const { name, object, wanted } of cases) {
        judge(`rule ${kind} ${name}`, wanted, healthOf(object));
        if (scripted) judge(`Lua ${kind} ${name}`, wanted, scripted(object));
      }
      scripted?.close();
    }
    return { same, ...sortKnown(all, KNOWN), skipped };
  },
};

function customizations(): string | undefined {
  if (goVersion() === undefined) return undefined;
  const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  const { module, version } = TOOLS.argocd;
  const found = globSync(join(cache, `${module}@${version}`, "resource_customizations"));
  return found[0];
}

function readCases(root: string, skipped: Skipped[]): Case[] {
  return globSync("**/health_test.yaml", { cwd: root }).flatMap((path) => {
    const folder = dirname(join(root, path));
    const listed = read(join(root, path));
    const tests = isJsonObject(listed) && Array.isArray(listed["tests"]) ? listed["tests"] : [];
    return tests.filter(isJsonObject).flatMap((test) => {
      // One of them spells the name in small letters, as Go's reader lets it.
      const input = test["inputPath"] ?? test["inputpath"];
      const object = typeof input === "string" ? read(join(folder, input)) : undefined;
      if (typeof input !== "string" || !isJsonObject(object)) {
        skipped.push({ name: `${path} ${String(input)}`, reason: "the case has no object" });
        return [];
      }
      // The scripts are asked about objects that are being deleted too; Argo CD itself says so of them before it asks.
      if (isJsonObject(object["metadata"])) delete object["metadata"]["deletionTimestamp"];
      const wanted = test["healthStatus"] as unknown as Health;
      return [{ kind: relative(root, folder), name: input, object: object as unknown as KubeObject, wanted }];
    });
  });
}

function read(path: string): unknown {
  return decodeYaml(readFileSync(path, "utf8"));
}

async function scriptOf(root: string, kind: string): Promise<(HealthCheck & { close(): void }) | undefined> {
  const path = join(root, kind, "health.lua");
  if (globSync(path).length === 0) return undefined;
  const pattern = kind.replaceAll("_", "*");
  return luaHealthCheck([{ pattern, script: readFileSync(path, "utf8") }]);
}

function differenceOf(wanted: Health, found: Health | undefined): string | undefined {
  const show = (value: Health | undefined): string =>
    value === undefined ? "no answer" : `${value.status} ${JSON.stringify(value.message ?? "")}`;
  return show(wanted) === show(found) ? undefined : `theirs: ${show(wanted)}\nours:   ${show(found)}`;
}
