import {
  type FileTree,
  isJsonObject,
  joinPath,
  type Json,
  type JsonObject,
  problemError,
  readText,
} from "@fairlead/base";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import { withFile } from "./overlay-tree.ts";

export const KUSTOMIZATION_FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** A kustomization file as JSON, to be changed and laid over the tree. */
export interface EditableKustomization {
  readonly path: string;
  readonly content: JsonObject;
}

/** The kustomization of a directory; undefined when it has none. @throws ProblemError KustomizationInvalid */
export function findKustomization(tree: FileTree, directory: string): EditableKustomization | undefined {
  for (const name of KUSTOMIZATION_FILE_NAMES) {
    const path = joinPath(directory, name);
    if (tree.stat(path)?.kind !== "file") continue;
    const content = decodeYaml(readText(tree, path), { file: path });
    if (content !== null && !isJsonObject(content)) {
      throw problemError("KustomizationInvalid", "a kustomization is a mapping", { file: path, line: 1 });
    }
    return { path, content: content ?? {} };
  }
  return undefined;
}

export function layOver(tree: FileTree, { path, content }: EditableKustomization): FileTree {
  return withFile(tree, path, encodeYaml(content));
}

/** A field's list; empty where it is absent. @throws ProblemError where it is something else */
export function listIn({ content, path }: EditableKustomization, field: string): Json[] {
  const value = content[field];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw problemError("KustomizationInvalid", `expected '${field}' field in kustomization.yaml to be a list`, {
    file: path,
  });
}

/** A field's mapping; empty where it is absent. @throws ProblemError where it is something else */
export function objectIn({ content, path }: EditableKustomization, field: string): JsonObject {
  const value = content[field];
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw problemError("KustomizationInvalid", `expected '${field}' field in kustomization.yaml to be a mapping`, {
    file: path,
  });
}

export function textIn(object: JsonObject, field: string): string {
  const value = object[field];
  return typeof value === "string" ? value : "";
}
