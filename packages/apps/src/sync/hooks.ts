import type { KubeObject } from "@fairlead/apimachinery";
import type { SyncPhase } from "../application/types.ts";
import { ANNOTATIONS } from "../names.ts";

type HookDeletePolicy = "BeforeHookCreation" | "HookSucceeded" | "HookFailed";

export interface HookFact {
  /** Empty for an object that is no hook. */
  readonly phases: readonly SyncPhase[];
  /** Never applied: `Skip`, or a Helm hook without a counterpart (test, rollback). */
  readonly isSkipped: boolean;
  readonly deletePolicies: readonly HookDeletePolicy[];
}

const NO_HOOK: HookFact = { phases: [], isSkipped: false, deletePolicies: [] };
const PHASES: readonly SyncPhase[] = ["PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete"];

/** Helm's hooks as Argo CD maps them: no difference between install and upgrade; crd-install is an ordinary object. */
const HELM_PHASES: Readonly<Record<string, SyncPhase | undefined>> = {
  "pre-install": "PreSync",
  "pre-upgrade": "PreSync",
  "post-install": "PostSync",
  "post-upgrade": "PostSync",
  "pre-delete": "PreDelete",
  "post-delete": "PostDelete",
};
const HELM_POLICIES: Readonly<Record<string, HookDeletePolicy | undefined>> = {
  "before-hook-creation": "BeforeHookCreation",
  "hook-succeeded": "HookSucceeded",
  "hook-failed": "HookFailed",
};

/** Whether an object is a hook, and when it runs (facts/argocd.md §1.3). An Argo CD hook annotation makes Helm's count for nothing. */
export function hookOf(object: KubeObject): HookFact {
  const annotations = object.metadata.annotations;
  if (!annotations) return NO_HOOK;
  const own = words(annotations[ANNOTATIONS.hook]);
  if (own.length > 0) {
    const phases = PHASES.filter((phase) => own.includes(phase));
    // `Skip` counts only when it stands alone.
    const isSkipped = phases.length === 0 && own.includes("Skip");
    return { phases, isSkipped, deletePolicies: policiesOf(annotations) };
  }
  const helm = words(annotations[ANNOTATIONS.helmHook]);
  if (helm.length === 0 || helm.includes("crd-install")) return NO_HOOK;
  const phases = [...new Set(helm.flatMap((hook) => HELM_PHASES[hook] ?? []))];
  return { phases, isSkipped: phases.length === 0, deletePolicies: policiesOf(annotations) };
}

function policiesOf(annotations: Readonly<Record<string, string>>): HookDeletePolicy[] {
  const own = words(annotations[ANNOTATIONS.hookDeletePolicy]).filter((word): word is HookDeletePolicy =>
    ["BeforeHookCreation", "HookSucceeded", "HookFailed"].includes(word),
  );
  const helm = words(annotations[ANNOTATIONS.helmHookDeletePolicy]).flatMap((word) => HELM_POLICIES[word] ?? []);
  const all = [...new Set([...own, ...helm])];
  return all.length > 0 ? all : ["BeforeHookCreation"];
}

export interface WaveFact {
  readonly wave: number;
  /** The annotation's text when it is no whole number; Argo CD counts it as 0 without a word, we warn. */
  readonly fault?: string | undefined;
}

export function waveOf(object: KubeObject): WaveFact {
  const annotations = object.metadata.annotations;
  const text = annotations?.[ANNOTATIONS.syncWave] ?? annotations?.[ANNOTATIONS.helmHookWeight];
  if (text === undefined || text === "") return { wave: 0 };
  if (/^[+-]?\d{1,9}$/.test(text)) return { wave: Number(text) };
  return { wave: 0, fault: text };
}

function words(text: string | undefined): string[] {
  return typeof text === "string" ? text.split(",").flatMap((part) => part.trim() || []) : [];
}

/** Name of a hook that has generateName only: `<generateName><revision 7>-<phase>-<start in Unix seconds>`, lower case. */
export function generatedHookName(
  generateName: string,
  revision: string,
  phase: SyncPhase,
  startedAtMs: number,
): string {
  return `${generateName}${revision.slice(0, 7)}-${phase}-${Math.floor(startedAtMs / 1000)}`.toLowerCase();
}
