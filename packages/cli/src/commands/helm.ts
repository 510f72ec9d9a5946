import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { diskTree } from "@fairlead/base";
import { fileTemplate, helmLint, helmTemplate, type CommandIo } from "@fairlead/helm";
import { readInputSync } from "../files.ts";
import { EXIT_USAGE, type Command, type Io } from "../io.ts";

/** `fairlead helm …`: what people type helm for, without a cluster and without helm. */
export const helm: Command = async ([name, ...args], io) => {
  if (name === "template") return helmTemplate(args, commandIo(io));
  if (name === "lint") return helmLint(args, commandIo(io));
  io.stderr.write(
    "fairlead: helm template [NAME] CHART and helm lint PATH are what there is\n  hint: fairlead helm template --help\n",
  );
  return EXIT_USAGE;
};

/** `fairlead template FILE|-`: any Go template. */
export const template: Command = (args, io) => fileTemplate(args, commandIo(io));

function commandIo(io: Io): CommandIo {
  const at = (path: string): string => resolve(io.cwd, path);
  return {
    stdout: io.stdout,
    stderr: io.stderr,
    readFile: (path) => readInputSync(io, path),
    absolute: at,
    openChart(path) {
      const found = statSync(at(path), { throwIfNoEntry: false });
      if (!found) return undefined;
      return found.isDirectory() ? diskTree(at(path)) : readFileSync(at(path));
    },
    writeFile(path, text, mode) {
      mkdirSync(dirname(at(path)), { recursive: true });
      if (mode === "append") appendFileSync(at(path), text);
      else writeFileSync(at(path), text);
    },
  };
}
