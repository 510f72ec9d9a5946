import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { gcpProvider } from "../../src/external/providers/gcp/index.ts";
import type { ProviderClient } from "../../src/external/providers/types.ts";
import {
  depsOf,
  NOW_MS,
  openProvider,
  stubServer,
  type Answer,
  type Asked,
  type Stub,
  type World,
} from "./provider.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const AUTH = { secretRef: { secretAccessKeySecretRef: { name: "gcp", key: "json" } } };

export const GOOGLE_KEY = publicKey;

export interface Kept {
  labels: JsonObject;
  annotations: JsonObject;
  versions: { data: string; state: string; createTime: string }[];
  etag: string;
}

/** Google's sign-ins and Secret Manager on loopback, anew for each test. */
export class Google {
  readonly secrets = new Map<string, Kept>();
  /** Answers before the stub itself does. */
  first: (asked: Asked) => Answer | undefined = () => undefined;
  #stub: Stub | undefined;

  /** To be called once in a file of tests. */
  static forTests(): Google {
    const google = new Google();
    before(async () => {
      google.#stub = await stubServer((asked) => google.#answer(asked));
    });
    after(() => google.#stub?.close());
    beforeEach(() => {
      google.asked.length = 0;
      google.secrets.clear();
      google.first = () => undefined;
    });
    return google;
  }

  get url(): string {
    return this.#stub?.url ?? "";
  }

  get asked(): Asked[] {
    return this.#stub?.asked ?? [];
  }

  get tokens(): Asked[] {
    return this.asked.filter(({ url }) => url.endsWith("/token"));
  }

  get values(): Asked[] {
    return this.asked.filter(({ url }) => url.startsWith("/v1/projects") && !url.includes("serviceAccounts"));
  }

  /** Keeps a secret with these versions, enabled. */
  keep(name: string, ...texts: string[]): Kept {
    const versions = texts.map((text, at) => ({
      data: Buffer.from(text).toString("base64"),
      state: "ENABLED",
      createTime: new Date(NOW_MS + at * 1000).toISOString(),
    }));
    const kept = { labels: { "managed-by": "external-secrets" }, annotations: {}, versions, etag: "e" };
    this.secrets.set(name, kept);
    return kept;
  }

  world(more: World = {}): World {
    const { url } = this;
    const json = {
      type: "service_account",
      client_email: "me@p",
      private_key: PEM,
      private_key_id: "kid",
      token_uri: `${url}/token`,
    };
    const environment = {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STS: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: url,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECURETOKEN: url,
    };
    return { environment, ...more, texts: { "gcp/json": JSON.stringify(json), ...more.texts } };
  }

  open(more: JsonObject = {}, world: World = {}): ProviderClient & { deps: ReturnType<typeof depsOf> } {
    const deps = depsOf(this.world(world));
    return Object.assign(openProvider(gcpProvider, { projectID: "p", auth: AUTH, ...more }, deps), { deps });
  }

  #answer(asked: Asked): Answer {
    const given = this.first(asked);
    if (given) return given;
    if (asked.url.endsWith("/token")) return { body: { access_token: `t${this.tokens.length}`, expires_in: 3600 } };
    if (asked.url.includes("identitybindingtoken")) return { body: { access_token: "bound", expires_in: 3600 } };
    if (asked.url.includes(":generateAccessToken"))
      return { body: { accessToken: "stood-in", expireTime: new Date(NOW_MS + 3_600_000).toISOString() } };
    return secretManager(this.secrets, asked);
  }
}

/** Secret Manager's REST form as its public description has it, as far as a store needs it. */
function secretManager(secrets: Map<string, Kept>, { method, url, body }: Asked): Answer {
  const { pathname, searchParams } = new URL(url, "http://x");
  const missing = (): Answer => ({
    status: 404,
    body: { error: { code: 404, status: "NOT_FOUND", message: "not found" } },
  });
  const match = /^\/v1\/(projects\/[^/]+(?:\/locations\/[^/]+)?)\/secrets(?:\/([^/:]+))?(.*)$/.exec(pathname);
  if (!match) return missing();
  const [, parent = "", id, rest = ""] = match;
  const sent = body === "" ? {} : (JSON.parse(body) as JsonObject);
  if (id === undefined && method === "POST") {
    const name = searchParams.get("secretId") ?? "";
    secrets.set(name, { labels: sent["labels"] as JsonObject, annotations: {}, versions: [], etag: "e1" });
    return { body: { name: `${parent}/secrets/${name}`, labels: sent["labels"], etag: "e1" } };
  }
  if (id === undefined) {
    const all = [...secrets].map(([name, { labels }]) => ({ name: `projects/42/secrets/${name}`, labels }));
    const at = Number(searchParams.get("pageToken") ?? "0");
    return { body: { secrets: all.slice(at, at + 1), ...(at + 1 < all.length && { nextPageToken: String(at + 1) }) } };
  }
  const kept = secrets.get(decodeURIComponent(id));
  if (kept === undefined) return missing();
  const of = (version: string): Answer => {
    const found = version === "latest" ? kept.versions.at(-1) : kept.versions[Number(version) - 1];
    if (found === undefined) return missing();
    if (found.state === "ENABLED") return { body: { payload: { data: found.data } } };
    const message = `Secret Version [x] is in ${found.state} state.`;
    return { status: 400, body: { error: { code: 400, status: "FAILED_PRECONDITION", message } } };
  };
  const access = /^\/versions\/([^:]+):access$/.exec(rest)?.[1];
  if (access !== undefined) return of(access);
  if (rest === "/versions") {
    const versions = kept.versions.map((version, at) => ({
      ...version,
      name: `projects/42/secrets/${id}/versions/${at + 1}`,
    }));
    return { body: { versions: versions.filter(({ state }) => state === "ENABLED") } };
  }
  if (rest === ":addVersion") {
    const { data } = sent["payload"] as { data: string };
    kept.versions.push({
      data,
      state: "ENABLED",
      createTime: new Date(NOW_MS + kept.versions.length * 1000).toISOString(),
    });
    return { body: {} };
  }
  if (method === "DELETE") {
    secrets.delete(decodeURIComponent(id));
    return { body: {} };
  }
  if (method === "PATCH") Object.assign(kept, { labels: sent["labels"], annotations: sent["annotations"] });
  return { body: { name: id, labels: kept.labels, annotations: kept.annotations, etag: kept.etag } };
}
