import { healthOf } from "@fairlead/apimachinery";
import { problemError } from "@fairlead/base";
import {
  untilCondition,
  untilCurrent,
  untilDeleted,
  untilField,
  untilHealthy,
  waitFor,
  type WaitUntil,
} from "../apply/wait.ts";
import { kindOf } from "../client/client.ts";
import type { NamedRef } from "../client/refs.ts";
import type { KubeClient } from "../client/types.ts";
import { readObjects, withNamespaces } from "./input.ts";
import { type CommandIo, EXIT_DONE, EXIT_NOT_ALL } from "./io.ts";
import { entryPrinter, type OutputFlags, withOutputFlag } from "./output.ts";
import { collect, parseArguments, program } from "./arguments.ts";
import { type ClusterFlags, durationMs, withClient, withClusterFlags } from "./program.ts";

interface Flags extends ClusterFlags, OutputFlags {
  readonly filename?: string[];
  readonly recursive?: boolean;
  readonly for: string;
  readonly timeout: string;
  readonly failFast?: boolean;
}

/** `fairlead wait KIND/NAME… | -f FILE`: until objects are healthy, current, deleted or of a condition. */
export async function waitCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program("wait", "Waits until objects are what they should be.", io)
    .argument("[kind/name...]", "objects to wait for, as deployment/checkout")
    .option("-f, --filename <file>", "objects to wait for: file, folder or - (may be repeated)", collect)
    .option("-R, --recursive", "read folders with all that is below them")
    .option("--for <what>", "health, current (kstatus), delete, or condition=TYPE[=STATUS]", "health")
    .option("--timeout <duration>", "how long to wait", "5m")
    .option("--fail-fast", "end with the first failure, though it may pass");
  const exit = parseArguments(withOutputFlag(withClusterFlags(command)), args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  const until = untilOf(flags.for);
  const timeoutMs = durationMs(flags.timeout);
  const [names = []] = command.processedArgs as [string[]?];
  const objects = await readObjects(flags.filename ?? [], io, flags.recursive);
  if (names.length + objects.length === 0) throw usage("nothing to wait for", "KIND/NAME or -f FILE");
  return withClient(flags, io, async (client) => {
    const named = await Promise.all(names.map((name) => targetNamed(client, name)));
    const inFiles = (await withNamespaces(client, objects)).map(({ apiVersion, kind, metadata }) => {
      const { name = "", namespace } = metadata;
      return { apiVersion, kind, name, namespace };
    });
    const { failFast } = flags;
    const set = await waitFor(client, [...named, ...inFiles], { until, timeoutMs, failFast, signal: io.signal });
    const print = entryPrinter(io, flags);
    for (const entry of set.entries) {
      const isMet = entry.action === "unchanged" || entry.action === "pruned";
      if (isMet && flags.output === "text") io.stdout.write(`${entry.ref.kind} ${entry.ref.name} condition met\n`);
      else print(entry);
    }
    return set.hasFailed || set.counts.skipped > 0 ? EXIT_NOT_ALL : EXIT_DONE;
  });
}

function untilOf(text: string): WaitUntil {
  if (text === "health") return untilHealthy(healthOf);
  if (text === "current") return untilCurrent;
  if (text === "delete") return untilDeleted;
  const [word, type, status] = text.split("=");
  if (word === "condition" && type) return untilCondition(type, status);
  const [, path = "", value] = /^jsonpath=(\{.*?\}|[^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  const until = path === "" ? undefined : untilField(path, value);
  if (until) return until;
  throw usage(`--for ${text}`, "health, current, delete, condition=TYPE[=STATUS] or jsonpath={.PATH}[=VALUE]");
}

async function targetNamed(client: KubeClient, text: string): Promise<NamedRef> {
  const [kind = "", name = "", rest] = text.split("/");
  if (kind === "" || name === "" || rest !== undefined) throw usage(JSON.stringify(text), "KIND/NAME");
  const resource = await client.discovery.findByName(kind);
  if (resource === undefined) throw usage(`kind ${JSON.stringify(kind)}`, "a kind the cluster serves");
  return { ...kindOf(resource), name, namespace: resource.namespaced ? client.defaultNamespace : undefined };
}

function usage(what: string, wanted: string): Error {
  return problemError("ArgumentInvalid", `${what} is not understood`, { hint: `give ${wanted}` });
}
