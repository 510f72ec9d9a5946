import { isJsonObject, problemsOf, type FileTree, type Json, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { Row } from "../application-set/types.ts";
import { APPSET_LIMITS } from "../limits.ts";
import { flatten } from "../template/flatten.ts";
import { pathParameters, type GitFile } from "./git-paths.ts";
import { renew, withValues, type Leaf } from "./scope.ts";

interface Kept {
  readonly id: string;
  readonly rows: Row[];
}

/** One row an object in each file, with where the file is. `kept` tells branches apart that hold the same paths. */
export function fileRows(leaf: Leaf, tree: FileTree, files: readonly GitFile[], kept: string): Row[] {
  return files.flatMap((file) => {
    const key = `file ${kept}:${file.path}`;
    const known = leaf.memo.get(key) as Kept | undefined;
    if (known?.id === file.id) return known.rows;
    return renew(leaf, key, (): Kept => ({ id: file.id, rows: readFile(leaf, tree, file.path) })).rows;
  });
}

function readFile(leaf: Leaf, tree: FileTree, path: string): Row[] {
  const { faults, dialect } = leaf.scope;
  const slash = path.lastIndexOf("/");
  const directory = slash < 0 ? "." : path.slice(0, slash);
  const prefix = leaf.fields.text("pathParamPrefix") ?? "";
  let objects: JsonObject[];
  try {
    objects = objectsIn(tree, path);
  } catch (error) {
    for (const problem of problemsOf(error)) {
      faults.problems.push({ ...problem, message: `${leaf.path}: file ${path}: ${problem.message}`, file: path });
    }
    return [];
  }
  return objects.map((object) => {
    const where = pathParameters(directory, path.slice(slash + 1), prefix, dialect.isGo);
    return withValues(leaf, { ...(dialect.isGo ? object : flatten(object)), ...where });
  });
}

/** An object, or a list of them; an empty file is one object without a field. @throws ProblemError */
function objectsIn(tree: FileTree, path: string): JsonObject[] {
  const bytes = tree.read(path);
  if (bytes.length > APPSET_LIMITS.parameterFileBytesMax) {
    throw new Error(`is larger than ${APPSET_LIMITS.parameterFileBytesMax} bytes`);
  }
  const value: Json = decodeYaml(new TextDecoder().decode(bytes), { numbers: "float64" });
  if (value === null) return [{}];
  if (isJsonObject(value)) return [value];
  if (!Array.isArray(value)) throw new Error("holds neither an object nor a list of objects");
  return value.map((item, index) => {
    if (item === null) return {};
    if (!isJsonObject(item)) throw new Error(`item ${index} of its list is not an object`);
    return item;
  });
}
