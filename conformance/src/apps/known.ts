import type { KnownRule } from "../suite.ts";

/** Where Fairlead is meant to do otherwise than Argo CD 3.1.9, and why. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /^beside Argo CD: [^\n]*\s+(after step \d+: )?health: Argo CD "Healthy", Fairlead "Missing"$/,
    reason: "an application of which nothing is there is Missing, as newer Argo CDs have it (facts/argocd.md §1.5)",
  },
  {
    pattern: /^beside Argo CD: a (path|revision) that is not there\s+health: Argo CD "Healthy", Fairlead "Unknown"$/,
    reason: "nothing is known of an application that could never be compared, its health included",
  },
  {
    pattern: /^beside Argo CD: a broken file/,
    reason:
      "a file that is no YAML stops the sync; Argo CD leaves it out without a word where it does not look like a manifest",
  },
  {
    pattern: /^beside Argo CD: a hook that is skipped/,
    reason: "what is never applied is not listed in status.resources",
  },
  {
    pattern: /^beside Argo CD: Prune=false[^]*history: Argo CD/,
    reason: "what is kept on purpose is no reason to sync again and again; Argo CD starts a sync at every look",
  },
  {
    pattern: /^beside Argo CD: drift without selfHeal/,
    reason:
      "a commit elsewhere in the repository is no reason to sync drift that nobody asked to heal; Argo CD counts attempts by commit",
  },
  {
    pattern:
      /^beside Argo CD: [^\n]*\n(after step \d+: results: [^\n]*\n)?(after step \d+: )?history: Argo CD \d+, Fairlead \d+$/,
    reason:
      "the same: another commit meanwhile makes Argo CD sync once more what is under way or would have been healed: a line of history more, and results of that sync",
  },
  {
    pattern:
      /^beside Argo CD: a chart with values from another source\s[^]*cannot reference a different revision of the same repository/,
    reason:
      "a commit between two resolutions of one branch makes Argo CD refuse values from the same repository; ours resolves it once",
  },
  {
    pattern: /^beside Argo CD: a hook that fails and is deleted, another that is kept\s+resources: /,
    reason: "HookFailed deletes the hook that failed; Argo CD deletes those that succeeded in a failed operation, too",
  },
];
