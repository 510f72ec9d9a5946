import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { encodeYaml } from "@fairlead/yaml";
import { APPLICATION_KIND, APPLICATION_SET_KIND, type Condition } from "../application-set/types.ts";
import { splitName, type ClusterFlags } from "./access.ts";
import { EXIT_DONE, EXIT_FAULT, type CommandIo } from "./io.ts";

export type Output = "text" | "json" | "yaml" | "name";

export interface Context {
  readonly hub: KubeClient;
  readonly flags: ClusterFlags;
  readonly io: CommandIo;
}

/** Columns three spaces apart, headers in capitals, as kubectl prints them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Every set, with how it is. */
export async function listSets(
  context: Context,
  options: { readonly allNamespaces?: boolean; readonly output: Output },
): Promise<number> {
  const { hub, flags, io } = context;
  const { items } = await hub.list(APPLICATION_SET_KIND, options.allNamespaces ? {} : { namespace: flags.namespace });
  const sets = items.map((item) => ({ ...APPLICATION_SET_KIND, ...item }) as KubeObject);
  if (options.output === "json" || options.output === "yaml") {
    io.stdout.write(machineText({ apiVersion: "v1", kind: "List", items: sets }, options.output));
    return EXIT_DONE;
  }
  if (options.output === "name") {
    io.stdout.write(sets.map(({ metadata }) => `applicationset.argoproj.io/${metadata.name ?? ""}\n`).join(""));
    return EXIT_DONE;
  }
  const rows = sets.map((set) => [
    `${set.metadata.namespace ?? ""}/${set.metadata.name ?? ""}`,
    String(countOf(set)),
    stateOf(set),
    conditionsOf(set)
      .find((condition) => isTroubling(condition))
      ?.message.slice(0, 100) ?? "",
  ]);
  io.stdout.write(table(["NAME", "APPLICATIONS", "STATE", "MESSAGE"], rows));
  return EXIT_DONE;
}

/** One set: conditions, applications, where a rollout stands. Exit 1 when something is wrong with it. */
export async function getSet(context: Context, name: string, options: { readonly output: Output }): Promise<number> {
  const { hub, flags, io } = context;
  const where = splitName(name, flags.namespace);
  const set = await findSet(hub, where);
  if (options.output === "json" || options.output === "yaml") {
    io.stdout.write(machineText(set, options.output));
    return EXIT_DONE;
  }
  const { items } = await hub.list(APPLICATION_KIND, { namespace: where.namespace });
  const owned = items.filter((item) => item.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid));
  const conditions = conditionsOf(set).map((one) => [one.type, one.status, one.reason, one.message.slice(0, 200)]);
  io.stdout.write(`${where.namespace}/${where.name}: ${stateOf(set)}\n\n`);
  io.stdout.write(table(["CONDITION", "STATUS", "REASON", "MESSAGE"], conditions));
  io.stdout.write(
    `\n${table(
      ["APPLICATION", "SYNC", "HEALTH", "STEP"],
      owned.map((item) => applicationLine(set, item)),
    )}`,
  );
  return conditionsOf(set).some(isTroubling) ? EXIT_FAULT : EXIT_DONE;
}

/** @throws ProblemError UnknownApplicationSet, naming those there are */
async function findSet(
  hub: KubeClient,
  where: { readonly name: string; readonly namespace: string },
): Promise<KubeObject> {
  const found = await hub.find(APPLICATION_SET_KIND, where.name, where.namespace);
  if (found) return found;
  const { items } = await hub.list(APPLICATION_SET_KIND, { namespace: where.namespace });
  const names = items.map(({ metadata }) => metadata.name ?? "").slice(0, 20);
  const hint = names.length > 0 ? `there are ${names.join(", ")}` : "there is none in this namespace; -n names another";
  throw problemError("UnknownApplicationSet", `there is no ApplicationSet ${where.namespace}/${where.name}`, { hint });
}

function applicationLine(set: KubeObject, application: KubeObject): string[] {
  const status = objectAt(application, "status");
  const name = application.metadata.name ?? "";
  const entries = objectAt(set, "status")["applicationStatus"];
  const own = Array.isArray(entries)
    ? entries.find((entry) => isJsonObject(entry) && entry["application"] === name)
    : undefined;
  const step = isJsonObject(own) ? `${String(own["step"])} ${String(own["status"])}` : "";
  return [name, textAt(objectAt(status, "sync"), "status"), textAt(objectAt(status, "health"), "status"), step];
}

function conditionsOf(set: KubeObject): Condition[] {
  const { conditions } = objectAt(set, "status");
  return Array.isArray(conditions) ? (conditions.filter(isJsonObject) as Condition[]) : [];
}

function isTroubling({ type, status }: Condition): boolean {
  return (type === "ErrorOccurred" && status === "True") || (type === "ResourcesUpToDate" && status === "False");
}

function stateOf(set: KubeObject): string {
  const conditions = conditionsOf(set);
  const troubling = conditions.find(isTroubling);
  if (troubling) return troubling.reason === "DeletionHeld" ? "Held" : "Error";
  if (conditions.some((one) => one.type === "RolloutProgressing" && one.status === "True")) return "Rolling";
  return conditions.length === 0 ? "Unknown" : "UpToDate";
}

function countOf(set: KubeObject): number {
  const { resourcesCount, resources } = objectAt(set, "status");
  return typeof resourcesCount === "number" ? resourcesCount : Array.isArray(resources) ? resources.length : 0;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function textAt(object: JsonObject, name: string): string {
  const value: Json | undefined = object[name];
  return typeof value === "string" ? value : "";
}

function machineText(value: JsonObject, output: "json" | "yaml"): string {
  return output === "json" ? `${JSON.stringify(value, null, 2)}\n` : encodeYaml(value);
}
