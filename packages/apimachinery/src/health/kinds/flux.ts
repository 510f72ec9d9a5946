import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { at, conditionsOf } from "../view.ts";

/** What differs between Flux's kinds in Argo CD's scripts, which count conditions. */
interface FluxReading {
  /** Conditions that count as success when True, besides Ready. */
  readonly successes: readonly string[];
  /** How many of them make it healthy. */
  readonly needed: number;
  /** The status of Ready that, with Reconciling, means progress. */
  readonly progressing: "Unknown" | "False";
  /** Reasons of Reconciling that mean progress; all when absent. */
  readonly reasons?: readonly string[];
}

const PLAIN: FluxReading = { successes: [], needed: 1, progressing: "Unknown" };
const SOURCE: FluxReading = { successes: ["ArtifactInStorage"], needed: 2, progressing: "Unknown" };

const READINGS: Readonly<Record<string, FluxReading>> = {
  Kustomization: PLAIN,
  ImageUpdateAutomation: PLAIN,
  HelmRelease: { successes: ["Released", "TestSuccess"], needed: 2, progressing: "Unknown" },
  GitRepository: SOURCE,
  OCIRepository: SOURCE,
  Bucket: SOURCE,
  HelmRepository: SOURCE,
  HelmChart: SOURCE,
  ExternalArtifact: PLAIN,
  ArtifactGenerator: PLAIN,
  ImagePolicy: {
    successes: [],
    needed: 1,
    progressing: "False",
    reasons: ["NewGeneration", "AccessingRepository", "ApplyingPolicy"],
  },
  ImageRepository: { successes: [], needed: 1, progressing: "False", reasons: ["NewGeneration", "Scanning"] },
  // A receiver that reconciles while it is not ready counts as degraded, never as progressing.
  Receiver: PLAIN,
};

/** Flux's kinds whose controllers write conditions. */
export const FLUX_KINDS: readonly string[] = Object.keys(READINGS);

export function fluxHealth(object: KubeObject): Health {
  if (at(object, "spec.suspend") === true && object.kind !== "ImagePolicy") {
    return health("Suspended", `${object.kind} is suspended`);
  }
  if (object.kind === "HelmRepository" && at(object, "spec.type") === "oci") {
    return health("Healthy", "Helm repositories of type 'oci' do not contain any information in the status.");
  }
  if (!Array.isArray(at(object, "status.conditions"))) return health("Progressing", "Status unknown");
  const { successes, needed, progressing, reasons } = READINGS[object.kind] ?? PLAIN;
  const hasReason = (reason: string): boolean => reasons === undefined || reasons.includes(reason);
  let progress = 0;
  let success = 0;
  let message = "";
  for (const { type, status, reason } of conditionsOf(object)) {
    if (type === "Ready") {
      if (status === "True") success++;
      else if (status === progressing) progress++;
      message = reason;
    } else if (type === "Reconciling" && status === "True") {
      if (hasReason(reason)) progress++;
    } else if (type === "ArtifactOutdated" && status === "True" && needed === 2) {
      message = `${message} ${reason}`;
    } else if (successes.includes(type) && status === "True") success++;
  }
  if (progress === 2 && object.kind !== "Receiver") return health("Progressing", message);
  return health(success === needed ? "Healthy" : "Degraded", message);
}
