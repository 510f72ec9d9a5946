import { problemError, RecentMap, type Json, type JsonObject } from "@fairlead/base";
import { decodeJson, toPlain } from "@fairlead/gotemplate";
import type { Chart } from "../chart/types.ts";
import { HELM_LIMITS } from "../limits.ts";
import { goType } from "../values/strvals.ts";
import { isTable } from "../values/value.ts";
import { Documents, innerSchemas, isMap, ROOT_URL, SchemaFault, type Resource } from "./documents.ts";
import { Evaluator, violationLines } from "./evaluate.ts";

interface Compiled {
  readonly documents: Documents;
  readonly evaluator: Evaluator;
}

/** By a schema's text: a chart is loaded again for every render. */
const compiled = new RecentMap<string, Compiled | SchemaFault>(HELM_LIMITS.schemaBytesKept);

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

function schemaFile(chart: Chart): string {
  return `${chart.root === "" ? "" : `${chart.root}/`}values.schema.json`;
}

/** Lines; those of each chart below its name. */
function violations(chart: Chart, values: JsonObject, name: string): string[] {
  const own = chart.schema ? schemaLines(chart.schema, values) : [];
  const lines = own.length > 0 ? [`${name}:`, ...own] : [];
  for (const sub of chart.dependencies) {
    const own = values[sub.metadata.name];
    if (own === undefined || own === null) continue;
    if (isTable(own)) lines.push(...violations(sub, own, sub.metadata.name));
    else lines.push(`${sub.metadata.name}:`, `invalid type for values: expected object (map), got ${goType(own)}`);
  }
  return lines;
}

/** Why a schema cannot be used, or what breaks it; a violation's lines end, a fault's do not. */
export function schemaFindings(schema: Uint8Array, values: JsonObject): { fault: string } | { lines: string[] } {
  try {
    const { documents, evaluator } = compile(schema);
    return { lines: violationLines(evaluator.evaluate(documents.root, toPlain(values) as Json)) };
  } catch (error) {
    if (error instanceof SchemaFault) return { fault: error.message };
    // Schemas inside schemas use the stack up before their depth is told.
    if (error instanceof RangeError) return { fault: "unable to validate schema: it is nested too deep" };
    throw error;
  }
}

function schemaLines(schema: Uint8Array, values: JsonObject): string[] {
  const found = schemaFindings(schema, values);
  return "fault" in found ? found.fault.split("\n") : found.lines;
}

/** @throws SchemaFault */
function compile(schema: Uint8Array): Compiled {
  const text = Buffer.from(schema.buffer, schema.byteOffset, schema.byteLength).toString("utf8");
  const known = compiled.get(text);
  if (known instanceof SchemaFault) throw known;
  if (known) return known;
  try {
    const made = compileText(text);
    compiled.set(text, made, text.length);
    return made;
  } catch (error) {
    if (error instanceof SchemaFault) compiled.set(text, error, text.length);
    throw error;
  }
}

function compileText(text: string): Compiled {
  const root = parse(text);
  const documents = new Documents(root);
  const evaluator = new Evaluator(documents);
  const faults = evaluator.evaluate(documents.meta, root);
  if (faults.length > 0) {
    const head = `${JSON.stringify(`${ROOT_URL}#`)} is not valid against metaschema: jsonschema validation failed with '${documents.meta.url}#'`;
    throw new SchemaFault([head, ...violationLines(faults)].join("\n"));
  }
  refuseBadReferences(documents);
  return { documents, evaluator };
}

function parse(text: string): Json {
  if (text.trim() === "") throw new SchemaFault("EOF");
  try {
    return decodeJson(text) as Json;
  } catch (error) {
    throw new SchemaFault((error as Error).message.replace("unexpected end of JSON input", "unexpected EOF"));
  }
}

/** References lead somewhere, in every schema that can be reached. @throws SchemaFault */
function refuseBadReferences(documents: Documents): void {
  const seen = new Set<JsonObject>();
  const visit = (schema: Json, resource: Resource): void => {
    if (!isMap(schema) || seen.has(schema) || resource.isMeta) return;
    seen.add(schema);
    const { $ref } = schema;
    if (typeof $ref === "string") {
      const target = documents.resolve($ref, resource);
      visit(target.schema, target.resource);
      if (resource.draft < 2019) return;
    }
    for (const inner of innerSchemas(schema, false)) visit(inner, isMap(inner) ? documents.ownerOf(inner) : resource);
  };
  visit(documents.root.root, documents.root);
}
