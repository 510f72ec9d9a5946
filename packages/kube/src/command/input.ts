import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type Problem, ProblemError } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import type { KubeClient } from "../client/types.ts";
import type { CommandIo } from "./io.ts";

const HINTS = {
  file: "name a file, a folder, or - for standard input",
  document: "each document is one Kubernetes object or a list of them",
  kind: "every object says both, as apiVersion: v1 and kind: ConfigMap",
  name: "give a name, or a generateName",
} as const;
const MANIFEST = /\.(ya?ml|json)$/;

/**
 * The objects of files, folders (their manifests, without those below; with them if `recursive`) and standard input (`-`), in
 * the order given; lists are opened.
 * @throws ProblemError with every fault of every file
 */
export async function readObjects(paths: readonly string[], io: CommandIo, recursive = false): Promise<KubeObject[]> {
  const [objects = []] = await readObjectLists([paths], io, recursive);
  return objects;
}

/**
 * The same for several lists of files.
 * @throws ProblemError with every fault of all of them
 */
export async function readObjectLists(
  lists: ReadonlyArray<readonly string[]>,
  io: CommandIo,
  recursive = false,
): Promise<KubeObject[][]> {
  const problems: Problem[] = [];
  const read: KubeObject[][] = [];
  for (const paths of lists) read.push(await readInto(paths, io, recursive, problems));
  if (problems.length > 0) throw new ProblemError(problems);
  return read;
}

async function readInto(
  paths: readonly string[],
  io: CommandIo,
  recursive: boolean,
  problems: Problem[],
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const path of paths) {
    const files = path === "-" ? [await readStdin(io)] : readFiles(path, io.cwd, recursive, problems);
    for (const { file, text } of files) {
      const stream = decodeDocuments(text, { file });
      problems.push(...stream.problems);
      for (const { value, line } of stream.documents) {
        addObjects(value, { file, line, column: 1 }, objects, problems);
      }
    }
  }
  return objects;
}

function addObjects(
  value: Json,
  at: { file: string; line: number; column: number },
  objects: KubeObject[],
  problems: Problem[],
): void {
  const fault = (message: string, hint: string, object?: string): void =>
    void problems.push({ code: "ObjectInvalid", message, ...at, object, hint });
  if (!isJsonObject(value)) return fault("a document is no object", HINTS.document);
  const { kind, apiVersion, items, metadata } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    for (const item of items) addObjects(item, at, objects, problems);
  } else if (typeof kind !== "string" || typeof apiVersion !== "string" || kind === "" || apiVersion === "") {
    fault("an object has no apiVersion and kind", HINTS.kind);
  } else if (!isJsonObject(metadata) || (typeof metadata["name"] !== "string" && !metadata["generateName"])) {
    fault(`a ${kind} has no metadata.name`, HINTS.name, kind);
  } else {
    objects.push(value as KubeObject);
  }
}

function readFiles(
  path: string,
  cwd: string,
  recursive: boolean,
  problems: Problem[],
): { file: string; text: string }[] {
  const full = resolve(cwd, path);
  try {
    if (!statSync(full).isDirectory()) return [{ file: path, text: readFileSync(full, "utf8") }];
    const names = readdirSync(full, { recursive, encoding: "utf8" }).filter((name) => MANIFEST.test(name));
    return names.sort().map((name) => ({ file: join(path, name), text: readFileSync(join(full, name), "utf8") }));
  } catch {
    problems.push({ code: "FileNotFound", message: "cannot be read", file: path, hint: HINTS.file });
    return [];
  }
}

async function readStdin(io: CommandIo): Promise<{ file: string; text: string }> {
  const parts: Buffer[] = [];
  for await (const part of io.stdin) parts.push(Buffer.from(part));
  return { file: "standard input", text: Buffer.concat(parts).toString("utf8") };
}

/** With the client's namespace where a namespaced object names none, so that messages and comparisons have it. */
export async function withNamespaces(client: KubeClient, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  return Promise.all(
    objects.map(async (object) => {
      if (object.metadata.namespace) return object;
      const resource = await client.discovery.findResource(object);
      if (!resource?.namespaced) return object;
      return { ...object, metadata: { ...object.metadata, namespace: client.defaultNamespace } };
    }),
  );
}
