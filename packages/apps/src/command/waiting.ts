import type { KubeObject } from "@fairlead/apimachinery";
import type { ApplicationStatus, ResourceStatus } from "../application/types.ts";
import { APPLICATION_KIND } from "../names.ts";
import { follow, type Where } from "./access.ts";
import { targetsOf, type Context, type SelectFlags } from "./context.ts";
import { EXIT_DONE, EXIT_NOT_AS_ASKED } from "./io.ts";
import { objectText, type OutputFormat } from "./output.ts";
import { progressTellers, type ProgressTeller } from "./progress.ts";
import { isMeant, type ResourcePattern } from "./selection.ts";
import { describeApplication } from "./show.ts";

interface WaitFlags extends SelectFlags {
  readonly timeout: number;
  readonly output: OutputFormat;
  readonly sync?: boolean;
  readonly health?: boolean;
  readonly operation?: boolean;
  readonly suspended?: boolean;
  readonly degraded?: boolean;
  readonly delete?: boolean;
  readonly resource?: readonly ResourcePattern[];
}

interface LimitFlags {
  readonly timeout: number;
  readonly output: OutputFormat;
}

/** An operation that nobody takes up: after this long the person is told. */
const TAKEN_UP_WITHIN_MS = 10_000;

function statusOf(object: KubeObject): ApplicationStatus {
  return (object["status"] ?? {}) as ApplicationStatus;
}

function nameOf({ namespace, name }: Where): string {
  return `${namespace}/${name}`;
}

/**
 * Waits for the ends of operations that were just asked for, telling what moves meanwhile, and shows the applications as they are
 * then. @param before as they were when they were asked
 */
export async function operationEnds(
  context: Context,
  before: readonly KubeObject[],
  options: LimitFlags,
): Promise<number> {
  const newTeller = progressTellers(context.io, before.length > 1);
  const ended = await Promise.all(before.map((object) => operationEnd(context, object, newTeller(), options.timeout)));
  show(
    context,
    ended.flatMap(({ last }) => last ?? []),
    options.output,
  );
  return ended.every(({ phase }) => phase === "Succeeded") ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

interface Ended {
  /** Undefined when the time was over before it ended. */
  readonly phase: string | undefined;
  readonly last: KubeObject | undefined;
}

async function operationEnd(
  { hub, io }: Context,
  before: KubeObject,
  teller: ProgressTeller,
  timeoutMs: number,
): Promise<Ended> {
  const { name = "", namespace = "" } = before.metadata;
  const startedBefore = statusOf(before).operationState?.startedAt;
  let told = "";
  let last: KubeObject | undefined;
  let isPending = false;
  const say = (message: string): void => {
    if (message !== told) io.stderr.write(`${name}: ${message}\n`);
    told = message;
  };
  teller.begin(before);
  const untaken = setTimeout(() => {
    if (told === "") say("waiting: no controller has taken the operation up yet");
  }, TAKEN_UP_WITHIN_MS);
  const limits = { timeoutMs, signal: io.signal };
  const phase = await follow(hub, { name, namespace }, limits, (object) => {
    last = object;
    if (!object) return "Gone";
    const { operationState: state, conditions = [] } = statusOf(object);
    if (!state || state.startedAt === startedBefore) {
      if (object["operation"] === undefined) return isPending ? "Gone" : undefined;
      isPending = true;
      const held = conditions.find(({ type }) => type === "SyncPending" || type.endsWith("Error"));
      if (held) say(`waiting: ${held.message}`);
      return undefined;
    }
    teller.tell(object);
    say(`${state.phase}: ${state.message ?? ""}`);
    // The controller clears the field in the same write that ends the operation.
    const isOver = state.phase !== "Running" && state.phase !== "Terminating" && object["operation"] === undefined;
    return isOver ? state.phase : undefined;
  });
  clearTimeout(untaken);
  if (phase === "Gone") say(last ? "the operation was taken back" : "it was deleted");
  if (phase === undefined && !io.signal.aborted) io.stderr.write(`${name}: gave up waiting\n`);
  return { phase, last };
}

/** The applications at the end of a wait: descriptions for people, objects for machines. */
function show({ io }: Context, objects: readonly KubeObject[], output: OutputFormat): void {
  if (output === "json" || output === "yaml") {
    const isDocument = output === "yaml" && objects.length > 1;
    for (const object of objects) io.stdout.write(`${isDocument ? "---\n" : ""}${objectText(object, output)}`);
  } else if (output === "name") {
    for (const { metadata } of objects) io.stdout.write(`${metadata.namespace}/${metadata.name}\n`);
  } else {
    io.stdout.write(objects.map((object) => describeApplication(object)).join("\n"));
  }
}

export async function wait(context: Context, given: string[], options: WaitFlags): Promise<number> {
  const { hub, io } = context;
  const targets = await targetsOf(context, given, options);
  const newTeller = progressTellers(io, targets.length > 1);
  const results = await Promise.all(
    targets.map(async (where) => {
      const teller = newTeller();
      let missing = "it does not exist";
      let told = "";
      let last: KubeObject | undefined;
      const limits = { timeoutMs: options.timeout, signal: io.signal };
      const look = (object: KubeObject | undefined): true | undefined => {
        last = object;
        if (options.delete) return object ? void (missing = "it is still there") : true;
        if (!object) return undefined;
        teller.tell(object);
        missing = notYet(statusOf(object), object["operation"] !== undefined, options);
        if (missing === "") return true;
        if (missing !== told) io.stderr.write(`${where.name}: waiting: ${missing}\n`);
        told = missing;
        return undefined;
      };
      // However short the time is, what there is now is looked at.
      const isNow = look(await hub.find(APPLICATION_KIND, where.name, where.namespace));
      const isDone = isNow ?? (await follow(hub, where, limits, look));
      if (!isDone) io.stderr.write(`${nameOf(where)}: ${missing}\n`);
      return { isDone: isDone === true, last };
    }),
  );
  show(
    context,
    results.flatMap(({ last }) => last ?? []),
    options.output,
  );
  return results.every(({ isDone }) => isDone) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

/** What is not yet as asked for; empty when everything is. Of several healths asked for, any will do. */
function notYet(status: ApplicationStatus, hasOperation: boolean, asked: WaitFlags): string {
  const { operationState } = status;
  const healths = [
    ...(asked.health ? ["Healthy"] : []),
    ...(asked.suspended ? ["Suspended"] : []),
    ...(asked.degraded ? ["Degraded"] : []),
  ];
  const isAll = !asked.sync && !asked.operation && healths.length === 0;
  const isRunning = hasOperation || operationState?.phase === "Running" || operationState?.phase === "Terminating";
  if ((isAll || asked.operation) && isRunning) return `an operation runs: ${operationState?.message ?? ""}`;
  const wanted = isAll ? ["Healthy"] : healths;
  const needsSync = isAll || asked.sync === true;
  if (asked.resource) return resourcesNotYet(status.resources ?? [], asked.resource, needsSync, wanted);
  if (needsSync && status.sync?.status !== "Synced") return `it is ${status.sync?.status ?? "Unknown"}`;
  const now = status.health?.status ?? "Unknown";
  return wanted.length > 0 && !wanted.includes(now) ? `it is ${now}` : "";
}

/** As `notYet`, of some objects; a kind without a check is as healthy as it will be. */
function resourcesNotYet(
  all: readonly ResourceStatus[],
  patterns: readonly ResourcePattern[],
  needsSync: boolean,
  healths: readonly string[],
): string {
  const found = all.filter((entry) => entry.hook !== true && isMeant(entry, patterns));
  if (found.length === 0) return "it has no such object";
  const late = found.flatMap(({ kind, name, status = "Unknown", health }) => {
    if (needsSync && status !== "Synced") return `${kind}/${name} is ${status}`;
    const isFine = healths.length === 0 || healths.includes(health?.status ?? "Healthy");
    return isFine ? [] : `${kind}/${name} is ${health?.status ?? "Healthy"}`;
  });
  return late.slice(0, LATE_SHOWN).join(", ");
}

const LATE_SHOWN = 5;
