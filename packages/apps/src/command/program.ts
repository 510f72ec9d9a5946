import { Command, InvalidArgumentError, Option } from "commander";
import { explainProblem, parseGoDuration, problemsOf } from "@fairlead/base";
import type { OutputFormat } from "./output.ts";
import type { CommandIo } from "./io.ts";

/** A command that ends by an error, not by ending the process, and writes where it is told. */
export function newCommand(name: string, description: string, io: CommandIo): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

/** For a flag that may be given more than once. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** `-o`: one of these formats, anything else is a wrong call. */
export function outputOption(formats: readonly OutputFormat[], fallback: OutputFormat = "wide"): Option {
  return new Option("-o, --output <format>", "how it is printed").choices(formats).default(fallback);
}

/** A flag or argument whose text is read by `read`; what it throws is told as a wrong call. */
export function parsed<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(
        problemsOf(error)
          .map((problem) => explainProblem(problem))
          .join("; "),
      );
    }
  };
}

/** As `parsed`, for a flag that may be given more than once. */
export function parsedList<T>(read: (text: string) => T): (text: string, before?: T[]) => T[] {
  const one = parsed(read);
  return (text, before = []) => [...before, one(text)];
}

/** @throws InvalidArgumentError, which commander tells as a wrong call */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError("It is no whole number.");
  return Number(text);
}

/** How long to wait, in milliseconds; 0 is without end, as in the argocd command. */
export function timeoutOption(): Option {
  return new Option("--timeout <duration>", "how long to wait: seconds, or 5m; 0: without end")
    .argParser(parsed(timeoutOf))
    .default(DEFAULT_WAIT_MS, "5m");
}

const DEFAULT_WAIT_MS = 300_000;

/** Milliseconds of `5m` or, as the argocd command has it, of a number of seconds. @throws ProblemError */
function timeoutOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : parseGoDuration(text);
}

/** The command was called wrongly in a way that its grammar cannot tell: exit code 2. */
export class UsageError extends Error {}
