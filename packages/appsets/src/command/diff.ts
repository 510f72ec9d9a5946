import { isJsonObject, type Json } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { encodeYaml } from "@fairlead/yaml";
import { covers } from "../application-set/compare.ts";
import { APPLICATION_KIND } from "../application-set/types.ts";
import { generateFile, type GenerateFlags } from "./generate.ts";
import { EXIT_DONE, EXIT_FAULT, tellProblems } from "./io.ts";
import type { Context } from "./show.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const PROJECT = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject" };

/** What a set in a file would do to the hub's Applications. */
export async function diffCommand(context: Context, file: string, flags: GenerateFlags): Promise<number> {
  const { hub, io } = context;
  const lists = await Promise.all(
    [SECRET, CONFIG_MAP, PROJECT].map(async (kind) => {
      const { items } = await hub.list(kind, { namespace: flags.namespace });
      return items.map((item) => ({ ...kind, ...item }) as KubeObject);
    }),
  );
  const { sets, generations, problems } = await generateFile(file, flags, io, lists.flat());
  const hasFaults = tellProblems(io, [...problems, ...generations.flatMap((generation) => generation.problems)]);
  let changes = 0;
  for (const [index, set] of sets.entries()) {
    const generation = generations[index];
    if (!generation?.isComplete) continue;
    const { items } = await hub.list(APPLICATION_KIND, { namespace: set.metadata.namespace ?? flags.namespace });
    const owned = items.filter((item) =>
      item.metadata.ownerReferences?.some(
        (owner) => owner.kind === "ApplicationSet" && owner.name === set.metadata.name,
      ),
    );
    const live = new Map(owned.map((item) => [item.metadata.name ?? "", item]));
    for (const wanted of generation.applications) {
      const name = wanted.metadata.name ?? "";
      const before = live.get(name);
      if (before && covers(before, wanted)) continue;
      changes++;
      io.stdout.write(before ? `~ ${name}\n${changedLines(before, wanted)}` : `+ ${name}\n`);
    }
    for (const name of live.keys()) {
      if (generation.names.has(name)) continue;
      changes++;
      io.stdout.write(`- ${name}\n`);
    }
  }
  return hasFaults || changes > 0 ? EXIT_FAULT : EXIT_DONE;
}

/** Fields that differ, one a line: what is there and what is wanted. */
function changedLines(live: Json, wanted: Json, path = ""): string {
  if (isJsonObject(live) && isJsonObject(wanted)) {
    return Object.entries(wanted)
      .map(([key, value]) =>
        value === undefined || covers(live[key], value)
          ? ""
          : changedLines(live[key] ?? null, value, path === "" ? key : `${path}.${key}`),
      )
      .join("");
  }
  return `    ${path}: ${inLine(live)} → ${inLine(wanted)}\n`;
}

function inLine(value: Json): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : encodeYaml(value).trim();
}
