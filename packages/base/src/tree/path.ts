import { problemError } from "../problem.ts";

/** An empty part, `.` or `..`. */
const TO_CLEAN = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** `a/./b/../c/` → `a/c`; the root is `""`. @throws ProblemError PathEscapes when `..` leads above the root or the path is absolute */
export function normalizePath(path: string): string {
  // Most paths are what they would become.
  if (!TO_CLEAN.test(path)) return path;
  if (path.startsWith("/")) throw escapes(path);
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw escapes(path);
  }
  return parts.join("/");
}

/** Joins and normalizes. @throws ProblemError PathEscapes */
export function joinPath(...parts: readonly string[]): string {
  return normalizePath(parts.filter((part) => part !== "").join("/"));
}

/** The directory of a path: `a/b` → `a`, `a` → `""`. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function escapes(path: string): Error {
  return problemError("PathEscapes", `path ${JSON.stringify(path)} leads out of its root`, {
    hint: "name a path inside the repository or chart, relative to its root",
  });
}
