import type { JsonObject } from "@fairlead/base";
import type { PullRequest } from "../generators/facts.ts";
import type { PreviewConfig } from "./config.ts";

export type PreviewState = "Running" | "Queued" | "Gated" | "Expired" | "Closing";

/** One preview: an entry of status.previews, which is its memory as well as what people see. */
export interface PreviewEntry extends JsonObject {
  number: string;
  application: string;
  namespace: string;
  state: PreviewState;
  message: string;
  headSha: string;
  expiresAt?: string;
  url?: string;
}

/** An Application of a pull request, as it is generated. */
export interface PreviewCandidate {
  readonly application: string;
  readonly number: string;
  readonly headSha: string;
  readonly namespace: string;
  readonly url: string | undefined;
  /** What the host tells of it, where it was asked. */
  readonly pullRequest: PullRequest | undefined;
  /** The repository it is for, `owner/name`. */
  readonly target: string | undefined;
  /** The Application is there. */
  readonly isLive: boolean;
  /** RFC 3339, written by a person's command. */
  readonly expiresAt: string | undefined;
}

export interface PreviewPlan {
  /** Applications that may be there. */
  readonly allowed: ReadonlySet<string>;
  readonly entries: readonly PreviewEntry[];
  /** When the next one ends. */
  readonly wakeAfterMs: number | undefined;
}

/**
 * Which previews run: those that run go on, others follow in the order of their numbers while there is room. One that expired comes
 * back with a new commit. Pure.
 */
export function planPreviews(
  config: PreviewConfig,
  candidates: readonly PreviewCandidate[],
  before: readonly PreviewEntry[],
  nowMs: number,
): PreviewPlan {
  // An expired preview whose namespace is on its way out has two entries: what was decided counts, not how far its end has come.
  const isClosing = (entry: PreviewEntry): boolean => entry.state === "Closing";
  const known = new Map(
    [...before.filter(isClosing), ...before.filter((entry) => !isClosing(entry))].map((entry) => [
      entry.application,
      entry,
    ]),
  );
  const ordered = [...candidates].sort(
    (a, b) => Number(b.isLive) - Number(a.isLive) || Number(a.number) - Number(b.number),
  );
  const entries = new Map<string, PreviewEntry>();
  let running = 0;
  let queued = 0;
  for (const candidate of ordered) {
    const entry = judge(config, candidate, known.get(candidate.application), nowMs);
    if (entry.state !== "Running") entries.set(candidate.application, entry);
    else if (config.max !== undefined && running >= config.max) {
      const { expiresAt: _notYet, ...rest } = entry;
      entries.set(candidate.application, {
        ...rest,
        state: "Queued",
        message: `waits for one of ${config.max} places, ${++queued} in line`,
      });
    } else {
      running++;
      entries.set(candidate.application, entry);
    }
  }
  const list = candidates.flatMap(({ application }) => entries.get(application) ?? []);
  const ends = list.flatMap((entry) =>
    entry.state === "Running" && entry.expiresAt !== undefined ? [Date.parse(entry.expiresAt) - nowMs] : [],
  );
  return {
    allowed: new Set(list.filter((entry) => entry.state === "Running").map((entry) => entry.application)),
    entries: list,
    wakeAfterMs: ends.length === 0 ? undefined : Math.max(0, Math.min(...ends)),
  };
}

function judge(
  config: PreviewConfig,
  candidate: PreviewCandidate,
  before: PreviewEntry | undefined,
  nowMs: number,
): PreviewEntry {
  const { application, number, namespace, headSha, url } = candidate;
  const entry = (state: PreviewState, message: string, expiresAt?: string): PreviewEntry => ({
    number,
    application,
    namespace,
    state,
    message,
    headSha,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(url === undefined ? {} : { url }),
  });
  if (isGated(config, candidate)) return entry("Gated", `comes from a fork and needs the label ${config.forkLabel}`);
  const isNewCommit = before !== undefined && before.headSha !== headSha;
  const fresh = config.ttlMs === undefined ? undefined : secondsOf(nowMs + config.ttlMs);
  const given = candidate.isLive && !isNewCommit ? candidate.expiresAt : undefined;
  const kept = isNewCommit ? undefined : before?.expiresAt;
  const expiresAt = given ?? kept ?? fresh;
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
  if (!isOver)
    return entry(
      "Running",
      expiresAt === undefined ? "until its pull request is closed" : `until ${expiresAt}`,
      expiresAt,
    );
  return entry("Expired", "ended; a new commit starts it again", expiresAt);
}

function isGated(config: PreviewConfig, { pullRequest, target }: PreviewCandidate): boolean {
  if (config.forkLabel === undefined || pullRequest?.headRepository === undefined || target === undefined) return false;
  const isFork = pullRequest.headRepository.toLowerCase() !== target.toLowerCase();
  return isFork && !pullRequest.labels.includes(config.forkLabel);
}

function secondsOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Starts every comment of ours, so that the next one finds it. Invisible where Markdown is shown. */
export function commentMark(setKey: string): string {
  return `<!-- fairlead preview ${setKey} -->`;
}

/** What stands on the pull request. It changes only when something changes. */
export function commentText(setKey: string, entry: PreviewEntry, health: string): string {
  const lines = [
    commentMark(setKey),
    `**Preview**: ${entry.state}${entry.state === "Running" && health !== "" ? ` (${health})` : ""}`,
    "",
  ];
  if (entry.url !== undefined && entry.state === "Running") lines.push(`- Address: ${entry.url}`);
  if (entry.state === "Running")
    lines.push(`- Commit: \`${entry.headSha.slice(0, 8)}\``, `- Namespace: \`${entry.namespace}\``);
  lines.push(`- ${entry.message.slice(0, 1).toUpperCase()}${entry.message.slice(1)}`);
  return `${lines.join("\n")}\n`;
}
