import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openPki } from "../../src/auth/pki.ts";
import { otherApi } from "./other-api.ts";

/**
 * Webhooks and another API server for the cases of the contract, on loopback with a certificate of an authority of their own. What a
 * webhook answers is written in the URL by which it is configured, so that cases are data.
 */
export interface Hooks {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: string;
  /** The authority, as `caBundle` wants it. */
  readonly caBundle: string;
  close(): void;
}

export async function startHooks(): Promise<Hooks> {
  const pki = openPki({ directory: undefined, names: ["127.0.0.1", "localhost"], now: () => Date.now() });
  const server = createServer({ key: pki.serving.key, cert: pki.serving.cert }, (request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = String((server.address() as AddressInfo).port);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caBundle: pki.caData,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Part of a path that holds a value. */
export function inPath(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

interface Review {
  readonly request: { readonly uid: string; readonly [key: string]: unknown };
}

const KNOWN: ReadonlySet<string> = new Set(["answer", "patch", "echo", "convert", "raw", "silent"]);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "https://hooks");
  const [, what = "", given = ""] = url.pathname.split("/");
  if (what === "apis") return otherApi(request, response);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const send = (code: number, text: string): void => {
    response.writeHead(code, { "content-type": "application/json" }).end(text);
  };
  if (!KNOWN.has(what)) return send(404, "{}");
  const value = given === "" ? {} : (JSON.parse(Buffer.from(given, "base64url").toString()) as Record<string, unknown>);
  if (what === "raw") return send(Number(value["code"] ?? 200), String(value["text"] ?? ""));
  if (what === "silent") return;
  const { request: asked } = JSON.parse(body) as Review;
  if (what === "convert") return send(200, JSON.stringify(converted(asked, value)));
  const reviewed = {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    ...(value["review"] as object | undefined),
  };
  const reply = { uid: asked.uid, allowed: true, ...(value["response"] as object | undefined) };
  if (what === "patch") Object.assign(reply, patchOf(value["patch"] ?? counted(asked)));
  // What was asked is told in the refusal, for cases that are about it.
  if (what === "echo") Object.assign(reply, { allowed: false, status: { message: shown(asked) } });
  send(200, JSON.stringify({ ...reviewed, response: reply }));
}

function patchOf(patch: unknown): object {
  return { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") };
}

/** Counts in the object how often the webhook was asked. */
function counted({ object }: Review["request"]): object[] {
  const { data } = object as { data?: Record<string, string> };
  const calls = Number(data?.["calls"] ?? 0) + 1;
  if (data === undefined) return [{ op: "add", path: "/data", value: { calls: String(calls) } }];
  return [{ op: "add", path: "/data/calls", value: String(calls) }];
}

function shown(asked: Review["request"]): string {
  const text = JSON.stringify({ ...asked, uid: "", userInfo: "" }, sortedKeys);
  return text.replace(/"(uid|resourceVersion|time|creationTimestamp)":"[^"]*"/g, '"$1":""');
}

/** Go and this program write keys in orders of their own. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface Custom {
  readonly apiVersion: string;
  readonly metadata: Record<string, unknown>;
  readonly spec?: Record<string, unknown>;
  readonly [key: string]: unknown;
}

/** Between a version that says `size` and one that says `length`; `value` spoils the answer. */
function converted(asked: Review["request"], value: Record<string, unknown>): object {
  const { desiredAPIVersion, objects } = asked as unknown as { desiredAPIVersion: string; objects: Custom[] };
  const isNew = desiredAPIVersion.endsWith("/v2");
  const convertedObjects = objects.map((object) => {
    const { size, length, ...spec } = object.spec ?? {};
    const amount = size ?? length;
    const next = {
      ...object,
      apiVersion: desiredAPIVersion,
      spec: { ...spec, ...(isNew ? { length: amount } : { size: amount }) },
    };
    return { ...next, ...(value["object"] as object | undefined) };
  });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    ...(value["review"] as object | undefined),
    response: {
      uid: asked.uid,
      result: { status: "Success" },
      convertedObjects,
      ...(value["response"] as object | undefined),
    },
  };
}
