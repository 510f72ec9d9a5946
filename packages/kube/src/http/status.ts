import type { JsonObject } from "@fairlead/base";

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** meta/v1 Status, as the API answers failures and finished deletions. */
export interface Status {
  readonly apiVersion: "v1";
  readonly kind: "Status";
  readonly metadata: JsonObject;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

/** An answer of the API server that says no. `message` is the server's. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly status: Status;
  /** How long the server asked to be left alone, from the Retry-After header or the Status. */
  readonly retryAfterMs: number | undefined;

  constructor(status: Status, options: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(status.message ?? `the server answered ${status.code}`, { cause: options.cause });
    this.name = "ApiError";
    this.code = status.code;
    this.reason = status.reason ?? "";
    this.status = status;
    const seconds = status.details?.retryAfterSeconds;
    this.retryAfterMs = options.retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404;
}

/** A stale resourceVersion, a failed precondition or an apply conflict; not AlreadyExists, which is also a 409. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason !== "AlreadyExists";
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === "AlreadyExists";
}

/** The resourceVersion or continue token asked for is no longer kept (410, whatever the reason is called). */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");
}

/**
 * Whether the same call may succeed later without anybody changing the input: the server is busy, restarting or unreachable.
 * Errors that are no ApiError count as transient unless they say otherwise through `isRetryable`.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === 429 || error.code >= 500 || error.code === 408;
  if (error instanceof Error && "isRetryable" in error) return error.isRetryable === true;
  return true;
}

/** A Status of Failure for an answer that carried none, e.g. a proxy's HTML page. */
export function statusOfAnswer(code: number, body: unknown, text: string): Status {
  const given = body as Partial<Status> | null;
  if (typeof given === "object" && given !== null && given.kind === "Status") {
    return { ...(given as Status), code: typeof given.code === "number" ? given.code : code };
  }
  const excerpt = text.replace(/\s+/g, " ").trim().slice(0, 200);
  return {
    apiVersion: "v1",
    kind: "Status",
    metadata: {},
    status: "Failure",
    reason: REASONS[code] ?? "Unknown",
    message: excerpt === "" ? `the server answered ${code}` : `the server answered ${code}: ${excerpt}`,
    code,
  };
}

const REASONS: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
