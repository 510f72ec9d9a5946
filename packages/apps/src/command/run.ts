import { CommanderError, type Command } from "commander";
import { problemError } from "@fairlead/base";
import { ApiError } from "@fairlead/kube";
import { EXIT_DONE, EXIT_USAGE, type CommandIo } from "./io.ts";
import { UsageError } from "./program.ts";

/**
 * Runs what the arguments name; a wrong call is told and gives its exit code, `exit` gives the one of a call that ran.
 * @throws ProblemError, also for what the cluster refuses
 */
export async function runProgram(
  root: Command,
  args: readonly string[],
  io: CommandIo,
  exit: () => number,
): Promise<number> {
  try {
    await root.parseAsync([...args], { from: "user" });
    return exit();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    if (error instanceof ApiError) throw problemError("ServerRefused", error.message, {}, error);
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`fairlead: ${error.message}\n`);
    return EXIT_USAGE;
  }
}
