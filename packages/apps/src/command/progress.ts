import type { KubeObject } from "@fairlead/apimachinery";
import type { ApplicationStatus, ResourceResult, ResourceStatus } from "../application/types.ts";
import { timeText } from "../application/times.ts";
import { commandClock } from "./destination.ts";
import type { CommandIo } from "./io.ts";

const HEADER = ["TIMESTAMP", "GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE"];
/** Lines come one by one, so their columns cannot be measured. */
const WIDTHS = [20, 18, 14, 14, 24, 10, 11, 8, 0];

interface Line {
  readonly cells: readonly string[];
  /** Nothing to tell about it unless it changes. */
  readonly isQuiet: boolean;
}

/** Tells on standard error how an application's objects move, a line a change, under one header a command. */
export interface ProgressTeller {
  /** What there is before anything is asked for: only what differs from it later is told. */
  begin(object: KubeObject): void;
  tell(object: KubeObject): void;
}

/** One teller for each application that is waited for; `isMany` heads lines by the application. */
export function progressTellers(io: CommandIo, isMany: boolean): () => ProgressTeller {
  let hasHeader = false;
  const write = (cells: readonly string[]): void => {
    const text = cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join("  ");
    io.stderr.write(`${text.trimEnd()}\n`);
  };
  return () => {
    const told = new Map<string, string>();
    return {
      begin(object) {
        for (const [key, { cells }] of linesOf(object)) told.set(key, cells.join("\n"));
      },
      tell(object) {
        for (const [key, { cells, isQuiet }] of linesOf(object)) {
          const text = cells.join("\n");
          const before = told.get(key);
          told.set(key, text);
          if (before === text || (before === undefined && isQuiet)) continue;
          if (!hasHeader) write(HEADER);
          hasHeader = true;
          if (isMany) io.stderr.write(`${object.metadata.namespace}/${object.metadata.name}: `);
          write([timeText(commandClock.now()), ...cells]);
        }
      },
    };
  };
}

/** The objects of status, with what the running or last operation says of them; hooks after them. */
function linesOf(object: KubeObject): Map<string, Line> {
  const { resources = [], operationState } = (object["status"] ?? {}) as ApplicationStatus;
  const results = operationState?.syncResult?.resources ?? [];
  const lines = new Map<string, Line>();
  const keyOf = ({ group, kind, namespace, name }: ResourceStatus | ResourceResult, hook = ""): string =>
    [group ?? "", kind, namespace ?? "", name, hook].join("/");
  const byKey = new Map(
    results.flatMap((result) => (result.hookType === undefined ? [[keyOf(result), result] as const] : [])),
  );
  for (const entry of resources) {
    if (entry.hook === true) continue;
    const key = keyOf(entry);
    lines.set(key, resourceLine(entry, byKey.get(key)));
    byKey.delete(key);
  }
  for (const [key, result] of byKey) lines.set(key, resultLine(result, result.status ?? ""));
  for (const result of results) {
    const { hookType, hookPhase } = result;
    if (hookType !== undefined) lines.set(keyOf(result, hookType), resultLine(result, hookPhase ?? ""));
  }
  return lines;
}

function resourceLine(entry: ResourceStatus, result: ResourceResult | undefined): Line {
  const { group = "", kind, namespace = "", name, status = "", health, requiresPruning } = entry;
  const message = result?.message ?? (requiresPruning ? "to be pruned" : (health?.message ?? ""));
  const isQuiet = status === "Synced" && (health === undefined || health.status === "Healthy");
  return { cells: [group, kind, namespace, name, status, health?.status ?? "", "", oneLine(message)], isQuiet };
}

function resultLine(result: ResourceResult, status: string): Line {
  const { group, kind, namespace, name, hookType, message = "" } = result;
  return { cells: [group, kind, namespace, name, status, "", hookType ?? "", oneLine(message)], isQuiet: false };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
