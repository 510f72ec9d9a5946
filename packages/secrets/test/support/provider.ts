import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { problemError, ProblemError, VirtualClock, type Clock } from "@fairlead/base";
import { systemRandom, toBytes } from "@fairlead/gotemplate";
import { Fields, problemSink } from "../../src/external/model/fields.ts";
import type { Find, RemoteRef } from "../../src/external/model/types.ts";
import type {
  Credentials,
  Provider,
  ProviderClient,
  ProviderDeps,
  PushValue,
} from "../../src/external/providers/types.ts";
import { entriesJson } from "../../src/external/values/set-property.ts";

export interface World {
  readonly clock?: Clock;
  readonly namespace?: string;
  /** `name/key` → text, of Secrets and ConfigMaps alike. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export const SIGNAL = new AbortController().signal;
/** 2026-01-02T03:04:05Z */
export const NOW_MS = 1_767_323_045_000;

export function depsOf(world: World = {}): ProviderDeps & { readonly calls: string[]; readonly audiences: string[][] } {
  const calls: string[] = [];
  const audiences: string[][] = [];
  const text = async ({ name, key }: { name: string; key: string }): Promise<string> => {
    const found = world.texts?.[`${name}/${key}`];
    if (found === undefined) throw problemError("StoreNotReady", `no ${name}/${key}`);
    return found;
  };
  const credentials: Credentials = {
    secretText: text,
    configMapText: text,
    async secretData({ name }) {
      const own = Object.entries(world.texts ?? {}).filter(([path]) => path.startsWith(`${name}/`));
      return { data: new Map(own.map(([path, value]) => [path.slice(name.length + 1), toBytes(value)])), labels: {} };
    },
    accountAnnotations: async () => world.annotations ?? {},
    async accountToken(ref, more) {
      audiences.push([...ref.audiences, ...more]);
      return `token-of-${ref.name}`;
    },
    ownToken: async () => "own-token",
  };
  return {
    store: { kind: "SecretStore", name: "store", namespace: "team" },
    namespace: world.namespace ?? "team",
    credentials,
    clock: world.clock ?? new VirtualClock(NOW_MS),
    random: systemRandom,
    connect: () => {
      throw new Error("no cluster here");
    },
    home: { server: "" },
    environment: world.environment ?? {},
    observe: (provider, call, isOk) => void calls.push(`${provider} ${call} ${isOk ? "success" : "error"}`),
    calls,
    audiences,
  };
}

/** Faults of a provider's part of a store. */
export function faultsOf(provider: Provider, spec: unknown): string[] {
  const { problems, report } = problemSink("InvalidStore", "store");
  provider.parse(new Fields(spec, "aws", report));
  return problems.map(({ message }) => message);
}

export function openProvider(provider: Provider, spec: unknown, deps: ProviderDeps): ProviderClient {
  const { problems, report } = problemSink("InvalidStore", "store");
  const connect = provider.parse(new Fields(spec, "spec.provider", report));
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("; "));
  return connect(deps);
}

const STRATEGIES = { conversion: "Default", decoding: "None", refusesNullBytes: false } as const;

export function refTo(key: string, more: Partial<RemoteRef> = {}): RemoteRef {
  return { ...STRATEGIES, key, property: "", version: "", metadata: false, ...more };
}

export function findOf(more: Partial<Find>): Find {
  return { ...STRATEGIES, path: undefined, name: undefined, tags: undefined, ...more };
}

/** What an ExternalSecret's entry would become; undefined where there is no such secret. */
export async function valueAt(client: ProviderClient, ref: RemoteRef): Promise<string | undefined> {
  const payload = await client.read(ref, SIGNAL);
  const value = payload === undefined ? undefined : client.valueOf(payload, ref);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

/** That a read fails with this code and these words. */
export async function failsWith(reading: Promise<unknown>, code: string, text: RegExp): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof ProblemError && error.code === code, String(error));
    assert.match(error.message, text);
    return true;
  });
}

/** Keys of AWS in a Secret, as stores and generators name them; the texts that belong to them. */
export const AWS_AUTH = {
  secretRef: {
    accessKeyIDSecretRef: { name: "aws", key: "id" },
    secretAccessKeySecretRef: { name: "aws", key: "secret" },
  },
};

export function textsOf(entries: ReadonlyMap<string, Uint8Array> | undefined): Record<string, string> {
  return Object.fromEntries([...(entries ?? [])].map(([key, value]) => [key, Buffer.from(value).toString()]));
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects go out as JSON. */
  readonly body?: unknown;
  /** Never answers. */
  readonly hangs?: boolean;
}

export interface Stub {
  readonly url: string;
  readonly asked: Asked[];
  close(): void;
}

/** A server on loopback that answers as told. */
export async function stubServer(answer: (asked: Asked) => Answer): Promise<Stub> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      asked.push(one);
      const { status = 200, headers = {}, body = {}, hangs = false } = answer(one);
      if (hangs) return;
      const isText = typeof body === "string";
      response.writeHead(status, { "content-type": isText ? "text/html" : "application/json", ...headers });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One entry of a Secret, to be pushed. */
export function valueOfText(text: string, secretKey = "key"): PushValue {
  const metadata = { labels: {}, annotations: {}, secretType: "Opaque" };
  return { bytes: Buffer.from(text), secretKey, whole: undefined, ...metadata };
}

/** A whole Secret, to be pushed. */
export function valueOfSecret(data: Readonly<Record<string, string>>, more: Partial<PushValue> = {}): PushValue {
  const whole = new Map(Object.entries(data).map(([key, text]) => [key, toBytes(text)]));
  return { ...valueOfText(entriesJson(new Map(Object.entries(data))), ""), whole, ...more };
}
