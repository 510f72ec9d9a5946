import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Difference, Suite, SuiteContext, SuiteResult } from "../suite.ts";
import { buildProgram, goVersion } from "../tools/index.ts";
import { CASES } from "./cases.ts";
import { difference } from "./compare.ts";
import { mutate, randomDocument, randomValue } from "./generate.ts";
import { askJudge, type Answer, type Request } from "./judge.ts";
import { ourAnswer } from "./ours.ts";
import { seededRandom } from "./random.ts";

/** Generated texts of each kind, unless `--count` says otherwise; `--seed` starts another series; `--texts DIR` adds files. */
const COUNT = 2_000;
const SEED = 1;
/** Larger files would only slow the judge down; the rules do not change with size. */
const FILE_CHARS_MAX = 2_000_000;

/** Questions at once, so that answers fit in memory. */
const BATCH = 2_000;

interface Case {
  readonly name: string;
  readonly request: Request;
}

/** Every way a text is read and written. */
function readings(name: string, text: string): Case[] {
  const requests: Request[] = [
    { op: "json", text },
    { op: "strict", text },
    { op: "values", text },
    { op: "decode3", text },
    { op: "nodes", text },
    { op: "rewrite3", text },
    { op: "rewrite3", text, indent: 2 },
    { op: "rewrite3", text, indent: 3, compact: true },
    { op: "rewrite3", text, indent: 2, compact: true },
    { op: "kyaml", text },
  ];
  return requests.map((request) => ({ name: `${name} ${request.op} ${request.indent ?? ""}`.trim(), request }));
}

function generated(count: number, seed: number): Case[] {
  const random = seededRandom(seed);
  const cases: Case[] = [];
  for (let index = 0; index < count; index++) {
    const text = randomDocument(random, index % 2 === 0);
    cases.push(
      ...readings(`document ${seed}/${index}`, text),
      ...readings(`mutant ${seed}/${index}`, mutate(random, text)),
    );
    const value = randomValue(random, 4);
    const json = JSON.stringify(value);
    const writings: Request[] = [
      { op: "marshal", text: json, value },
      { op: "value3", text: json, value, indent: 2 },
      { op: "value3", text: json, value, indent: 2 + random.below(8) },
    ];
    for (const request of writings)
      cases.push({ name: `value ${seed}/${index} ${request.op} ${request.indent ?? ""}`, request });
  }
  return cases;
}

function filesIn(directory: string): Case[] {
  const paths = globSync("**/*.{yaml,yml}", { cwd: directory }).sort();
  const cases: Case[] = [];
  for (const path of paths) {
    const text = readFileSync(join(directory, path), "utf8");
    if (text.length <= FILE_CHARS_MAX) cases.push(...readings(path, text));
  }
  return cases;
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  if (goVersion() === undefined) {
    return { same: 0, different: [], skipped: [{ name: "all", reason: "Go is not on this machine" }] };
  }
  const { args } = context;
  const directory = option(args, "--texts");
  const cases = [
    ...CASES.flatMap((text, index) => readings(`case ${index} ${JSON.stringify(text.slice(0, 40))}`, text)),
    ...generated(Number(option(args, "--count") ?? COUNT), Number(option(args, "--seed") ?? SEED)),
    ...(directory === undefined ? [] : filesIn(directory)),
  ];
  context.say(`asking the judge ${cases.length} questions`);
  const judge = buildProgram(join(import.meta.dirname, "judge"), "yaml-judge", (line) => context.say(line));
  const different: Difference[] = [];
  for (let from = 0; from < cases.length; from += BATCH) {
    const batch = cases.slice(from, from + BATCH);
    const answers = await askJudge(
      judge,
      batch.map(({ request }) => request),
    );
    batch.forEach(({ name, request }, index) => {
      const detail = difference(request, answers[index] as Answer, ourAnswer(request));
      if (detail !== undefined)
        different.push({ name, detail: `${JSON.stringify(request.text.slice(0, 300))}\n${detail}` });
    });
  }
  return { same: cases.length - different.length, different, skipped: [] };
}

export const suite: Suite = {
  name: "yaml",
  description: "what go.yaml.in/yaml v2 and v3, sigs.k8s.io/yaml and kyaml read, decode, write and refuse",
  tools: [],
  run,
};
