import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type Problem, problemError, ProblemError } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import type { KubeClient } from "../client/types.ts";
import type { CommandIo } from "./io.ts";

const MANIFEST = /\.(ya?ml|json)$/;

/**
 * The objects of files, folders (their manifests, without those below; with them if `recursive`) and standard input (`-`), in
 * the order given; lists are opened.
 * @throws ProblemError with every fault of every file
 */
export async function readObjects(paths: readonly string[], io: CommandIo, recursive = false): Promise<KubeObject[]> {
  const problems: Problem[] = [];
  const objects: KubeObject[] = [];
  for (const path of paths) {
    for (const { file, text } of path === "-" ? [await readStdin(io)] : readFiles(path, io.cwd, recursive)) {
      const stream = decodeDocuments(text, { file });
      problems.push(...stream.problems);
      for (const { value, line } of stream.documents) addObjects(value, { file, line }, objects, problems);
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return objects;
}

function addObjects(value: Json, at: { file: string; line: number }, objects: KubeObject[], problems: Problem[]): void {
  if (!isJsonObject(value)) {
    problems.push({ code: "ObjectInvalid", message: "a document is no object", ...at });
    return;
  }
  const { kind, apiVersion, items, metadata } = value;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    for (const item of items) addObjects(item, at, objects, problems);
  } else if (typeof kind !== "string" || typeof apiVersion !== "string" || kind === "" || apiVersion === "") {
    problems.push({ code: "ObjectInvalid", message: "an object has no apiVersion and kind", ...at });
  } else if (!isJsonObject(metadata) || (typeof metadata["name"] !== "string" && !metadata["generateName"])) {
    problems.push({ code: "ObjectInvalid", message: `a ${kind} has no metadata.name`, ...at });
  } else {
    objects.push(value as KubeObject);
  }
}

function readFiles(path: string, cwd: string, recursive: boolean): { file: string; text: string }[] {
  const full = resolve(cwd, path);
  try {
    if (!statSync(full).isDirectory()) return [{ file: path, text: readFileSync(full, "utf8") }];
    const names = readdirSync(full, { recursive, encoding: "utf8" }).filter((name) => MANIFEST.test(name));
    return names.sort().map((name) => ({ file: join(path, name), text: readFileSync(join(full, name), "utf8") }));
  } catch (error) {
    throw problemError("FileNotFound", "cannot be read", { file: path }, error);
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
