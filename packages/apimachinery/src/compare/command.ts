import { parseArgs } from "node:util";
import { formatProblem, isJsonObject, ProblemError, type Json, type Problem } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { describeRef, gvkOf, refKey, refOf } from "../object/identity.ts";
import type { KubeObject } from "../object/types.ts";
import { crdSchema } from "../schema/crd.ts";
import { builtinSchemas } from "../schema/table.ts";
import type { SchemaNode } from "../schema/types.ts";
import { DEDUCED } from "../smd/atom.ts";
import { describeTypedFaults, validateTyped } from "../smd/validate.ts";
import { appliedFields, compareThreeWays } from "./three-way.ts";

/** What the command may touch, handed in. */
export interface DiffIo {
  /** The text of a file; `-` is standard input. */
  read(path: string): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
}

const USAGE = `usage: fairlead diff --desired FILE --live FILE [--schema FILE] [--manager NAME]

Prints one JSON line for each field that applying the desired objects would change in the live ones: object, path,
change (add, change, remove), desired, live. Defaults and other managers' fields make no difference. --schema names a file
of CustomResourceDefinitions; --manager (fairlead) whose fields go when they are desired no more.
Exit code: 0 no difference, 1 differences, 2 a faulty call or file.
`;
const EXIT_DIFFERENT = 1;
const EXIT_FAULTY = 2;

interface Call {
  readonly desired: string;
  readonly live: string;
  readonly schema: string | undefined;
  readonly manager: string;
}

/** `fairlead diff --desired FILE --live FILE [--schema FILE]`. Exit codes are those of diff. */
export async function diffCommand(args: readonly string[], io: DiffIo): Promise<number> {
  const call = readArguments(args);
  if (call === undefined) {
    io.stderr(USAGE);
    return EXIT_FAULTY;
  }
  if (call === "help") {
    io.stdout(USAGE);
    return 0;
  }
  try {
    const [desired, live, definitions] = await Promise.all([
      readObjects(call.desired, io),
      readObjects(call.live, io),
      call.schema === undefined ? [] : readObjects(call.schema, io),
    ]);
    return compareAll(desired, live, definitions, call.manager, io);
  } catch (error) {
    const lines = error instanceof ProblemError ? error.problems.map(formatProblem) : [String(error)];
    for (const line of lines) io.stderr(`${line}\n`);
    return EXIT_FAULTY;
  }
}

function readArguments(args: readonly string[]): Call | "help" | undefined {
  const text = { type: "string" } as const;
  const options = {
    desired: text,
    live: text,
    schema: text,
    manager: text,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return "help";
    const { desired, live, schema, manager = "fairlead" } = values;
    return desired === undefined || live === undefined ? undefined : { desired, live, schema, manager };
  } catch {
    return undefined;
  }
}

/** Every object of every document, those in Lists too. @throws ProblemError for what is none */
async function readObjects(path: string, io: DiffIo): Promise<KubeObject[]> {
  const file = path === "-" ? "stdin" : path;
  const { documents, problems } = decodeDocuments(await io.read(path), { file });
  const faults: Problem[] = [...problems];
  const objects: KubeObject[] = [];
  for (const { value, line } of documents) {
    const items = isJsonObject(value) && Array.isArray(value["items"]) ? value["items"] : [value];
    for (const item of items) {
      if (isKubeObject(item)) objects.push(item);
      else
        faults.push({
          code: "InvalidInput",
          message: "this is no Kubernetes object: apiVersion, kind and metadata",
          file,
          line,
        });
    }
  }
  if (faults.length > 0) throw new ProblemError(faults);
  return objects;
}

function isKubeObject(value: Json | undefined): value is KubeObject {
  const isNamed = isJsonObject(value) && typeof value["apiVersion"] === "string" && typeof value["kind"] === "string";
  return isNamed && isJsonObject(value["metadata"]);
}

function compareAll(
  desired: readonly KubeObject[],
  live: readonly KubeObject[],
  definitions: readonly KubeObject[],
  manager: string,
  io: DiffIo,
): number {
  const byKey = new Map(live.map((object) => [refKey(refOf(object)), object]));
  let isDifferent = false;
  const tell = (line: object): void => {
    isDifferent = true;
    io.stdout(`${JSON.stringify(line)}\n`);
  };
  for (const object of desired) {
    const name = describeRef(refOf(object));
    const found = byKey.get(refKey(refOf(object)));
    if (found === undefined) {
      tell({ object: name, path: "", change: "add" });
      continue;
    }
    const schema = schemaOf(object, definitions);
    const faults = validateTyped(object, schema);
    if (faults.length > 0) {
      throw new ProblemError({ code: "InvalidTyped", message: describeTypedFaults(faults), object: name });
    }
    const owned = appliedFields(found, manager, schema);
    for (const change of compareThreeWays({ desired: object, live: found, owned, schema }))
      tell({ object: name, ...change });
  }
  return isDifferent ? EXIT_DIFFERENT : 0;
}

/** Built in, from a definition, or deduced from the object as the server does for what has no schema. */
function schemaOf(object: KubeObject, definitions: readonly KubeObject[]): SchemaNode {
  const { group, version, kind } = gvkOf(object);
  const definition = definitions.find((one) => {
    const spec = isJsonObject(one["spec"]) ? one["spec"] : {};
    const names = isJsonObject(spec["names"]) ? spec["names"] : {};
    return spec["group"] === group && names["kind"] === kind;
  });
  return (
    (definition && crdSchema(definition, version)) ?? builtinSchemas().forKind({ group, version, kind }) ?? DEDUCED
  );
}
