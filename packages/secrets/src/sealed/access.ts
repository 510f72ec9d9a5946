/**
 * Who may have SealedSecrets verified and rotated over the network. The service proxy of an API server has looked already, and takes
 * the client's token away; so its own addresses are trusted, and everybody else has to send a token that may use that proxy.
 */
import { createHash } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { isJsonObject, problemError, type Clock, type Json, type Logger } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import type { ServiceRequest } from "./service.ts";

export interface AccessOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Service whose proxy a token has to be allowed to use. */
  readonly namespace: string;
  readonly serviceName: string;
  /** Addresses the API server's requests come from, besides those of default/kubernetes: `10.0.0.0/8`, `fd00::1`. */
  readonly proxiedFrom?: readonly string[];
}

/** How long an answer about a token, or the API server's addresses, hold. */
const REMEMBERED_MS = 60_000;
const TOKENS_MAX = 1024;

/** @throws ProblemError SecretsUsage for what is no address */
export function clusterAccess(options: AccessOptions): (request: ServiceRequest) => Promise<boolean> {
  const { client, clock, logger, proxiedFrom = [] } = options;
  const trusted = addressesOf(proxiedFrom);
  const servers = new Remembered<string, BlockList>(clock, () => apiServerAddresses(client));
  const tokens = new Remembered<string, boolean>(clock, () => Promise.resolve(false));
  return async ({ headers, remoteAddress }) => {
    const [, token] = /^Bearer (\S+)$/i.exec(headers["authorization"] ?? "") ?? [];
    try {
      if (token !== undefined) {
        const digest = createHash("sha256").update(token).digest("hex");
        return await tokens.get(digest, () => mayProxy(token, options));
      }
      if (remoteAddress === undefined) return false;
      return isIn(trusted, remoteAddress) || isIn(await servers.get(""), remoteAddress);
    } catch (error) {
      logger.warn("who asks could not be looked up", { error: String(error) });
      return false;
    }
  };
}

class Remembered<Key, Value> {
  readonly #clock: Clock;
  readonly #ask: () => Promise<Value>;
  readonly #values = new Map<Key, { readonly value: Value; readonly at: number }>();

  constructor(clock: Clock, ask: () => Promise<Value>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  async get(key: Key, ask: () => Promise<Value> = this.#ask): Promise<Value> {
    const now = this.#clock.now();
    const known = this.#values.get(key);
    if (known !== undefined && now - known.at < REMEMBERED_MS) return known.value;
    const value = await ask();
    if (this.#values.size >= TOKENS_MAX) this.#values.clear();
    this.#values.set(key, { value, at: now });
    return value;
  }
}

async function mayProxy(token: string, { client, namespace, serviceName }: AccessOptions): Promise<boolean> {
  const review = await ask(client, "authentication.k8s.io", "TokenReview", "tokenreviews", { token });
  const user = review["user"];
  if (review["authenticated"] !== true || !isJsonObject(user)) return false;
  const { username, uid, groups, extra } = user;
  const access = await ask(client, "authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", {
    user: username ?? "",
    ...(uid !== undefined && { uid }),
    ...(groups !== undefined && { groups }),
    ...(extra !== undefined && { extra }),
    resourceAttributes: {
      namespace,
      verb: "create",
      resource: "services",
      subresource: "proxy",
      name: `http:${serviceName}:http`,
    },
  });
  return access["allowed"] === true;
}

async function ask(
  client: KubeClient,
  group: string,
  kind: string,
  resource: string,
  spec: Record<string, Json>,
): Promise<Readonly<Record<string, Json | undefined>>> {
  const body = { apiVersion: `${group}/v1`, kind, metadata: {}, spec };
  const answer = await client.request({ method: "POST", path: `/apis/${group}/v1/${resource}`, body });
  if (answer.status >= 300) throw problemError("SecretsUsage", `the API server answers ${answer.status} to a ${kind}`);
  const object = JSON.parse(answer.body.toString("utf8")) as Json;
  return isJsonObject(object) && isJsonObject(object["status"]) ? object["status"] : {};
}

/** The addresses behind default/kubernetes. */
async function apiServerAddresses(client: KubeClient): Promise<BlockList> {
  const endpoints = await client.find({ apiVersion: "v1", kind: "Endpoints" }, "kubernetes", "default");
  const subsets = Array.isArray(endpoints?.["subsets"]) ? endpoints["subsets"].filter(isJsonObject) : [];
  const addresses = subsets.flatMap(({ addresses: each }) => (Array.isArray(each) ? each.filter(isJsonObject) : []));
  return addressesOf(addresses.flatMap(({ ip }) => (typeof ip === "string" && isIP(ip) > 0 ? [ip] : [])));
}

function addressesOf(list: readonly string[]): BlockList {
  const addresses = new BlockList();
  for (const text of list) {
    const [address = "", bits] = text.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most)
      throw problemError("SecretsUsage", `${JSON.stringify(text)} is no address and no range of them`);
    addresses.addSubnet(address, prefix, family);
  }
  return addresses;
}

function isIn(list: BlockList, remoteAddress: string): boolean {
  // A socket for both families shows IPv4 addresses so.
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "");
  const version = isIP(address);
  return version > 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
}
