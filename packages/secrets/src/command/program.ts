import { explainProblem, ProblemError } from "@fairlead/base";
import { EXIT_FAILED, type CommandIo } from "./io.ts";

export { collect, parseArguments, program } from "@fairlead/kube/command";

/** Runs a command whose faults are told as kubeseal does: `error: …`, exit code 1. */
export async function tellingFaults(io: CommandIo, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    for (const problem of error.problems) io.stderr.write(`error: ${explainProblem(problem)}\n`);
    return EXIT_FAILED;
  }
}
