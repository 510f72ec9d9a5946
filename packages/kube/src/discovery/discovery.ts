import { parseApiVersion } from "@fairlead/apimachinery";
import { type Clock, problemError } from "@fairlead/base";
import type { KindRef } from "../client/refs.ts";
import { ApiError, statusOfAnswer } from "../http/status.ts";
import { type DiscoveryPart, parseAggregated, parseGroupList, parseResourceList } from "./parse.ts";
import type { ApiResource, Discovery } from "./types.ts";

interface DiscoveryAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

export type DiscoveryFetch = (path: string, accept: string) => Promise<DiscoveryAnswer>;

const AGGREGATED = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/** A kind nobody has heard of is looked for again at most this often. */
const LOOK_AGAIN_MS = 1_000;

interface Known {
  readonly part: DiscoveryPart;
  readonly byKind: ReadonlyMap<string, ApiResource>;
  readonly fingerprint: string;
  readonly askedAt: number;
}

export class CachedDiscovery implements Discovery {
  readonly #fetch: DiscoveryFetch;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #known: Known | undefined;
  #isStale = true;
  #asking: Promise<Known> | undefined;

  constructor(fetch: DiscoveryFetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  get stale(): readonly string[] {
    return this.#known?.part.stale ?? [];
  }

  async resourceFor(kind: KindRef): Promise<ApiResource> {
    const found = await this.findResource(kind);
    if (found) return found;
    throw problemError("KindNotServed", `the cluster serves no ${kind.kind} of ${kind.apiVersion}`, {
      hint: "is its CustomResourceDefinition installed, in this version?",
    });
  }

  /** Known kinds are answered without asking anybody; only a miss looks again. */
  async findResource(kind: KindRef): Promise<ApiResource | undefined> {
    const key = kindKey(kind);
    const found = this.#isStale ? undefined : this.#known?.byKind.get(key);
    if (found) return found;
    return (await this.#lookAgain()).byKind.get(key);
  }

  async findByName(name: string): Promise<ApiResource | undefined> {
    const known = await this.#current();
    const found = byName(known.part.resources, name);
    return found ?? byName((await this.#lookAgain()).part.resources, name);
  }

  async all(): Promise<readonly ApiResource[]> {
    return (await this.#current()).part.resources;
  }

  invalidate(): void {
    this.#isStale = true;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #current(): Known | Promise<Known> {
    return this.#known === undefined || this.#isStale ? this.#ask() : this.#known;
  }

  #lookAgain(): Known | Promise<Known> {
    const known = this.#known;
    const isFresh = known !== undefined && this.#clock.now() - known.askedAt < LOOK_AGAIN_MS;
    return isFresh && !this.#isStale ? known : this.#ask();
  }

  #ask(): Promise<Known> {
    this.#asking ??= this.#load().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #load(): Promise<Known> {
    // Before the question, so that an invalidation while it is under way is not lost.
    this.#isStale = false;
    try {
      const parts = await Promise.all([this.#root("/api"), this.#root("/apis")]);
      const part = this.#withKeptStale({
        resources: parts.flatMap((each) => each.resources),
        stale: parts.flatMap((each) => each.stale),
      });
      const known = { part, ...indexOf(part), askedAt: this.#clock.now() };
      const before = this.#known;
      this.#known = known;
      if (before !== undefined && before.fingerprint !== known.fingerprint) {
        for (const listener of this.#listeners) listener();
      }
      return known;
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  /** What an aggregated server that is down served before is still believed: its kinds have not gone away. */
  #withKeptStale(part: DiscoveryPart): DiscoveryPart {
    if (part.stale.length === 0 || this.#known === undefined) return part;
    const has = new Set(part.resources.map((each) => kindKeyOf(each)));
    const stale = new Set(part.stale);
    const kept = this.#known.part.resources.filter(
      (each) => stale.has(groupVersion(each)) && !has.has(kindKeyOf(each)),
    );
    return { resources: [...part.resources, ...kept], stale: part.stale };
  }

  async #root(path: "/api" | "/apis"): Promise<DiscoveryPart> {
    const answer = await this.#fetch(path, AGGREGATED);
    if (answer.status >= 400) throw refused(answer);
    if (answer.contentType.includes("apidiscovery.k8s.io")) return parseAggregated(answer.body);
    return path === "/api" ? this.#legacy(["v1"]) : this.#legacy(parseGroupList(answer.body));
  }

  /** One question per group and version, as before Kubernetes 1.26. A group that does not answer does not hide the others. */
  async #legacy(groupVersions: readonly string[]): Promise<DiscoveryPart> {
    const stale: string[] = [];
    const lists = await Promise.all(
      groupVersions.map(async (each) => {
        const { group, version } = parseApiVersion(each);
        const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
        const answer = await this.#fetch(path, "application/json");
        if (answer.status < 400) return parseResourceList(answer.body, group, version);
        if (answer.status === 401 || answer.status === 403) throw refused(answer);
        if (answer.status !== 404) stale.push(each);
        return [];
      }),
    );
    return { resources: lists.flat(), stale };
  }
}

function refused(answer: DiscoveryAnswer): ApiError {
  return new ApiError(statusOfAnswer(answer.status, answer.body, ""));
}

function indexOf(part: DiscoveryPart): Pick<Known, "byKind" | "fingerprint"> {
  const byKind = new Map<string, ApiResource>();
  for (const resource of part.resources) {
    const key = kindKeyOf(resource);
    if (!byKind.has(key)) byKind.set(key, resource);
  }
  const fingerprint = part.resources
    .map((each) => `${kindKeyOf(each)} ${each.plural} ${each.namespaced} ${each.verbs.join()}`)
    .join("\n");
  return { byKind, fingerprint };
}

function kindKey(kind: KindRef): string {
  return `${kind.apiVersion} ${kind.kind}`;
}

function kindKeyOf(resource: ApiResource): string {
  return `${groupVersion(resource)} ${resource.kind}`;
}

function groupVersion({ group, version }: ApiResource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `deployments`, `deploy`, `Deployment`, each perhaps followed by `.group` or `.version.group`; first come, first served. */
function byName(resources: readonly ApiResource[], name: string): ApiResource | undefined {
  const [first = "", ...rest] = name.split(".");
  const suffix = rest.join(".").toLowerCase();
  const word = first.toLowerCase();
  return resources.find((each) => {
    const isNamed =
      each.plural === word ||
      each.singular === word ||
      each.kind.toLowerCase() === word ||
      each.shortNames.includes(word);
    return isNamed && (suffix === "" || suffix === each.group || suffix === `${each.version}.${each.group}`);
  });
}
