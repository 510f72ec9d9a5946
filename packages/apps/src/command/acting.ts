import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseApplication } from "../application/parse.ts";
import type { ApplicationStatus } from "../application/types.ts";
import { follow, getApplication, splitName } from "./access.ts";
import { historyRevision, remove, requestSync, type SyncFlags } from "./act.ts";
import { isOff, namesOf, timeoutOf, type Context } from "./context.ts";
import { EXIT_DONE, EXIT_NOT_AS_ASKED, type CommandIo } from "./io.ts";

interface SelectFlags {
  readonly selector?: string;
}

interface WaitFlags extends SelectFlags {
  readonly timeout: string;
  readonly sync?: boolean;
  readonly health?: boolean;
  readonly operation?: boolean;
  readonly suspended?: boolean;
  readonly degraded?: boolean;
  readonly delete?: boolean;
}

export async function sync(
  context: Context,
  given: string[],
  options: Omit<SyncFlags, "user"> & SelectFlags & { project?: string; async?: boolean; timeout: string },
): Promise<number> {
  const { hub, flags, io } = context;
  const timeoutMs = timeoutOf(options.timeout);
  const { project, selector } = options;
  const matches = (object: KubeObject): boolean => parseApplication(object).application.spec.project === project;
  const names = await namesOf(context, given, { selector, ...(project === undefined ? {} : { matches }) });
  // All are asked for before any is waited for: they run side by side.
  const asked: { where: ReturnType<typeof splitName>; object: KubeObject }[] = [];
  for (const name of names) {
    const where = splitName(name, flags);
    const object = await getApplication(hub, name, flags);
    await requestSync(hub, object, where, { ...options, user: userOf(io) });
    asked.push({ where, object });
  }
  if (options.async) return EXIT_DONE;
  const ended = await Promise.all(asked.map(({ where, object }) => operationEnds(context, where, object, timeoutMs)));
  return ended.every(Boolean) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

function userOf(io: CommandIo): string {
  return io.env["USER"] || io.env["LOGNAME"] || "fairlead-cli";
}

/** Waits for the end of the operation that was just asked for, telling each new message. True when it succeeded. */
async function operationEnds(
  { hub, io }: Context,
  where: { name: string; namespace: string },
  before: KubeObject,
  timeoutMs: number,
): Promise<boolean> {
  const startedBefore = statusOf(before).operationState?.startedAt;
  let told = "";
  const phase = await follow(hub, where, { timeoutMs, signal: io.signal }, (object) => {
    if (!object) return "Gone";
    const state = statusOf(object).operationState;
    if (object["operation"] !== undefined || !state || state.startedAt === startedBefore) return undefined;
    const message = `${state.phase}: ${state.message ?? ""}`;
    if (message !== told) io.stderr.write(`${where.name}: ${message}\n`);
    told = message;
    return state.phase === "Running" || state.phase === "Terminating" ? undefined : state.phase;
  });
  if (phase === undefined && !io.signal.aborted) io.stderr.write(`${where.name}: gave up waiting\n`);
  return phase === "Succeeded";
}

function statusOf(object: KubeObject): ApplicationStatus {
  return (object["status"] ?? {}) as ApplicationStatus;
}

export async function rollback(
  context: Context,
  name: string,
  id: string | undefined,
  options: { prune?: boolean; async?: boolean; timeout: string },
): Promise<number> {
  const { hub, flags, io } = context;
  const object = await getApplication(hub, name, flags);
  const where = splitName(name, flags);
  if (id !== undefined && !/^\d+$/.test(id)) {
    throw problemError("InvalidInput", `${JSON.stringify(id)} is no id of history`, {
      hint: "fairlead app history shows them",
    });
  }
  const revision = historyRevision(object, id === undefined ? undefined : Number(id));
  await requestSync(hub, object, where, { revision, prune: options.prune === true, user: userOf(io) });
  if (options.async) return EXIT_DONE;
  const isDone = await operationEnds(context, where, object, timeoutOf(options.timeout));
  return isDone ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

export async function wait(context: Context, given: string[], options: WaitFlags): Promise<number> {
  const { hub, flags, io } = context;
  const timeoutMs = timeoutOf(options.timeout);
  const names = await namesOf(context, given, options);
  const results = await Promise.all(
    names.map(async (name) => {
      let missing = "it does not exist";
      let told = "";
      const isDone = await follow(hub, splitName(name, flags), { timeoutMs, signal: io.signal }, (object) => {
        if (options.delete) return object ? void (missing = "it is still there") : true;
        if (!object) return undefined;
        missing = notYet(statusOf(object), object["operation"] !== undefined, options);
        if (missing === "") return true;
        if (missing !== told) io.stderr.write(`${name}: waiting: ${missing}\n`);
        told = missing;
        return undefined;
      });
      if (!isDone) io.stderr.write(`${name}: ${missing}\n`);
      return isDone === true;
    }),
  );
  return results.every(Boolean) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}

/** What is not yet as asked for; empty when everything is. Of several healths asked for, any will do. */
function notYet(status: ApplicationStatus, hasOperation: boolean, asked: WaitFlags): string {
  const { sync, health, operationState } = status;
  const healths = [
    ...(asked.health ? ["Healthy"] : []),
    ...(asked.suspended ? ["Suspended"] : []),
    ...(asked.degraded ? ["Degraded"] : []),
  ];
  const isAll = !asked.sync && !asked.operation && healths.length === 0;
  const isRunning = hasOperation || operationState?.phase === "Running" || operationState?.phase === "Terminating";
  if ((isAll || asked.operation) && isRunning) return `an operation runs: ${operationState?.message ?? ""}`;
  if ((isAll || asked.sync) && sync?.status !== "Synced") return `it is ${sync?.status ?? "Unknown"}`;
  const wanted = isAll ? ["Healthy"] : healths;
  const now = health?.status ?? "Unknown";
  return wanted.length > 0 && !wanted.includes(now) ? `it is ${now}` : "";
}

interface DeleteFlags extends SelectFlags {
  readonly cascade?: string | boolean;
  readonly propagationPolicy: string;
  readonly wait?: string | boolean;
  readonly timeout: string;
}

export async function deleteApplications(context: Context, given: string[], options: DeleteFlags): Promise<number> {
  const { hub, flags, io } = context;
  const names = await namesOf(context, given, options);
  const policy = options.propagationPolicy;
  if (policy !== "foreground" && policy !== "background") {
    throw problemError(
      "InvalidInput",
      `--propagation-policy ${JSON.stringify(policy)} is neither foreground nor background`,
    );
  }
  for (const name of names) {
    const object = await getApplication(hub, name, flags);
    await remove(hub, object, splitName(name, flags), isOff(options.cascade) ? undefined : policy);
  }
  if (isOff(options.wait)) return EXIT_DONE;
  const timeoutMs = timeoutOf(options.timeout);
  const gone = await Promise.all(
    names.map(async (name) => {
      let held = "";
      const isGone = await follow(hub, splitName(name, flags), { timeoutMs, signal: io.signal }, (object) => {
        if (!object) return true;
        const { conditions } = statusOf(object);
        held = conditions?.find(({ type }) => type === "DeletionError")?.message ?? "its objects are being deleted";
        return undefined;
      });
      if (!isGone) io.stderr.write(`${name}: ${held}\n`);
      return isGone === true;
    }),
  );
  return gone.every(Boolean) ? EXIT_DONE : EXIT_NOT_AS_ASKED;
}
