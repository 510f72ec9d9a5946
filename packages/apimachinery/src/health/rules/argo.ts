import { byCondition, byValue, type HealthRule, waitsFor } from "../rule.ts";

/** The argoproj.io kinds and those of the promoters, in the words of Argo CD's scripts; Kargo's in its own. */
export const ARGO_RULES: readonly HealthRule[] = [
  {
    group: "argoproj.io",
    kinds: ["Workflow"],
    cases: [
      ...["", "Pending", "Running"].map((phase) => ({
        path: "status.phase",
        is: [phase],
        health: "Progressing" as const,
        message: "{status.message}",
      })),
      ...byValue("status.phase", {
        Succeeded: ["Healthy", "{status.message}"],
        Failed: ["Degraded", "{status.message}"],
        Error: ["Degraded", "{status.message}"],
      }),
      { path: "status.phase", health: "Unknown", message: "{status.message}" },
    ],
    otherwise: ["Progressing", "{status.message}"],
  },
  {
    group: "argoproj.io",
    kinds: ["CronWorkflow"],
    cases: [
      { condition: "SpecError", status: "True", health: "Degraded" },
      { condition: "SubmissionError", status: "True", health: "Degraded" },
      { condition: "Completed", status: "True", health: "Healthy" },
    ],
    otherwise: ["Healthy", "CronWorkflow is healthy."],
  },
  {
    group: "argoproj.io",
    kinds: ["ApplicationSet"],
    cases: [
      { condition: "ErrorOccurred", status: "True", health: "Degraded" },
      { condition: "ResourcesUpToDate", status: "False", health: "Degraded" },
      { condition: "RolloutProgressing", status: "True", health: "Progressing" },
      { condition: "ResourcesUpToDate", status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", "Waiting for the status to be reported"],
  },
  {
    group: "argoproj.io",
    kinds: ["AnalysisRun"],
    cases: [
      { path: "status.phase", is: ["Pending", "Running"], health: "Progressing", message: "Analysis run is running" },
      ...saying("Successful", "Healthy", "Analysis run completed successfully"),
      ...saying("Failed", "Degraded", "Analysis run failed"),
      ...saying("Error", "Degraded", "Analysis run had an error"),
      ...saying("Inconclusive", "Unknown", "Analysis run was inconclusive"),
    ],
    otherwise: ["Progressing", "Waiting for analysis run to finish: status has not been reconciled."],
  },
  {
    group: "argoproj.io",
    kinds: ["Experiment"],
    cases: byValue("status.phase", {
      Pending: ["Progressing", "Experiment is pending"],
      Running: ["Progressing", "Experiment is running"],
      Successful: ["Healthy", "Experiment is successful"],
      Failed: ["Degraded", "Experiment has failed"],
      Error: ["Degraded", "Experiment had an error"],
    }),
    otherwise: ["Progressing", "Waiting for experiment to finish: status has not been reconciled."],
  },
  {
    group: "argoproj.io",
    kinds: ["EventBus"],
    cases: byCondition("Deployed"),
    otherwise: ["Progressing", "Waiting for initialization"],
  },
  waitsFor("argocd-image-updater.argoproj.io", ["ImageUpdater"], "Waiting for the image updater"),
  {
    group: "kargo.akuity.io",
    kinds: ["Promotion"],
    cases: byValue("status.phase", {
      Succeeded: ["Healthy", "{status.message}"],
      Failed: ["Degraded", "{status.message}"],
      Errored: ["Degraded", "{status.message}"],
      Aborted: ["Degraded", "{status.message}"],
      Running: ["Progressing", "{status.message}"],
      Pending: ["Progressing", "{status.message}"],
    }),
    otherwise: ["Progressing", "Waiting for the promotion to start"],
  },
  {
    group: "kargo.akuity.io",
    kinds: ["Stage"],
    cases: [
      ...byValue("status.health.status", {
        Healthy: ["Healthy"],
        NotApplicable: ["Healthy"],
        Unhealthy: ["Degraded", "The stage's applications are not healthy"],
        Progressing: ["Progressing", "The stage's applications are progressing"],
        Unknown: ["Unknown", "The health of the stage's applications is unknown"],
      }),
      ...byCondition("Ready"),
    ],
    otherwise: ["Progressing", "Waiting for the stage to be reconciled"],
  },
  waitsFor("kargo.akuity.io", ["Warehouse", "Project"], "Waiting for the {kind} to be reconciled"),
];

/** A phase with its own message, or the usual one where there is none. */
function saying(phase: string, health: "Healthy" | "Degraded" | "Unknown", usual: string): HealthRule["cases"] {
  return [{ path: "status.phase", is: [phase], health, message: `{status.message|${usual}}` }];
}
