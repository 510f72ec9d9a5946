import { APPLY, JSON_PATCH, MERGE, STRATEGIC, TABLE, type Step } from "../types.ts";

/** Steps in short form, for cases that are mostly a row of requests. The code is the one that must come back. */
type More = Omit<Step, "do" | "code">;

export function post(path: string, body: unknown, code = 201, more: More = {}): Step {
  return { do: `POST ${path}`, body, code, ...more };
}

export function put(path: string, body: unknown, code = 200, more: More = {}): Step {
  return { do: `PUT ${path}`, body, code, ...more };
}

export function get(path: string, code = 200, more: More = {}): Step {
  return { do: `GET ${path}`, code, ...more };
}

export function remove(path: string, code = 200, more: More = {}): Step {
  return { do: `DELETE ${path}`, code, ...more };
}

export function table(path: string, more: More = {}): Step {
  return { do: `GET ${path}`, code: 200, headers: TABLE, ...more };
}

export function merge(path: string, body: unknown, code = 200): Step {
  return { do: `PATCH ${path}`, body, code, headers: MERGE };
}

export function strategic(path: string, body: unknown, code = 200): Step {
  return { do: `PATCH ${path}`, body, code, headers: STRATEGIC };
}

export function jsonPatch(path: string, body: unknown, code = 200): Step {
  return { do: `PATCH ${path}`, body, code, headers: JSON_PATCH };
}

export function apply(path: string, body: unknown, code = 200, manager = "a", more = ""): Step {
  return { do: `PATCH ${path}?fieldManager=${manager}${more}`, body, code, headers: APPLY };
}

/** The core group in the case's namespace. */
export const NS = "/api/v1/namespaces/{ns}";

/** A group's path in the case's namespace: `apps/v1`. */
export function inGroup(groupVersion: string): string {
  return `/apis/${groupVersion}/namespaces/{ns}`;
}
