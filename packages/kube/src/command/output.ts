import { type Command, Option } from "commander";
import { describeEntry } from "../apply/apply.ts";
import type { ChangeEntry, ChangeSet } from "../apply/types.ts";
import { type CommandIo, EXIT_DONE, EXIT_NOT_ALL } from "./io.ts";

export interface OutputFlags {
  readonly output: "text" | "json";
}

export function withOutputFlag(command: Command): Command {
  const format = new Option("-o, --output <format>", "text, or json: one line an object");
  return command.addOption(format.choices(["text", "json"]).default("text"));
}

/** Tells each entry as it comes: for people, or one JSON object a line. */
export function entryPrinter(io: CommandIo, flags: OutputFlags, suffix = ""): (entry: ChangeEntry) => void {
  if (flags.output === "json") return (entry) => io.stdout.write(`${JSON.stringify(entryJson(entry))}\n`);
  return (entry) => {
    const out = entry.action === "failed" ? io.stderr : io.stdout;
    out.write(`${describeEntry(entry)}${suffix}\n`);
  };
}

export function exitCodeOf(set: ChangeSet): number {
  return set.hasFailed ? EXIT_NOT_ALL : EXIT_DONE;
}

function entryJson({ ref, action, reason, error, conflicts }: ChangeEntry): Record<string, unknown> {
  return {
    ...ref,
    action,
    reason,
    error: error?.message,
    conflicts: conflicts === undefined || conflicts.length === 0 ? undefined : conflicts,
  };
}
