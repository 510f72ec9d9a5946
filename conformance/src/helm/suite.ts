import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { diskTree } from "@fairlead/base";
import { helmTemplate, type CommandIo } from "@fairlead/helm";
import type { Difference, Skipped, Suite, SuiteContext, SuiteResult } from "../suite.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/helm");
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const SHOWN_CHARACTERS = 300;
/** What differs at every run of the real tool too. */
const CHANCE =
  /\b(randAlphaNum|randAlpha|randAscii|randNumeric|randBytes|randInt|shuffle|uuidv4|genCA|genSelfSignedCert|genSignedCert|genPrivateKey|bcrypt|htpasswd|encryptAES|now|ago)\b/;

interface Case {
  readonly name: string;
  readonly chart: string;
  readonly values: readonly string[];
}

interface Answer {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

/** Charts rendered by the real helm 3 and 4 and by ours: standard output, exit status and the text of failures. */
export const suite: Suite = {
  name: "helm",
  description:
    "helm 3.19.2 and 4.3.1 judge fairlead helm template, chart by chart (--charts DIR for a folder of charts)",
  tools: ["helm3", "helm4"],
  run: compareCharts,
};

async function compareCharts(context: SuiteContext): Promise<SuiteResult> {
  const different: Difference[] = [];
  const skipped: Skipped[] = [];
  let same = 0;
  for (const compat of ["v3", "v4"] as const) {
    const binary = join(context.toolDirectory(compat === "v3" ? "helm3" : "helm4"), "helm");
    for (const each of casesIn(chartRoots(context.args))) {
      const name = `${compat} ${each.name}`;
      if (usesChance(each.chart)) {
        skipped.push({ name, reason: "its templates call functions of chance or time" });
        continue;
      }
      const detail = difference(askHelm(binary, each), await askOurs(compat, each));
      if (detail === undefined) same++;
      else different.push({ name, detail });
    }
  }
  return { same, different, skipped };
}

function chartRoots(args: readonly string[]): string[] {
  const at = args.indexOf("--charts");
  return at < 0 ? [FIXTURES] : [resolve(args[at + 1] ?? ".")];
}

/** Every chart with its default values and with each file of its ci folder, as chart-testing does. */
function casesIn(roots: readonly string[]): Case[] {
  return roots.flatMap((root) =>
    globSync(["*/Chart.yaml", "*/*/Chart.yaml", "Chart.yaml"], { cwd: root })
      .map((file) => resolve(root, file, ".."))
      .filter((chart) => !relative(root, chart).includes("charts/"))
      .sort()
      .flatMap((chart) => {
        const name = relative(root, chart) || ".";
        const files = globSync("ci/*-values.yaml", { cwd: chart }).sort();
        return [
          { name, chart, values: [] },
          ...files.map((file) => ({ name: `${name} ${file}`, chart, values: [join(chart, file)] })),
        ];
      }),
  );
}

function usesChance(chart: string): boolean {
  return globSync("**/templates/**/*.{yaml,yml,tpl,txt}", { cwd: chart }).some((file) => {
    return CHANCE.test([...readFileSync(join(chart, file), "utf8").matchAll(/\{\{[^]*?\}\}/g)].join(""));
  });
}

function askHelm(binary: string, { chart, values }: Case): Answer {
  const args = ["template", "rel", chart, "--include-crds", ...values.flatMap((file) => ["-f", file])];
  const run = spawnSync(binary, args, { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX });
  return { out: run.stdout, error: run.stderr, code: run.status ?? 1 };
}

async function askOurs(compat: string, { chart, values }: Case): Promise<Answer> {
  let out = "";
  let error = "";
  const io: CommandIo = {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (error += text) },
    readFile: (path) => readFileSync(path),
    openChart: (path) => (existsSync(path) ? diskTree(path) : readFileSync(path)),
  };
  const args = ["rel", chart, "--include-crds", "--compat", compat, ...values.flatMap((file) => ["-f", file])];
  return { code: await helmTemplate(args, io), out, error };
}

function difference(real: Answer, ours: Answer): string | undefined {
  if (real.code !== ours.code)
    return `exit ${real.code} and ${ours.code}\nhelm: ${cut(real.error)}\nours: ${cut(ours.error)}`;
  if (real.code === 0) return real.out === ours.out ? undefined : firstDifference(real.out, ours.out);
  const [a, b] = [failureOf(real.error), failureOf(ours.error)];
  return a === b || inNoOrder(a) === inNoOrder(b) ? undefined : `helm: ${cut(a)}\nours: ${cut(b)}`;
}

/** What stands behind `Error: `, log lines and our own hints left out; machine paths differ by how the chart was named. */
function failureOf(text: string): string {
  const at = text.search(/^Error: /m);
  return text
    .slice(Math.max(at, 0))
    .split("\n")
    .filter((line) => !line.startsWith("  hint:") && !/^(level=|time=|\d{4}\/)/.test(line))
    .join("\n")
    .trim();
}

/** Helm tells what breaks a schema in an order that changes from run to run. */
function inNoOrder(failure: string): string {
  return failure.includes("specifications of the schema(s)") ? failure.split("\n").sort().join("\n") : failure;
}

function firstDifference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at] && at < a.length) at++;
  const from = a.lastIndexOf("\n", at) + 1;
  return `helm: ${cut(a.slice(from))}\nours: ${cut(b.slice(from))}`;
}

function cut(text: string): string {
  return text.slice(0, SHOWN_CHARACTERS).trimEnd();
}
