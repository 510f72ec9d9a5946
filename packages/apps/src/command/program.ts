import { Command } from "commander";
import type { CommandIo } from "./io.ts";

/** A command that ends by an error, not by ending the process, and writes where it is told. */
export function newCommand(name: string, description: string, io: CommandIo): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

/** For a flag that may be given more than once. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
