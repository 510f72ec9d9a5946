import { fn, P } from "../functions/define.ts";
import { BOOL, STRING, type FunctionSet } from "../values/types.ts";

const base = fn([P.string], STRING, (_, path) => baseName(path));
const dir = fn([P.string], STRING, (_, path) => clean(path.slice(0, path.lastIndexOf("/") + 1)));
const cleaned = fn([P.string], STRING, (_, path) => clean(path));
const ext = fn([P.string], STRING, (_, path) => extension(path));
const isAbs = fn([P.string], BOOL, (_, path) => path.startsWith("/"));

/** Go's path, and filepath as it is on Linux: the same. */
export const pathFunctions: FunctionSet = {
  base,
  dir,
  clean: cleaned,
  ext,
  isAbs,
  osBase: base,
  osDir: dir,
  osClean: cleaned,
  osExt: ext,
  osIsAbs: isAbs,
};

function baseName(path: string): string {
  if (path === "") return ".";
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}

/** The shortest path that means the same, by its text alone. */
function clean(path: string): string {
  const isRooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isRooted) parts.push("..");
  }
  const joined = parts.join("/");
  return isRooted ? `/${joined}` : joined === "" ? "." : joined;
}
