import { isJsonObject, problemsOf, type Clock, type JsonObject, type Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf, type EventRecorder, type KubeClient } from "@fairlead/kube";
import type { Generation } from "../application-set/generate.ts";
import { leavesOf } from "../application-set/requeue.ts";
import type { GeneratedApplication, Row } from "../application-set/types.ts";
import type { PullRequest } from "../generators/facts.ts";
import type { PullRequestProvider } from "../providers/types.ts";
import { fastDialect } from "../template/fasttemplate.ts";
import { flatten } from "../template/flatten.ts";
import { EXPIRES_ANNOTATION, parsePreviewConfig, type PreviewConfig } from "./config.ts";
import { applicationOf, deleteNamespace, findLeftovers, listNamespaces, makeNamespace } from "./namespaces.ts";
import {
  commentMark,
  commentText,
  planPreviews,
  type PreviewCandidate,
  type PreviewEntry,
  type PreviewPlan,
} from "./plan.ts";

/** A namespace is looked for again so long after it was asked to go: nothing tells of it. */
const CLOSING_POLL_MS = 500;

export interface PreviewsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** The cluster an Application goes to; undefined for one that is not known. */
  readonly clientFor: (destination: JsonObject) => KubeClient | undefined;
  readonly comment: (provider: PullRequestProvider, number: number, mark: string, text: string) => Promise<void>;
}

/** What the pull request generators of a set were told. */
export interface AskedPullRequests {
  readonly provider: PullRequestProvider;
  readonly list: readonly PullRequest[];
}

export interface PreviewLook {
  readonly set: KubeObject;
  readonly generation: Generation;
  readonly owned: readonly KubeObject[];
  readonly asked: readonly AskedPullRequests[];
}

export interface PreviewOutcome {
  /** Without the Applications whose preview may not run now. */
  readonly generation: Generation;
  /** Applications that go for a reason we know. */
  readonly explained: ReadonlySet<string>;
  readonly status: JsonObject;
  readonly wakeAfterMs: number | undefined;
}

/** Looks after the environments of pull requests beside their Applications: namespaces, their end, and what people are told. */
export class Previews {
  readonly #options: PreviewsOptions;
  /** Comments as last written, by set and pull request. */
  readonly #told = new Map<string, string>();
  /** Entries as last decided, by the set's uid: what a watch brings of the status may be older. */
  readonly #known = new Map<string, readonly PreviewEntry[]>();

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  /** Undefined for a set that has no pull request generator, and while its generators fail. */
  async look(look: PreviewLook): Promise<PreviewOutcome | undefined> {
    const { set, generation, owned } = look;
    const isPreview = [...leavesOf(generation.spec)].some((generator) => generator.kind === "pullRequest");
    if (!isPreview || !generation.isComplete) return undefined;
    const { config, problems } = parsePreviewConfig(set);
    if (problems.length > 0) {
      // A limit that cannot be read must not become no limit: nothing new starts, nothing ends.
      const told = { ...generation, isComplete: false, problems: [...generation.problems, ...problems] };
      return { generation: told, explained: new Set(), status: {}, wakeAfterMs: undefined };
    }
    const uid = set.metadata.uid ?? keyOf(set);
    const before = this.#known.get(uid) ?? entriesOf(set);
    const live = new Map(owned.map((application) => [application.metadata.name ?? "", application]));
    const candidates = generation.applications.flatMap((application) =>
      this.#candidate(look, config, application, live),
    );
    const plan = planPreviews(config, candidates, before, this.#options.clock.now());
    const closing = await this.#keepNamespaces(look, config, plan, live, before);
    this.#comment(look, config, plan, live);
    const stopped = plan.entries.filter((entry) => entry.state !== "Running").map((entry) => entry.application);
    const previews = [...plan.entries, ...closing];
    this.#known.set(uid, previews);
    const waits = [plan.wakeAfterMs, closing.length > 0 ? CLOSING_POLL_MS : undefined].filter(
      (wait) => wait !== undefined,
    );
    return {
      generation: withoutStopped(generation, new Set(stopped)),
      explained: new Set(stopped),
      status: previews.length > 0 || before.length > 0 || entriesOf(set).length > 0 ? { previews } : {},
      wakeAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
    };
  }

  #candidate(
    { generation, asked }: PreviewLook,
    config: PreviewConfig,
    application: GeneratedApplication,
    live: ReadonlyMap<string, KubeObject>,
  ): PreviewCandidate[] {
    const name = application.metadata.name ?? "";
    const row = generation.rows.get(name);
    const number = row?.["number"];
    if (row === undefined || typeof number !== "string") return [];
    const source = asked.find(({ list }) =>
      list.some((one) => String(one.number) === number && one.headSha === row["head_sha"]),
    );
    const pullRequest = source?.list.find((one) => String(one.number) === number);
    const current = live.get(name);
    return [
      {
        application: name,
        number,
        headSha: typeof row["head_sha"] === "string" ? row["head_sha"] : "",
        namespace: namespaceOf(application),
        url: config.url === undefined ? undefined : fillUrl(config.url, row),
        pullRequest,
        target:
          source &&
          (source.provider.repository === ""
            ? source.provider.owner
            : `${source.provider.owner}/${source.provider.repository}`),
        isLive: current !== undefined && current.metadata.deletionTimestamp === undefined,
        expiresAt: current?.metadata.annotations?.[EXPIRES_ANNOTATION],
      },
    ];
  }

  /** Makes what is missing, ends what is over. Gives the previews that are on their way out. */
  async #keepNamespaces(
    { set, generation, owned }: PreviewLook,
    config: PreviewConfig,
    plan: PreviewPlan,
    live: ReadonlyMap<string, KubeObject>,
    before: readonly PreviewEntry[],
  ): Promise<PreviewEntry[]> {
    const counts = Map.groupBy(generation.applications, namespaceOf);
    const clients = new Map<KubeClient, Map<string, KubeObject>>();
    const destinations = [...generation.applications, ...owned].map(destinationOf);
    for (const entry of before) if (isJsonObject(entry["destination"])) destinations.push(entry["destination"]);
    for (const destination of destinations) {
      const client = this.#options.clientFor(destination);
      if (client && !clients.has(client))
        clients.set(client, new Map((await listNamespaces(client, set)).map((one) => [one.metadata.name ?? "", one])));
    }
    for (const application of generation.applications) {
      const name = application.metadata.name ?? "";
      const namespace = namespaceOf(application);
      const client = this.#options.clientFor(destinationOf(application));
      // A namespace that several share is no preview's own.
      const isOwn = namespace !== "" && counts.get(namespace)?.length === 1;
      if (!plan.allowed.has(name) || !client || !isOwn || clients.get(client)?.has(namespace)) continue;
      await makeNamespace(client, set, namespace, name, config);
    }
    const closing: PreviewEntry[] = [];
    for (const [client, namespaces] of clients) {
      for (const namespace of namespaces.values()) {
        const application = applicationOf(namespace);
        if (plan.allowed.has(application)) continue;
        // The Application takes its objects along first; then the namespace goes with whatever else is in it.
        if (!live.has(application)) await deleteNamespace(client, namespace);
        closing.push(closingEntry(before, namespace, application, live.get(application)));
      }
    }
    await this.#tellGone(set, clients, closing, before);
    return closing;
  }

  /** Says of each preview that was on its way out and is no longer there whether anything was left behind. */
  async #tellGone(
    set: KubeObject,
    clients: ReadonlyMap<KubeClient, unknown>,
    closing: readonly PreviewEntry[],
    before: readonly PreviewEntry[],
  ): Promise<void> {
    const { events, logger } = this.#options;
    const isGone = (entry: PreviewEntry): boolean =>
      entry.state === "Closing" && !closing.some((other) => other.namespace === entry.namespace);
    for (const entry of before.filter(isGone)) {
      const found = await Promise.all(
        [...clients.keys()].map((client) => findLeftovers(client, entry.namespace, entry.application)),
      );
      const left = found.flat();
      const what = `preview ${entry.application} is gone with its namespace ${entry.namespace}`;
      if (left.length === 0)
        events.event(set, { type: "Normal", reason: "PreviewGone", message: `${what}; nothing is left behind` });
      else
        events.event(set, {
          type: "Warning",
          reason: "PreviewLeftovers",
          message: `${what}, but left behind: ${left.join(", ")}`,
        });
      logger.info("preview gone", { set: keyOf(set), application: entry.application, leftovers: left });
    }
  }

  /** One comment a pull request, kept up to date. What a host says to it is logged: a preview runs with or without. */
  #comment(
    { set, asked }: PreviewLook,
    config: PreviewConfig,
    plan: PreviewPlan,
    live: ReadonlyMap<string, KubeObject>,
  ): void {
    if (!config.comments) return;
    const key = keyOf(set);
    for (const entry of plan.entries) {
      const source = asked.find(({ list }) => list.some((one) => String(one.number) === entry.number));
      if (!source) continue;
      const text = commentText(key, entry, healthOf(live.get(entry.application)));
      const place = `${key}#${entry.application}`;
      if (this.#told.get(place) === text) continue;
      this.#told.set(place, text);
      this.#options
        .comment(source.provider, Number(entry.number), commentMark(`${key}`), text)
        .catch((error: unknown) => {
          this.#told.delete(place);
          this.#options.logger.warn("comment not written", {
            set: key,
            number: entry.number,
            problems: problemsOf(error).map(({ message }) => message),
          });
        });
    }
  }
}

function withoutStopped(generation: Generation, stopped: ReadonlySet<string>): Generation {
  if (stopped.size === 0) return generation;
  return {
    ...generation,
    applications: generation.applications.filter(({ metadata }) => !stopped.has(metadata.name ?? "")),
    names: new Set([...generation.names].filter((name) => !stopped.has(name))),
  };
}

function entriesOf(set: KubeObject): PreviewEntry[] {
  const status = isJsonObject(set["status"]) ? set["status"] : {};
  return Array.isArray(status["previews"]) ? (status["previews"].filter(isJsonObject) as PreviewEntry[]) : [];
}

function destinationOf(application: KubeObject): JsonObject {
  const spec = isJsonObject(application["spec"]) ? application["spec"] : {};
  return isJsonObject(spec["destination"]) ? spec["destination"] : {};
}

function namespaceOf(application: KubeObject): string {
  const { namespace } = destinationOf(application);
  return typeof namespace === "string" ? namespace : "";
}

function closingEntry(
  entries: readonly PreviewEntry[],
  namespace: KubeObject,
  application: string,
  live: KubeObject | undefined,
): PreviewEntry {
  const before = entries.find((entry) => entry.application === application);
  const destination = live ? destinationOf(live) : before?.["destination"];
  return {
    number: before?.number ?? "",
    application,
    namespace: namespace.metadata.name ?? "",
    state: "Closing",
    message: live ? "its application is being deleted" : "its namespace is being deleted",
    headSha: before?.headSha ?? "",
    ...(isJsonObject(destination) ? { destination } : {}),
  };
}

function healthOf(application: KubeObject | undefined): string {
  const status = application && isJsonObject(application["status"]) ? application["status"] : {};
  const health = isJsonObject(status["health"]) ? status["health"]["status"] : undefined;
  return typeof health === "string" ? health : "";
}

function fillUrl(url: string, row: Row): string {
  return fastDialect.compile(url)?.(flatten(row)) ?? url;
}
