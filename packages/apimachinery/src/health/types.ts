/** Argo CD's words for how a resource is doing. */
export type HealthStatus = "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown";

export interface Health {
  readonly status: HealthStatus;
  /** What a person should know; absent when there is nothing to say. */
  readonly message?: string | undefined;
}

/** Best first, as facts/argocd.md §1.5 orders them. */
const BEST_FIRST: readonly HealthStatus[] = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"];

/** The worst of several, as an application's health is made of its resources'; Healthy when there is none. */
export function worstHealth(statuses: Iterable<HealthStatus>): HealthStatus {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, BEST_FIRST.indexOf(status));
  return BEST_FIRST[worst] ?? "Healthy";
}

export function health(status: HealthStatus, message?: string): Health {
  return message ? { status, message } : { status };
}
