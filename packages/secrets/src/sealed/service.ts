/**
 * The controller's HTTP endpoints, which kubeseal reaches through the API server's service proxy. Verify and rotate fill no
 * templates (PR #2019, #2049), take the scope from the object's own metadata (CVE-2026-22728), answer only who may ask, and only so
 * often.
 */
import { X509Certificate } from "node:crypto";
import { ProblemError, type Clock, type Json } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { decodeBase64, readSealedSecret } from "../seal/read.ts";
import { labelFor, scopeOf } from "../seal/scope.ts";
import { sealBytes } from "../seal/cipher.ts";
import type { SealedSecret } from "../seal/types.ts";
import type { SealingKey } from "./key-secret.ts";
import type { SealedSecretsMetrics } from "./metrics.ts";
import type { Unsealer } from "./unsealer.ts";

export interface ServiceRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Who asked, for a request that came over the network; absent for one the API server in this process hands on. */
  readonly remoteAddress?: string | undefined;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ServiceOptions {
  readonly clock: Clock;
  readonly unsealer: Unsealer;
  readonly metrics: SealedSecretsMetrics;
  /** Newest first. */
  keys(): readonly SealingKey[];
  /** Whether this may have something verified or rotated. Absent: whoever hands requests in has looked. */
  readonly mayAsk?: ((request: ServiceRequest) => Promise<boolean>) | undefined;
}

/** Requests a second, and how many may come at once: the real controller's defaults for one who asks, and a limit for all together. */
const RATE = { perSecond: 2, burst: 2 };
const RATE_OF_ALL = { perSecond: 20, burst: 40 };
const SECOND_MS = 1000;
const ROUTES = ["/healthz", "/v1/cert.pem", "/v1/verify", "/v1/rotate"];

/** The handler behind services/sealed-secrets-controller/proxy. */
export function sealedSecretsService(options: ServiceOptions): (request: ServiceRequest) => Promise<ServiceResponse> {
  const { clock, metrics } = options;
  const answer = answerer(options);
  return async (request) => {
    const startedAt = clock.now();
    const response = await answer(request);
    const [route = ""] = request.path.split("?");
    // Paths that are none of ours are anybody's to make up.
    const path = ROUTES.includes(route) ? route : "other";
    metrics.countHttp(path, request.method, response.status, (clock.now() - startedAt) / SECOND_MS);
    return response;
  };
}

function answerer(options: ServiceOptions): (request: ServiceRequest) => Promise<ServiceResponse> {
  const { clock, unsealer, mayAsk } = options;
  const each = new Limiter(clock, RATE);
  const all = new Limiter(clock, RATE_OF_ALL);
  return async (request) => {
    const { method, body } = request;
    const [route = ""] = request.path.split("?");
    if (route === "/healthz") return { status: 200, body: "ok\n" };
    if (route === "/v1/cert.pem") return certificate(options.keys());
    if (route !== "/v1/verify" && route !== "/v1/rotate") return { status: 404, body: "404 page not found\n" };
    if (method !== "POST") return { status: 405, body: "Method not allowed\n" };
    if (!each.isAllowed(`${route} ${whoAsks(request)}`) || !all.isAllowed("")) {
      // client-go waits and asks again when it is told how long.
      return { status: 429, headers: { "retry-after": "1" }, body: "Rate limit exceeded\n" };
    }
    if (mayAsk !== undefined && !(await mayAsk(request)))
      return {
        status: 401,
        body: "Unauthorized: ask through the API server's service proxy, or send a bearer token\n",
      };
    const sealed = parse(body);
    if (sealed === undefined) return { status: 500, body: "the body is no SealedSecret\n" };
    const values = await open(sealed, unsealer);
    if (route === "/v1/verify") return values === undefined ? { status: 409, body: "" } : { status: 200, body: "" };
    return values === undefined
      ? { status: 500, body: "no key could decrypt secret\n" }
      : rotated(sealed, values, options.keys());
  };
}

/** The last hop that X-Forwarded-For names is the one the API server saw; those before it are what the client claims. */
function whoAsks({ headers, remoteAddress = "" }: ServiceRequest): string {
  const last = headers["x-forwarded-for"]?.split(",").at(-1)?.trim() ?? "";
  return `${remoteAddress} ${last}`;
}

function certificate([newest]: readonly SealingKey[]): ServiceResponse {
  if (newest === undefined) return { status: 503, body: "there is no sealing key yet\n" };
  return { status: 200, headers: { "content-type": "application/x-pem-file" }, body: newest.certificate };
}

function parse(body: Uint8Array): SealedSecret | undefined {
  const { documents, problems } = decodeDocuments(Buffer.from(body).toString("utf8"));
  const values: Json[] = documents.map(({ value }) => value).filter((value) => value !== null);
  const [only] = values;
  if (problems.length > 0 || values.length !== 1 || only === undefined) return undefined;
  try {
    return readSealedSecret(only);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

async function open(sealed: SealedSecret, unsealer: Unsealer): Promise<Map<string, Uint8Array> | undefined> {
  const entries = Object.entries(sealed.spec.encryptedData).map(([key, text]) => [key, decodeBase64(text)] as const);
  if (entries.some(([, bytes]) => bytes === undefined)) return undefined;
  const values = await unsealer.open(
    labelOf(sealed),
    entries.map(([, bytes]) => bytes ?? new Uint8Array()),
  );
  const opened = new Map<string, Uint8Array>();
  for (const [index, [key]] of entries.entries()) {
    const value = values[index];
    if (value === null || value === undefined) return undefined;
    opened.set(key, value);
  }
  return opened;
}

function labelOf({ metadata: { name = "", namespace = "", annotations } }: SealedSecret): string {
  return labelFor(scopeOf(annotations), namespace, name);
}

/** The same object with its values sealed under the newest key: its template stays as it is written. */
function rotated(
  sealed: SealedSecret,
  values: ReadonlyMap<string, Uint8Array>,
  [newest]: readonly SealingKey[],
): ServiceResponse {
  if (newest === undefined) return { status: 503, body: "there is no sealing key yet\n" };
  const { publicKey } = new X509Certificate(newest.certificate);
  const again = [...values].map(
    ([key, value]) => [key, sealBytes(publicKey, value, labelOf(sealed)).toString("base64")] as const,
  );
  const spec = { ...sealed.spec, encryptedData: Object.fromEntries(again) };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: `${JSON.stringify({ ...sealed, spec })}\n`,
  };
}

/** A bucket for each who asks. */
class Limiter {
  readonly #clock: Clock;
  readonly #rate: typeof RATE;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(clock: Clock, rate: typeof RATE) {
    this.#clock = clock;
    this.#rate = rate;
  }

  isAllowed(key: string): boolean {
    const now = this.#clock.now();
    const { perSecond, burst } = this.#rate;
    // Who asks may be anybody: the map must not grow with them.
    if (this.#buckets.size > 1024) this.#buckets.clear();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const gained = Math.max(0, (now - bucket.at) / SECOND_MS) * perSecond;
    const tokens = Math.min(burst, bucket.tokens + gained);
    const isAllowed = tokens >= 1;
    this.#buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, at: now });
    return isAllowed;
  }
}
