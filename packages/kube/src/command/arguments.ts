import { Command, CommanderError } from "commander";
import { type CommandIo, EXIT_DONE, EXIT_USAGE } from "./io.ts";

/** A commander program that writes to io and never ends the process. */
export function program(name: string, description: string, io: Pick<CommandIo, "stdout" | "stderr">): Command {
  return new Command(`fairlead ${name}`)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

/** Parses; an exit code when there is nothing to run (help, or a usage error that was told). */
export function parseArguments(command: Command, args: readonly string[]): number | undefined {
  try {
    command.parse([...args], { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    throw error;
  }
}

/** Collects an option that may be given several times, or once with commas. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(",").filter((each) => each !== "")];
}
