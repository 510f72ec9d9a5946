import { createHash } from "node:crypto";
import type { JsonObject } from "@fairlead/base";
import { encodeJson } from "@fairlead/gotemplate";
import { encodeYaml } from "@fairlead/yaml";
import type { Dependency, Lock } from "./chart-file.ts";

/**
 * What Chart.lock says its dependencies were made from: SHA-256 of both lists as Go's encoding/json writes Helm's structs, fields in
 * their order there, `<`, `>` and `&` escaped. @returns `sha256:…`
 */
export function lockDigest(declared: readonly Dependency[], locked: readonly Dependency[]): string {
  return digestOf(`[${listText(declared)},${listText(locked)}]`);
}

/** The digest of Helm 2, which looked at what was declared alone; locks of that age are still about. */
export function lockDigestV2(declared: readonly Dependency[]): string {
  return digestOf(`{"dependencies":${listText(declared)}}`);
}

/** Chart.lock as Helm writes it. @param generated as Go's time is in JSON: local, nanoseconds */
export function formatLock(lock: Lock, generated: string): string {
  const dependencies = lock.dependencies.map(({ name, version, repository }) => ({
    name,
    ...(version === "" ? {} : { version }),
    repository,
  }));
  return encodeYaml({ dependencies, digest: lock.digest, generated } satisfies JsonObject);
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function listText(list: readonly Dependency[]): string {
  return `[${list.map(dependencyText).join(",")}]`;
}

function dependencyText(dependency: Dependency): string {
  const { name, version, repository, condition, tags, enabled, importValues, alias } = dependency;
  const fields: ReadonlyArray<readonly [key: string, value: unknown, isKept: boolean]> = [
    ["name", name, true],
    ["version", version, version !== ""],
    ["repository", repository, true],
    ["condition", condition, Boolean(condition)],
    ["tags", tags, (tags?.length ?? 0) > 0],
    ["enabled", enabled, enabled === true],
    ["import-values", importValues, (importValues?.length ?? 0) > 0],
    ["alias", alias, Boolean(alias)],
  ];
  const kept = fields.filter(([, , isKept]) => isKept);
  return `{${kept.map(([key, value]) => `${goJson(key)}:${goJson(value)}`).join(",")}}`;
}

function goJson(value: unknown): string {
  return encodeJson(value, { escapesHtml: true, spend: () => undefined });
}
