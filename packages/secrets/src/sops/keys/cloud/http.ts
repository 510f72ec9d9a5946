/** Calls to the clouds' key services and their sign-ins: JSON over HTTP, bounded in size and time, never redirected. */
import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";

const TIMEOUT_MS = 30_000;
/** Keys and tokens are a few kilobytes. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CloudDeps {
  readonly env: Environment;
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What a program prints; undefined when it is not there or fails. */
  readonly run?: (program: string, args: readonly string[]) => Promise<string | undefined>;
  /** A file's text; undefined when it cannot be read. */
  readonly readFile?: (path: string) => Promise<string | undefined>;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default 30 s; short for addresses that only exist on a cloud's own machines. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** @throws ProblemError KeyUnusable: nobody answers. What is sent and what comes back is never quoted */
export async function call(
  url: string,
  asked: Call,
  what: string,
  { fetch: send = fetch }: CloudDeps,
): Promise<Answer> {
  const { method = "GET", headers = {}, body, timeoutMs = TIMEOUT_MS } = asked;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await send(url, {
      method,
      headers,
      redirect: "error",
      signal,
      ...(body !== undefined && { body }),
    });
    return { status: response.status, text: await boundedText(response) };
  } catch {
    // A redirect could carry a token elsewhere, and is an error for that; which of all it was helps little.
    throw problemError("KeyUnusable", `${what} does not answer`);
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** @throws ProblemError KeyUnusable for an answer that is a failure, with the cloud's own name for it, or is no JSON */
export async function callJson(url: string, asked: Call, what: string, deps: CloudDeps): Promise<JsonObject> {
  const { status, text } = await call(url, asked, what, deps);
  const json = parsed(text);
  if (status >= 200 && status < 300 && json !== undefined) return json;
  const name = nameOfFailure(json);
  const more = json === undefined && status < 300 ? " with what is no JSON" : name === "" ? "" : `: ${name}`;
  throw problemError("KeyUnusable", `${what} answers ${status}${more}`);
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** AWS `__type`, Google `error.status`, Azure `error.code`, OAuth `error`: names, where messages could quote. */
function nameOfFailure(json: JsonObject | undefined): string {
  const type = json?.["__type"];
  if (typeof type === "string") return plain(type.replace(/^.*#/, ""));
  const error = json?.["error"];
  if (typeof error === "string") return plain(error);
  return isJsonObject(error) ? plain(error["status"] ?? error["code"]) : "";
}

function plain(value: Json | undefined): string {
  return typeof value === "string" && /^[\w.-]{1,80}$/.test(value) ? value : "";
}

export function textAt(object: JsonObject | undefined, ...path: string[]): string {
  let value: Json | undefined = object;
  for (const step of path) value = isJsonObject(value) ? value[step] : undefined;
  return typeof value === "string" ? value : "";
}
