import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Variable } from "@fairlead/jsonnet";
import { sortKnown, type Difference, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { allCases } from "./cases/index.ts";
import { askGo, askOurs, runGo, runOurs, type Answer, type Case } from "./judge.ts";
import { KNOWN } from "./known.ts";

interface Comparison {
  readonly name: string;
  readonly theirs: () => Promise<Answer>;
  readonly ours: () => Answer;
}

export const suite: Suite = {
  name: "jsonnet",
  description: "go-jsonnet 0.22.0 judges @fairlead/jsonnet: output, exit and error text with its stack trace",
  tools: ["jsonnet"],
  async run(context) {
    const binary = join(context.toolDirectory("jsonnet"), "jsonnet");
    const scratch = mkdtempSync(join(tmpdir(), "fairlead-jsonnet-"));
    try {
      return await compareAll(comparisonsOf(context, binary, scratch));
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  },
};

/** Our own programs; with `--files DIR` those below a folder instead, each told from there. */
function comparisonsOf(context: SuiteContext, binary: string, scratch: string): Comparison[] {
  const { values } = parseArgs({
    args: [...context.args],
    options: {
      files: { type: "string" },
      name: { type: "string", default: "" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "150" },
      jpath: { type: "string", multiple: true, default: [] },
      "ext-str": { type: "string", multiple: true, default: [] },
      "ext-code": { type: "string", multiple: true, default: [] },
    },
  });
  const isWanted = ({ name }: { readonly name: string }): boolean => name.includes(values.name);
  if (values.files === undefined) {
    return allCases(Number(values.seed), Number(values.count))
      .filter(isWanted)
      .map((given, at) => ofCase(given, binary, join(scratch, `${at}`)));
  }
  const folder = values.files;
  const given = {
    libraries: values.jpath,
    extVars: [...variables(values["ext-str"], false), ...variables(values["ext-code"], true)],
  };
  return globSync("**/*.jsonnet", { cwd: folder })
    .sort()
    .map((path) => ({
      name: path,
      theirs: () => runGo(binary, folder, path, given),
      ours: () => runOurs(folder, path, given),
    }))
    .filter(isWanted);
}

function variables(flags: readonly string[], isCode: boolean): Variable[] {
  return flags.map((flag) => {
    const at = flag.indexOf("=");
    return { name: flag.slice(0, at), value: flag.slice(at + 1), isCode };
  });
}

function ofCase(given: Case, binary: string, folder: string): Comparison {
  return { name: given.name, theirs: () => askGo(binary, folder, given), ours: () => askOurs(given) };
}

async function compareAll(comparisons: readonly Comparison[]): Promise<SuiteResult> {
  const differences: Difference[] = [];
  let same = 0;
  const waiting = comparisons.values();
  const work = async (): Promise<void> => {
    for (const { name, theirs, ours } of waiting) {
      const detail = difference(ours(), await theirs());
      if (detail === undefined) same++;
      else differences.push({ name, detail });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const { different, known } = sortKnown(differences, KNOWN);
  return { same, different, known, skipped: [] };
}

const OUT_OF_FRAMES = "RUNTIME ERROR: max stack frames exceeded.\n";

/** Undefined when both agree: the first line that differs otherwise. */
function difference(ours: Answer, theirs: Answer): string | undefined {
  const areFull = [ours, theirs].every(({ status, error }) => status === 1 && error.startsWith(OUT_OF_FRAMES));
  if (areFull && ours.error !== theirs.error) return "out of frames at another place";
  if (ours.status !== theirs.status) {
    return `go:   exit ${theirs.status} ${head(theirs)}\nours: exit ${ours.status} ${head(ours)}`;
  }
  for (const part of ["output", "error"] as const) {
    if (ours[part] === theirs[part]) continue;
    const [a, b] = [ours[part].split("\n"), theirs[part].split("\n")];
    const at = b.findIndex((line, index) => line !== a[index]);
    const line = at < 0 ? b.length : at;
    return `${part}, line ${line + 1}\ngo:   ${cut(b[line])}\nours: ${cut(a[line])}`;
  }
  return undefined;
}

function head({ output, error }: Answer): string {
  return cut((error || output).split("\n").slice(0, 2).join(" "));
}

function cut(line: string | undefined): string {
  return line === undefined ? "(no such line)" : JSON.stringify(line.slice(0, 300));
}
