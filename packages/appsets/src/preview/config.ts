import { isJsonObject, parseGoDuration, problemsOf, type JsonObject, type Problem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";
import { Faults, FieldReader } from "../application-set/faults.ts";

/** YAML on a set with a pull request generator; every field is optional. An annotation, so that it outlives any schema. */
const PREVIEW_ANNOTATION = "fairlead.dev/preview";
/** On an Application: when its preview ends, RFC 3339; `fairlead preview extend` and `delete` write it. */
export const EXPIRES_ANNOTATION = "fairlead.dev/preview-expires";
/** On a namespace: the set it was made for, `namespace.name` or its hash. */
export const PREVIEW_LABEL = "fairlead.dev/preview-set";
export const PREVIEW_APPLICATION_ANNOTATION = "fairlead.dev/preview-application";

export interface PreviewConfig {
  /** A preview ends so long after it began, or after its last new commit; undefined: with its pull request. */
  readonly ttlMs: number | undefined;
  /** Previews at once; others wait. */
  readonly max: number | undefined;
  /** A pull request from a fork needs this label; undefined: forks are treated like any. */
  readonly forkLabel: string | undefined;
  /** Put into each preview's namespace: quota, network policy and the like. */
  readonly objects: readonly JsonObject[];
  readonly comments: boolean;
  /** Address of a preview, with `{{number}}`, `{{branch_slug}}` and the other parameters in it. */
  readonly url: string | undefined;
}

const NONE: PreviewConfig = {
  ttlMs: undefined,
  max: undefined,
  forkLabel: undefined,
  objects: [],
  comments: false,
  url: undefined,
};

/** What a set says of its previews, with every fault. */
export function parsePreviewConfig(set: KubeObject): { config: PreviewConfig; problems: readonly Problem[] } {
  const text = set.metadata.annotations?.[PREVIEW_ANNOTATION];
  if (text === undefined) return { config: NONE, problems: [] };
  const at = `metadata.annotations[${PREVIEW_ANNOTATION}]`;
  const faults = new Faults(`ApplicationSet ${set.metadata.namespace ?? ""}/${set.metadata.name ?? ""}`);
  let value: unknown;
  try {
    value = decodeYaml(text);
  } catch (error) {
    faults.take(at, problemsOf(error));
  }
  if (!isJsonObject(value)) {
    if (faults.problems.length === 0) faults.add("InvalidApplicationSet", at, "is not an object");
    return { config: NONE, problems: faults.problems };
  }
  const fields = new FieldReader(faults, at, value as JsonObject);
  const max = fields.number("max");
  if (max !== undefined && (!Number.isInteger(max) || max < 0)) fields.fault("max", `is ${max}, not a count`);
  const config: PreviewConfig = {
    ttlMs: parseTtl(fields),
    max,
    forkLabel: fields.text("forkLabel") || undefined,
    objects: fields.objects("objects").map(({ object }) => object),
    comments: fields.flag("comment"),
    url: fields.text("url") || undefined,
  };
  return { config, problems: faults.problems };
}

function parseTtl(fields: FieldReader): number | undefined {
  const text = fields.text("ttl");
  if (text === undefined) return undefined;
  const days = /^(\d+)d$/.exec(text);
  if (days) return Number(days[1]) * 86_400_000;
  try {
    return parseGoDuration(text);
  } catch {
    fields.fault("ttl", `${JSON.stringify(text)} is no duration`, "as 72h or 3d");
    return undefined;
  }
}
