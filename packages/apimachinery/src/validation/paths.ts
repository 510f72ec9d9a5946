import { child, invalid, type FieldError } from "./field-error.ts";

const FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive";
const FILE_MODE_MAX = 0o777;

export function fileMode(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > FILE_MODE_MAX) ? [invalid(path, mode, FILE_MODE)] : [];
}

export function noBacksteps(target: string, path: string): FieldError[] {
  return target.split("/").includes("..") ? [invalid(path, target, "must not contain '..'")] : [];
}

export function descendingPath(target: string, path: string): FieldError[] {
  const errors = target.startsWith("/") ? [invalid(path, target, "must be a relative path")] : [];
  return [...errors, ...noBacksteps(target, path)];
}

/** A relative path whose names don't start with two dots: those are the kubelet's own. */
export function unreservedPath(target: string, path: string): FieldError[] {
  const errors = descendingPath(target, path);
  if (target.startsWith("..") && !target.startsWith("../")) {
    errors.push(invalid(path, target, "must not start with '..'"));
  }
  return errors;
}

export function absolutePath(target: string, path: string, name = "path"): FieldError[] {
  return target.startsWith("/") ? [] : [invalid(child(path, name), target, "must be an absolute path")];
}
