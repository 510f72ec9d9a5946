/** `a/b\/c` → `a`, `b/c`; a leading delimiter is allowed. */
export function splitPath(path: string, delimiter: string): string[] {
  let parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === "") parts = parts.slice(1);
  const result: string[] = [parts[0] ?? ""];
  for (const part of parts.slice(1)) {
    const last = result.at(-1) ?? "";
    if (last.endsWith("\\")) result[result.length - 1] = last.slice(0, -1) + delimiter + part;
    else result.push(part);
  }
  return result;
}

/** Splits at dots but not within brackets: `[name=a.b]` stays whole, `[a.b.c]` is the key `a.b.c`. */
export function splitFieldPath(path: string): string[] {
  const parts = splitPath(path, ".");
  const result: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? "";
    if (!part.startsWith("[") || part.endsWith("]")) {
      result.push(part);
      continue;
    }
    const bracketed = [part];
    while (index < parts.length - 1) {
      const next = parts[++index] ?? "";
      bracketed.push(next);
      if (next.endsWith("]")) break;
    }
    const joined = bracketed.join(".");
    result.push(joined.includes("=") ? joined : joined.replace(/^[[\]]+|[[\]]+$/g, ""));
  }
  return result;
}

export function isListIndex(part: string): boolean {
  return part.startsWith("[") && part.endsWith("]");
}

export function isIndexNumber(part: string): boolean {
  return /^\+?\d+$/.test(part);
}

/** `[name=nginx]` → name, nginx. Undefined when there is no `=`. */
export function splitListIndex(part: string): { readonly name: string; readonly value: string } | undefined {
  const inner = part.replace(/\]$/, "").replace(/^\[/, "");
  const equals = inner.indexOf("=");
  return equals < 0 ? undefined : { name: inner.slice(0, equals), value: inner.slice(equals + 1) };
}
