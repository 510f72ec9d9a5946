import { problemError, sleep } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { commandClock } from "./destination.ts";
import type { CommandIo } from "./io.ts";
import { objectTree } from "./inspect.ts";

export interface LogFlags {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly container?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly sinceSeconds?: number;
  /** Milliseconds since 1970. */
  readonly untilTime?: number;
  readonly filter?: string;
  readonly matchCase?: boolean;
  readonly previous?: boolean;
}

const POLL_MS = 1_000;

interface Source {
  readonly pod: KubeObject;
  readonly container: string;
  /** RFC 3339 of the last line told. */
  last: string;
}

/** Logs of an application's pods, each line headed by its pod where there are several. @throws ProblemError where there is none */
export async function writeLogs(
  destination: KubeClient,
  object: KubeObject,
  flags: LogFlags,
  io: CommandIo,
): Promise<void> {
  const sources = await podsOf(destination, object, flags);
  if (sources.length === 0) throw problemError("InvalidInput", "the application has no pod of that description");
  const isMany = sources.length > 1;
  const isWanted = lineFilter(flags);
  for (let isFirst = true; isFirst || (flags.follow && !io.signal.aborted); isFirst = false) {
    for (const source of sources) {
      const prefix = isMany ? `${source.pod.metadata.name} ` : "";
      for (const line of await readLines(destination, source, flags, isFirst)) {
        if (isWanted(line)) io.stdout.write(`${prefix}${line}\n`);
      }
    }
    if (flags.follow) await sleep(commandClock, POLL_MS, io.signal);
  }
}

/** As the argocd command filters: whatever the case, unless asked otherwise. */
function lineFilter({ filter, matchCase }: LogFlags): (line: string) => boolean {
  if (filter === undefined) return () => true;
  const wanted = filter.toLowerCase();
  return matchCase ? (line) => line.includes(filter) : (line) => line.toLowerCase().includes(wanted);
}

async function podsOf(destination: KubeClient, object: KubeObject, flags: LogFlags): Promise<Source[]> {
  const lines = await objectTree(destination, object);
  const isMeant = ({ apiVersion, kind, metadata }: KubeObject): boolean =>
    (flags.kind === undefined || flags.kind === kind) &&
    (flags.name === undefined || flags.name === metadata.name) &&
    (flags.group === undefined || apiVersion.startsWith(`${flags.group}/`));
  const isNarrowed = flags.kind !== undefined || flags.name !== undefined || flags.group !== undefined;
  const pods: KubeObject[] = [];
  // A pod is meant when it is named, or when anything above it is.
  let meantDepth: number | undefined;
  for (const { object: one, depth } of lines) {
    if (meantDepth !== undefined && depth <= meantDepth) meantDepth = undefined;
    if (meantDepth === undefined && isNarrowed && isMeant(one)) meantDepth = depth;
    if (one.kind === "Pod" && (!isNarrowed || meantDepth !== undefined)) pods.push(one);
  }
  return pods.flatMap((pod) => {
    const spec = (pod["spec"] ?? {}) as { containers?: { name?: string }[] };
    const names = (spec.containers ?? []).flatMap(({ name }) => name ?? []);
    const chosen = flags.container === undefined ? names.slice(0, 1) : names.filter((name) => name === flags.container);
    return chosen.map((container) => ({ pod, container, last: "" }));
  });
}

async function readLines(client: KubeClient, source: Source, flags: LogFlags, isFirst: boolean): Promise<string[]> {
  const { name = "", namespace = "" } = source.pod.metadata;
  const isLater = !isFirst && source.last !== "";
  const answer = await client.request({
    method: "GET",
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`,
    query: {
      container: source.container,
      timestamps: true,
      previous: flags.previous,
      tailLines: isFirst ? flags.tail : undefined,
      sinceSeconds: isFirst ? flags.sinceSeconds : undefined,
      sinceTime: isLater ? source.last : undefined,
    },
  });
  const text = answer.body.toString("utf8");
  if (answer.status !== 200) throw problemError("InvalidInput", `log of pod ${namespace}/${name}: ${messageOf(text)}`);
  const lines = text.split("\n").flatMap((line) => {
    const cut = line.indexOf(" ");
    return cut > 0 ? [{ time: line.slice(0, cut), text: line.slice(cut + 1) }] : [];
  });
  // sinceTime counts whole seconds, so that lines already told come again.
  const untilMs = flags.untilTime ?? Number.POSITIVE_INFINITY;
  const fresh = lines.filter(({ time }) => !(isLater && time <= source.last) && !(Date.parse(time) > untilMs));
  source.last = fresh.at(-1)?.time ?? source.last;
  return fresh.map((line) => line.text);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
