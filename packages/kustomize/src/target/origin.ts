import { isJsonObject } from "@fairlead/base";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import { posix } from "node:path";
import { parseRepositoryUrl } from "../load/remote.ts";
import { ensureMapping, fieldOf, rawText } from "../node/ops.ts";
import { stringNode } from "../node/scalar.ts";
import type { Resource } from "../resource/resource.ts";

/** A place as the origin annotation has it: relative to where the build began, or to the root of a repository. */
export interface OriginPath {
  readonly path: string;
  readonly repo: string;
  readonly ref: string;
}

export const ORIGIN_ANNOTATION = "config.kubernetes.io/origin";
export const TRANSFORMATIONS_ANNOTATION = "alpha.config.kubernetes.io/transformations";

/** What a generator or transformer is called in annotations. */
export interface ConfiguredBy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

export const ROOT_ORIGIN: OriginPath = { path: "", repo: "", ref: "" };

export function originBelow(origin: OriginPath, path: string): OriginPath {
  const repository = parseRepositoryUrl(path);
  if (!repository) return { ...origin, path: posix.join(origin.path, path) };
  return { path: posix.join("", repository.path), repo: repository.url, ref: repository.ref };
}

interface OriginRecord {
  path?: string;
  repo?: string;
  ref?: string;
  configuredIn?: string;
  configuredBy?: Record<string, string>;
}

export function fileOrigin({ path, repo, ref }: OriginPath): OriginRecord {
  return compact({ path, repo, ref });
}

/** @param configuredIn a file of the kustomization, or the origin of the plugin's own configuration */
export function pluginOrigin(origin: OriginPath, configuredIn: string | OriginPath, by: ConfiguredBy): OriginRecord {
  const { apiVersion, kind, name = "", namespace = "" } = by;
  const configuredBy = compact({ apiVersion, kind, name, namespace });
  const { path, repo, ref } =
    typeof configuredIn === "string" ? { ...origin, path: posix.join(origin.path, configuredIn) } : configuredIn;
  const record = compact({ repo, ref, configuredIn: path });
  return Object.keys(configuredBy).length > 0 ? { ...record, configuredBy } : record;
}

/** Where a resource came from, as its annotation has it; undefined where origins are not kept. */
export function originOf(resource: Resource): OriginPath | undefined {
  const annotation = annotationOf(resource, ORIGIN_ANNOTATION);
  const record = annotation === undefined ? undefined : decodeYaml(annotation, { file: resource.provenance.file });
  if (!isJsonObject(record)) return undefined;
  const part = (key: string): string => (typeof record[key] === "string" ? record[key] : "");
  return { path: part("path") || part("configuredIn"), repo: part("repo"), ref: part("ref") };
}

function compact(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
}

/** Fields in the order of the tool's own type, as its annotations have them. */
function text(record: OriginRecord): string {
  let result = "";
  for (const key of ["path", "repo", "ref", "configuredIn"] as const) {
    if (record[key] !== undefined) result += `${key}: ${scalarText(record[key])}\n`;
  }
  if (!record.configuredBy) return result;
  result += "configuredBy:\n";
  for (const [key, value] of Object.entries(record.configuredBy)) result += `  ${key}: ${scalarText(value)}\n`;
  return result;
}

function scalarText(value: string): string {
  return encodeYaml(value).trimEnd();
}

function annotate(resource: Resource, key: string, value: string): void {
  const metadata = resource.root && ensureMapping(resource.root, "metadata");
  const annotations = metadata && ensureMapping(metadata, "annotations");
  annotations?.fields.set(key, stringNode(value));
}

function annotationOf(resource: Resource, key: string): string | undefined {
  const value = fieldOf(fieldOf(fieldOf(resource.root, "metadata"), "annotations"), key);
  return value && rawText(value);
}

export function setOrigin(resource: Resource, record: OriginRecord): void {
  annotate(resource, ORIGIN_ANNOTATION, text(record));
}

export function hasOrigin(resource: Resource): boolean {
  return annotationOf(resource, ORIGIN_ANNOTATION) !== undefined;
}

/** Adds a transformer to the list of those a resource went through; for one that came from nowhere it is the origin. */
export function addTransformation(resource: Resource, record: OriginRecord): void {
  if (!hasOrigin(resource)) {
    setOrigin(resource, record);
    return;
  }
  const known = annotationOf(resource, TRANSFORMATIONS_ANNOTATION) ?? "";
  const entry = `- ${text(record).trimEnd().replaceAll("\n", "\n  ")}\n`;
  annotate(resource, TRANSFORMATIONS_ANNOTATION, known + entry);
}

export function removeAnnotation(resource: Resource, key: string): void {
  const annotations = fieldOf(fieldOf(resource.root, "metadata"), "annotations");
  if (annotations?.kind === "mapping") annotations.fields.delete(key);
}
