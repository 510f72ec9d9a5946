import { createRequire } from "node:module";
import { problemError, type Json, type JsonObject } from "@fairlead/base";
import { toPlain } from "@fairlead/gotemplate";
import type { Ajv, ErrorObject, ValidateFunction } from "ajv";
import type ajvDraft04 from "ajv-draft-04";
import type { Chart } from "../chart/types.ts";
import { explainViolations, violationLines } from "./explain.ts";
import { goType } from "../values/strvals.ts";
import { isTable } from "../values/value.ts";

/** The schema itself is not checked against its draft: `$schema` is often an address nobody serves, which Helm does not mind either. */
const OPTIONS = {
  allErrors: true,
  strict: false,
  validateFormats: false,
  validateSchema: false,
  logger: false,
} as const;
interface Compiled {
  readonly schema: JsonObject;
  readonly validate: ValidateFunction;
  readonly draft: number;
}

const compiled = new WeakMap<Uint8Array, Compiled>();

/**
 * Checks the values of a chart and of its dependencies, each against its own values.schema.json.
 * @throws ProblemError ChartSchemaViolated with every violation, in Helm's words
 */
export function validateValues(chart: Chart, values: JsonObject): void {
  const lines = violations(chart, values, chart.metadata.name);
  if (lines.length === 0) return;
  const head = "values don't meet the specifications of the schema(s) in the following chart(s):";
  throw problemError("ChartSchemaViolated", [head, ...lines].join("\n"), { file: schemaFile(chart) });
}

function schemaFile(chart: Pick<Chart, "root">): string {
  return `${chart.root === "" ? "" : `${chart.root}/`}values.schema.json`;
}

/** Lines; those of each chart below its name. */
function violations(chart: Chart, values: JsonObject, name: string): string[] {
  const own = ownViolations(chart, values);
  const lines = own.length > 0 ? [`${name}:`, ...own] : [];
  for (const sub of chart.dependencies) {
    const own = values[sub.metadata.name];
    if (own === undefined || own === null) continue;
    if (isTable(own)) lines.push(...violations(sub, own, sub.metadata.name));
    else lines.push(`${sub.metadata.name}:`, `invalid type for values: expected object (map), got ${goType(own)}`);
  }
  return lines;
}

/** Lines for what breaks the chart's own schema. */
export function ownViolations(chart: Pick<Chart, "root" | "schema">, values: JsonObject): string[] {
  if (!chart.schema) return [];
  const { schema, validate, draft } = compile(chart.schema, schemaFile(chart));
  const plain = toPlain(values) as Json;
  if (isValid(validate, plain, chart)) return [];
  const explained = violationLines(explainViolations(schema, plain, draft));
  return explained.length > 0 ? explained : (validate.errors ?? []).map(plainWords);
}

function isValid(validate: ValidateFunction, value: Json, chart: Pick<Chart, "root">): boolean {
  try {
    return validate(value);
  } catch (error) {
    // A schema that refers to itself without end uses the stack up.
    const message = `values.schema.json cannot be used: ${(error as Error).message}`;
    throw problemError("ChartSchemaViolated", message, { file: schemaFile(chart) }, error);
  }
}

/** What a keyword that charts hardly use says, in the words of the library that found it. */
function plainWords({ instancePath, keyword, message }: ErrorObject): string {
  return `- at '${instancePath}': ${message ?? keyword}`;
}

/** The draft is the schema's own; 2020-12 where it says nothing. Schemas that are elsewhere are not fetched: no render does I/O. */
function compile(data: Uint8Array, file: string): Compiled {
  const known = compiled.get(data);
  if (known) return known;
  try {
    const { $schema = "", ...schema } = JSON.parse(Buffer.from(data).toString("utf8")) as JsonObject;
    const name = String($schema);
    const found = { schema, validate: validatorFor(name).compile(schema), draft: draftOf(name) };
    compiled.set(data, found);
    return found;
  } catch (error) {
    throw problemError(
      "ChartSchemaViolated",
      `values.schema.json cannot be used: ${(error as Error).message}`,
      { file },
      error,
    );
  }
}

function draftOf(name: string): number {
  const [, old, year] = /draft-0([467])|(2019|2020)-\d\d/.exec(name) ?? [];
  return Number(old ?? year ?? 2020);
}

/** Loaded where a chart has a schema: the library is a fifth of what a short command loads. */
function validatorFor(draft: string): Ajv {
  const load = createRequire(import.meta.url);
  const Validator = (
    /draft-04/.test(draft)
      ? load("ajv-draft-04")
      : /draft-0[67]/.test(draft)
        ? load("ajv")
        : /2019-09/.test(draft)
          ? load("ajv/dist/2019.js")
          : load("ajv/dist/2020.js")
  ) as { default: typeof Ajv | typeof ajvDraft04 };
  return new (Validator.default as typeof Ajv)(OPTIONS);
}
