import { healthCommand } from "@fairlead/apimachinery";
import { readInput } from "../files.ts";
import type { Command } from "../io.ts";

export const health: Command = (args, io) =>
  healthCommand(args, {
    read: (path) => readInput(io, path),
    stdout: (text) => io.stdout.write(text),
    stderr: (text) => io.stderr.write(text),
  });
