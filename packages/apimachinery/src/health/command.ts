import { parseArgs } from "node:util";
import { formatProblem, isJsonObject, ProblemError, type Problem } from "@fairlead/base";
import { decodeDocuments, decodeYaml } from "@fairlead/yaml";
import type { KubeObject } from "../object/types.ts";
import { type HealthCheck, healthOf } from "./health.ts";
import { luaHealthCheck } from "./lua/engine.ts";
import { luaSettings } from "./lua/settings.ts";

/** What the command may touch, handed in. */
export interface HealthIo {
  /** The text of a file; `-` is standard input. */
  read(path: string): Promise<string>;
  stdout(text: string): void;
  stderr(text: string): void;
}

const USAGE = `usage: fairlead health FILE|- [--customizations FILE]

Prints one JSON line for each object in FILE: kind, name, status and message, in the words of Argo CD. status is null
for a kind without a check. With --customizations the health checks of an argocd-cm (Lua) are asked first.
`;
const EXIT_FAULTY = 1;
const EXIT_USAGE = 2;
/** A List inside a List and so on ends here. */
const LISTS_NESTED_MAX = 8;

/** `fairlead health FILE|-`. Exit code 0; 1 when a file cannot be read or something in it is no object; 2 for a wrong call. */
export async function healthCommand(args: readonly string[], io: HealthIo): Promise<number> {
  const call = readArguments(args);
  if (call === undefined) {
    io.stderr(USAGE);
    return EXIT_USAGE;
  }
  if (call === "help") {
    io.stdout(USAGE);
    return 0;
  }
  try {
    const { override, problems } = await customChecks(call.customizations, io);
    const text = await io.read(call.file);
    const read = readObjects(text, call.file);
    for (const object of read.objects) io.stdout(`${line(object, override)}\n`);
    override?.close();
    return report([...problems, ...read.problems], io);
  } catch (error) {
    if (error instanceof ProblemError) return report(error.problems, io);
    io.stderr(`${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_FAULTY;
  }
}

function readArguments(
  args: readonly string[],
): { file: string; customizations: string | undefined } | "help" | undefined {
  try {
    const options = { customizations: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return "help";
    const [file] = positionals;
    return file === undefined || positionals.length > 1 ? undefined : { file, customizations: values.customizations };
  } catch {
    return undefined;
  }
}

async function customChecks(
  path: string | undefined,
  io: HealthIo,
): Promise<{ override: Awaited<ReturnType<typeof luaHealthCheck>> | undefined; problems: readonly Problem[] }> {
  if (path === undefined) return { override: undefined, problems: [] };
  const settings = decodeYaml(await io.read(path), { file: path });
  const data = isJsonObject(settings) && isJsonObject(settings["data"]) ? settings["data"] : {};
  const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const { checks, problems } = luaSettings(Object.fromEntries(texts), (text) => decodeYaml(text));
  return {
    override: checks.length > 0 ? await luaHealthCheck(checks) : undefined,
    problems: problems.map((problem) => ({ ...problem, file: path })),
  };
}

function line(object: KubeObject, override: HealthCheck | undefined): string {
  const found = healthOf(object, { override });
  const { kind, metadata } = object;
  return JSON.stringify({
    kind,
    name: metadata.name ?? "",
    status: found?.status ?? null,
    message: found?.message ?? "",
  });
}

/** Every object of every document, those in Lists too. What is none is a problem with its line. */
function readObjects(text: string, path: string): { objects: KubeObject[]; problems: Problem[] } {
  const file = path === "-" ? "stdin" : path;
  const { documents, problems } = decodeDocuments(text, { file });
  const objects: KubeObject[] = [];
  const faults: Problem[] = [...problems];
  const take = (value: unknown, at: number, depth: number): void => {
    if (isObject(value)) {
      const items = value["items"];
      const isList = value.kind.endsWith("List") && Array.isArray(items) && depth < LISTS_NESTED_MAX;
      if (isList) for (const item of items) take(item, at, depth + 1);
      else objects.push(value);
      return;
    }
    faults.push({
      code: "InvalidInput",
      message: "this is no Kubernetes object: apiVersion, kind and metadata",
      file,
      line: at,
    });
  };
  for (const { value, line: at } of documents) take(value, at, 0);
  return { objects, problems: faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function isObject(value: unknown): value is KubeObject {
  if (!isJsonObject(value) || typeof value["apiVersion"] !== "string" || typeof value["kind"] !== "string")
    return false;
  return isJsonObject(value["metadata"]) || Array.isArray(value["items"]);
}

function report(problems: readonly Problem[], io: HealthIo): number {
  for (const problem of problems) io.stderr(`${formatProblem(problem)}\n`);
  return problems.length > 0 ? EXIT_FAULTY : 0;
}
