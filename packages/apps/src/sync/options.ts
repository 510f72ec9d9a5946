import type { KubeObject } from "@fairlead/apimachinery";
import { ANNOTATIONS } from "../names.ts";

/** Sync options as Argo CD names them (facts/argocd.md §1.2). Server-side apply is always used, so its option changes nothing. */
export interface SyncOptions {
  /** `confirm`: held until argocd.argoproj.io/deletion-approved is set on the Application. */
  readonly prune: boolean | "confirm";
  /** Whether deleting the Application deletes the object. */
  readonly delete: boolean | "confirm";
  readonly pruneLast: boolean;
  readonly prunePropagation: "Foreground" | "Background" | "Orphan";
  readonly validate: boolean;
  readonly skipDryRunOnMissingResource: boolean;
  readonly applyOutOfSyncOnly: boolean;
  readonly replace: boolean;
  readonly force: boolean;
  readonly failOnSharedResource: boolean;
  readonly respectIgnoreDifferences: boolean;
  readonly createNamespace: boolean;
}

const DEFAULTS: SyncOptions = {
  prune: true,
  delete: true,
  pruneLast: false,
  prunePropagation: "Foreground",
  validate: true,
  skipDryRunOnMissingResource: false,
  applyOutOfSyncOnly: false,
  replace: false,
  force: false,
  failOnSharedResource: false,
  respectIgnoreDifferences: false,
  createNamespace: false,
};

type Write = { -readonly [K in keyof SyncOptions]?: SyncOptions[K] };

/** The options of a list such as `["CreateNamespace=true", "PruneLast=true"]`, unknown ones ignored as Argo CD does. */
export function parseSyncOptions(list: readonly string[]): SyncOptions {
  return { ...DEFAULTS, ...read(list) };
}

/** The application's options with those of one object's annotation on top: the object wins. */
export function optionsFor(object: KubeObject, base: SyncOptions): SyncOptions {
  const text = object.metadata.annotations?.[ANNOTATIONS.syncOptions];
  return typeof text === "string" && text !== "" ? { ...base, ...read(text.split(",")) } : base;
}

function read(list: readonly string[]): Write {
  const found: Write = {};
  for (const entry of list) {
    const [name = "", value = ""] = entry.split("=", 2).map((part) => part.trim());
    const isTrue = value.toLowerCase() === "true";
    if (name === "Prune") found.prune = value === "confirm" ? "confirm" : value !== "false";
    else if (name === "Delete") found.delete = value === "confirm" ? "confirm" : value !== "false";
    else if (name === "PruneLast") found.pruneLast = isTrue;
    else if (name === "PrunePropagationPolicy") found.prunePropagation = propagation(value);
    else if (name === "Validate") found.validate = value !== "false";
    else if (name === "SkipDryRunOnMissingResource") found.skipDryRunOnMissingResource = isTrue;
    else if (name === "ApplyOutOfSyncOnly") found.applyOutOfSyncOnly = isTrue;
    else if (name === "Replace") found.replace = isTrue;
    else if (name === "Force") found.force = isTrue;
    else if (name === "FailOnSharedResource") found.failOnSharedResource = isTrue;
    else if (name === "RespectIgnoreDifferences") found.respectIgnoreDifferences = isTrue;
    else if (name === "CreateNamespace") found.createNamespace = isTrue;
  }
  return found;
}

function propagation(value: string): SyncOptions["prunePropagation"] {
  const lower = value.toLowerCase();
  if (lower === "background") return "Background";
  return lower === "orphan" ? "Orphan" : "Foreground";
}

/** Words of the compare-options annotation, e.g. `IgnoreExtraneous`. */
export function hasCompareOption(object: KubeObject, option: string): boolean {
  const text = object.metadata.annotations?.[ANNOTATIONS.compareOptions];
  return typeof text === "string" && text.split(",").some((part) => part.trim() === option);
}
