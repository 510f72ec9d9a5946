import { problemError, ProblemError, type JsonObject, type Problem } from "@fairlead/base";
import { toPlain } from "@fairlead/gotemplate";
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvDraft04 from "ajv-draft-04";
import type { Chart } from "../chart/types.ts";
import { isTable } from "../values/value.ts";

/** The schema itself is not checked against its draft: `$schema` is often an address nobody serves, which Helm does not mind either. */
const OPTIONS = {
  allErrors: true,
  strict: false,
  validateFormats: false,
  validateSchema: false,
  logger: false,
} as const;
const compiled = new WeakMap<Uint8Array, ValidateFunction>();

/**
 * Checks the values of a chart and of its dependencies, each against its own values.schema.json.
 * @throws ProblemError ChartSchemaViolated with every violation
 */
export function validateValues(chart: Chart, values: JsonObject): void {
  const problems = [...violations(chart, values, chart.metadata.name)];
  if (problems.length === 0) return;
  const head = "values don't meet the specifications of the schema(s) in the following chart(s):";
  throw new ProblemError(
    problems.map((problem, index) => (index === 0 ? { ...problem, message: `${head}\n${problem.message}` } : problem)),
  );
}

function* violations(chart: Chart, values: JsonObject, name: string): Generator<Problem> {
  if (chart.schema) {
    const file = `${chart.root === "" ? "" : `${chart.root}/`}values.schema.json`;
    const validate = compile(chart.schema, file);
    if (!validate(toPlain(values))) {
      for (const error of validate.errors ?? []) {
        yield { code: "ChartSchemaViolated", message: `${name}: at '${error.instancePath}': ${wording(error)}`, file };
      }
    }
  }
  for (const sub of chart.dependencies) {
    const own = values[sub.metadata.name];
    yield* violations(sub, isTable(own) ? own : {}, sub.metadata.name);
  }
}

/** The draft is the schema's own; 2020-12 where it says nothing. Schemas that are elsewhere are not fetched: no render does I/O. */
function compile(data: Uint8Array, file: string): ValidateFunction {
  const known = compiled.get(data);
  if (known) return known;
  try {
    const { $schema = "", ...schema } = JSON.parse(Buffer.from(data).toString("utf8")) as { $schema?: string };
    const validate = validatorFor($schema).compile(schema);
    compiled.set(data, validate);
    return validate;
  } catch (error) {
    throw problemError(
      "ChartSchemaViolated",
      `values.schema.json cannot be used: ${(error as Error).message}`,
      { file },
      error,
    );
  }
}

function validatorFor(draft: string): Ajv {
  if (/draft-04/.test(draft)) return new (ajvDraft04 as unknown as typeof Ajv)(OPTIONS);
  if (/draft-0[67]/.test(draft)) return new Ajv(OPTIONS);
  return /2019-09/.test(draft) ? new Ajv2019(OPTIONS) : new Ajv2020(OPTIONS);
}

/** The violation in the words of the library that Helm uses. */
function wording({ keyword, params, message }: ErrorObject): string {
  const named = params as Record<string, unknown>;
  if (keyword === "required") return `missing property '${named["missingProperty"]}'`;
  if (keyword === "additionalProperties") return `additional properties '${named["additionalProperty"]}' not allowed`;
  if (keyword === "type") return `want ${[named["type"]].flat().join(" or ")}`;
  if (keyword === "enum")
    return `value must be one of ${(named["allowedValues"] as unknown[]).map((value) => `'${value}'`).join(", ")}`;
  return message ?? keyword;
}
