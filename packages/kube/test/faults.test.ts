import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual, silentLogger } from "@fairlead/base";
import { type Change, createClient, createInformer, keyOf } from "@fairlead/kube";
import fc from "fast-check";
import { FakeApiServer, type LineFault } from "./support/fake-api-server.ts";
import { CONFIG_MAP, until } from "./support/setup.ts";

type Step =
  | { readonly do: "write" | "remove"; readonly name: string }
  | { readonly do: "bookmark" | "oldBookmark" | "end" | "cut" | "compact" | "settle" }
  | { readonly do: "line"; readonly fault: LineFault }
  | { readonly do: "refuse"; readonly status: 401 | 429 | 500 | 503; readonly count: number }
  | { readonly do: "slow"; readonly delayMs: number };

const name = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("write" as const), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("line" as const),
      fault: fc.constantFrom<LineFault>("cut", "half", "late", "overtaken", "slow", "expire", "garbage"),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "bookmark" as const,
        "oldBookmark" as const,
        "end" as const,
        "cut" as const,
        "compact" as const,
        "settle" as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("refuse" as const),
      status: fc.constantFrom(401 as const, 429 as const, 500 as const, 503 as const),
      count: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("slow" as const), delayMs: fc.integer({ min: 1, max: 15 }) }) },
);

/** What handlers were told, replayed: must be possible change by change, and end at the truth. */
class Replay {
  readonly objects = new Map<string, KubeObject>();
  readonly faults: string[] = [];

  take({ type, object, old }: Change): void {
    const key = keyOf(object);
    const known = this.objects.get(key);
    const version = object.metadata.resourceVersion;
    if (type === "added" && known !== undefined) this.faults.push(`${key} was added twice`);
    if (type !== "added" && known === undefined) this.faults.push(`${key} was ${type} without being there`);
    if (type === "updated" && jsonEqual(known, object))
      this.faults.push(`${key} was updated to what it was (${version})`);
    if (type === "updated" && Number(version) <= Number(known?.metadata.resourceVersion)) {
      this.faults.push(`${key} went back to ${version}`);
    }
    if (old !== undefined && old !== known) this.faults.push(`${key}: the old state is not the one told before`);
    if (type === "deleted") this.objects.delete(key);
    else this.objects.set(key, object);
  }
}

class Scenario {
  readonly server: FakeApiServer;
  readonly #resource = { ...CONFIG_MAP, group: "", version: "v1", plural: "configmaps", namespaced: true };
  #lineFaults: LineFault[] = [];
  #refusals: number[] = [];
  #delayMs = 0;
  #written = 0;

  constructor(server: FakeApiServer) {
    this.server = server;
    server.faults.onLine = (line) => {
      const fault = this.#lineFaults.shift() ?? "pass";
      // Bookmarks and events may overtake each other; a server that reorders events among themselves is beyond help.
      const isBookmark = line.startsWith('{"type":"BOOKMARK"') && !line.includes("initial-events-end");
      if (fault === "late") return isBookmark ? fault : "pass";
      return fault === "overtaken" && line.includes("initial-events-end") ? "pass" : fault;
    };
    server.faults.onRequest = (info) => {
      if (info.path === "/api" || info.path === "/apis") return undefined;
      const status = this.#refusals.shift();
      if (status !== undefined) return { status, body: {}, headers: status === 429 ? { "retry-after": "0" } : {} };
      return this.#delayMs > 0 ? { delayMs: this.#delayMs } : undefined;
    };
  }

  async run(each: Step): Promise<void> {
    const { server } = this;
    switch (each.do) {
      case "write":
        return this.#write(each.name);
      case "remove":
        return this.#remove(each.name);
      case "line":
        this.#lineFaults.push(each.fault);
        return;
      case "refuse":
        for (let count = 0; count < each.count; count++) this.#refusals.push(each.status);
        return;
      case "slow":
        this.#delayMs = each.delayMs;
        return;
      case "bookmark":
        return server.bookmark();
      case "oldBookmark":
        return server.bookmark(server.store.version - 1);
      case "end":
        return server.endWatches();
      case "cut":
        return server.cutEverything();
      case "compact":
        return server.compact();
      case "settle":
        await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  /** Everything works again, and one last write tells that all before it has arrived. */
  heal(): void {
    this.#lineFaults = [];
    this.#refusals = [];
    this.#delayMs = 0;
    this.#write("last");
  }

  #write(objectName: string): void {
    const { store } = this.server;
    const resource = this.#real();
    const data = { n: String(++this.#written) };
    const metadata = { name: objectName, namespace: "shop" };
    const exists = store.list(resource).some((object) => object.metadata.name === objectName);
    if (exists) store.update(resource, { ...CONFIG_MAP, metadata, data });
    else store.create(resource, { ...CONFIG_MAP, metadata, data });
  }

  #remove(objectName: string): void {
    const resource = this.#real();
    const exists = this.server.store.list(resource).some((object) => object.metadata.name === objectName);
    if (exists) this.server.store.delete(resource, "shop", objectName);
  }

  #real() {
    const found = this.server.store.resources.find((each) => each.plural === this.#resource.plural);
    if (found === undefined) throw new Error("the fake server serves no ConfigMaps");
    return found;
  }

  truth(): KubeObject[] {
    return this.server.store.list(this.#real());
  }
}

/** Few by default, since each run starts a server; FAULT_RUNS=1000 for a long look. */
const RUNS = Number(process.env["FAULT_RUNS"] ?? 12);

for (const streamingLists of [true, false]) {
  const how = streamingLists ? "streaming lists" : "lists";
  test(`after any sequence of faults the cache equals a fresh list and no handler missed or repeated a change (${how})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.boolean(), async (steps, waitsFirst) => {
        const server = await new FakeApiServer({ streamingLists }).start();
        const stop = new AbortController();
        const client = createClient({ server: server.url }, { logger: silentLogger });
        try {
          const scenario = new Scenario(server);
          const informer = createInformer(client, { kind: CONFIG_MAP });
          const replay = new Replay();
          informer.subscribe((change) => replay.take(change));
          informer.start(stop.signal);
          if (waitsFirst) await informer.synced;
          for (const each of steps) {
            await scenario.run(each);
            await new Promise((resolve) => setImmediate(resolve));
          }
          scenario.heal();
          const asText = (objects: KubeObject[]): string =>
            JSON.stringify(objects.map((object) => `${keyOf(object)} ${object.metadata.resourceVersion}`).sort());
          await until(
            "the cache equals the server",
            () => asText(informer.list()) === asText(scenario.truth()),
            20_000,
          );
          assert.deepEqual(replay.faults, []);
          assert.deepEqual(
            [...replay.objects.keys()].sort(),
            scenario
              .truth()
              .map((object) => keyOf(object))
              .sort(),
          );
        } finally {
          stop.abort();
          client.close();
          await server.stop();
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
}
