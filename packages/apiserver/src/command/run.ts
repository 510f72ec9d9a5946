import { explainProblem, problemsOf, type Logger } from "@fairlead/base";
import { IN_MEMORY, type ApiServer } from "../server/types.ts";
import { DiskWriter } from "../storage/disk-writer.ts";
import { HELP, parseArguments, type ApiServerArguments } from "./arguments.ts";

export interface CommandIo {
  readonly logger: Logger;
  /** One line for people. */
  say(line: string): void;
  complain(text: string): void;
  /** Ends the server: SIGTERM, Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs pods and workloads on a server; @fairlead/simulator's start, handed in where the command is put together. */
export type Simulate = (server: ApiServer) => Promise<{ stop(): Promise<void> }>;

/** `fairlead apiserver …`; resolves with the exit code when the server has ended. */
export async function runApiServer(args: readonly string[], io: CommandIo, simulate?: Simulate): Promise<number> {
  try {
    const parsed = parseArguments(args);
    if (parsed.action === "help") io.say(HELP.trimEnd());
    else await carryOut(parsed, io, simulate);
    return 0;
  } catch (error) {
    for (const problem of problemsOf(error)) io.complain(explainProblem(problem));
    return 1;
  }
}

/** The server is loaded only here, and while it loads, the thread that will write its database starts beside it. */
async function carryOut(
  parsed: Exclude<ApiServerArguments, { action: "help" }>,
  io: CommandIo,
  simulate: Simulate | undefined,
): Promise<void> {
  if (parsed.action === "serve") {
    if (parsed.data !== IN_MEMORY) DiskWriter.shared();
    const { serve } = await import("./serve.ts");
    return serve(parsed, io, simulate);
  }
  const { backupDirectory, restoreDirectory } = await import("../storage/backup.ts");
  if (parsed.action === "backup") {
    await backupDirectory(parsed.data, parsed.file);
    io.say(`${parsed.data} is backed up in ${parsed.file}`);
  } else {
    await restoreDirectory(parsed.file, parsed.data, parsed.force);
    io.say(`${parsed.data} is restored from ${parsed.file}`);
  }
}
