import { sprigFunctions, mergeFunctions, TemplateError, TemplateSet, toBytes } from "@fairlead/gotemplate";
import { parseArgs } from "node:util";
import type { Difference, Suite } from "../suite.ts";
import { certificateCases, maskCertificates } from "./cases/certificates.ts";
import type { Case } from "./cases/common.ts";
import { generatedCases } from "./cases/generated.ts";
import { languageCases } from "./cases/language.ts";
import { mutatedCases } from "./cases/mutated.ts";
import { printfCases } from "./cases/printf.ts";
import { sprigCases } from "./cases/sprig.ts";
import { decodeData, judgeFunctions } from "./data.ts";
import { askGo, buildJudge, CRASHED, type Answer, type Request } from "./judge.ts";

interface Family {
  readonly name: string;
  readonly functions: "go" | "sprig";
  readonly cases: readonly Case[];
}

const FAMILIES: readonly Family[] = [
  { name: "language", functions: "go", cases: languageCases },
  { name: "printf", functions: "go", cases: printfCases },
  { name: "sprig", functions: "sprig", cases: sprigCases },
];

export const suite: Suite = {
  name: "gotemplate",
  description: "Go's text/template with sprig 3.3.0 judges @fairlead/gotemplate: output and error text",
  tools: [],
  async run(context) {
    const binary = buildJudge(context.say);
    const different: Difference[] = [];
    let same = 0;
    const { values, positionals } = parseArgs({
      args: [...context.args],
      allowPositionals: true,
      options: { seed: { type: "string", default: "1" }, count: { type: "string", default: "5000" } },
    });
    const wanted = positionals[0];
    const mutated = [...mutatedCases(languageCases, Number(values.seed), Math.ceil(Number(values.count) / 700))];
    const generated = [...generatedCases(Number(values.seed), Number(values.count))];
    const families: Family[] = [
      ...FAMILIES,
      { name: "certificates", functions: "sprig", cases: certificateCases() },
      { name: "generated", functions: "sprig", cases: generated },
      { name: "mutated", functions: "go", cases: mutated },
    ];
    for (const family of families.filter(({ name }) => wanted === undefined || name === wanted)) {
      const requests = family.cases.map((given) => requestFor(given, family.functions));
      const answers = await askGo(binary, requests);
      for (const [index, request] of requests.entries()) {
        const theirs = masked(answers[index] as Answer);
        const ours = masked(answerOf(request));
        const detail = compare(ours, theirs);
        if (detail === undefined) same++;
        else
          different.push({ name: `${family.name} ${index + 1}: ${request.templates[0]?.[1]}`.slice(0, 300), detail });
      }
    }
    return { same, different, skipped: [] };
  },
};

function requestFor(given: Case, functions: "go" | "sprig"): Request {
  const { text, more, ...rest } = given;
  return { templates: [["main", text], ...(more ?? [])], functions, ...rest };
}

function answerOf(request: Request): Answer {
  const functions = request.functions === "sprig" ? mergeFunctions(sprigFunctions, judgeFunctions) : judgeFunctions;
  try {
    const set = new TemplateSet({
      functions,
      name: "root",
      ...(request.left === undefined ? {} : { leftDelim: request.left }),
      ...(request.right === undefined ? {} : { rightDelim: request.right }),
    });
    for (const [name, text] of request.templates) set.parse(name, text);
    const name = request.templates[0]?.[0] ?? "";
    if (request.print === true) return { output: latin1(set.print(name) ?? ""), error: "" };
    const options = request.missingKey === undefined ? {} : { missingKey: request.missingKey };
    return { output: latin1(set.execute(name, decodeData(request.data), options)), error: "" };
  } catch (error) {
    if (error instanceof TemplateError) return { output: "", error: error.goText };
    return { output: "", error: `THROWN ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

/** Addresses differ from run to run; which ones there are is all that can be compared. */
function masked({ output, error }: Answer): Answer {
  const mask = (text: string): string => maskCertificates(text.replace(/0x[0-9a-f]{6,12}\b/g, "0xADDRESS"));
  return { output: mask(output), error: mask(error) };
}

function latin1(text: string): string {
  return Buffer.from(toBytes(text)).toString("latin1");
}

/** Undefined when both agree. What Go wrote before an error is not compared: nobody sees it. */
function compare(ours: Answer, theirs: Answer): string | undefined {
  if (theirs.error === CRASHED) return ours.error === "" ? "go: ended its process; ours gave output" : undefined;
  if (ours.error !== theirs.error)
    return `go:   ${theirs.error || show(theirs.output)}\nours: ${ours.error || show(ours.output)}`;
  if (ours.error !== "" || ours.output === theirs.output) return undefined;
  let at = 0;
  while (ours.output[at] === theirs.output[at]) at++;
  const from = Math.max(0, at - 40);
  return `at ${at}\ngo:   ${show(theirs.output.slice(from, at + 60))}\nours: ${show(ours.output.slice(from, at + 60))}`;
}

function show(text: string): string {
  return JSON.stringify(Buffer.from(text, "latin1").toString("utf8"));
}
