import assert from "node:assert/strict";
import { test } from "node:test";
import { problemError } from "@fairlead/base";
import type { SourceAccess } from "../src/source/types.ts";
import { LIMITS } from "../src/limits.ts";
import { application, configMap, World } from "./support/world.ts";

const SLOW = "https://slow.example.com/config";

/** A host that answers nothing until it is let go; every other repository is as ever. */
class SlowHost {
  asked = 0;
  pokes = 0;
  #waiting: ((failure?: Error) => void)[] = [];
  #isOpen = false;

  around(sources: SourceAccess): SourceAccess {
    return {
      ...sources,
      resolve: async (source, ...rest) => {
        if (source.repoURL === SLOW) {
          this.asked++;
          await this.#turn();
        }
        return sources.resolve(source, ...rest);
      },
      poke: async (source) => {
        if (source.repoURL === SLOW) {
          this.pokes++;
          await this.#turn();
        }
        return sources.poke(source);
      },
    };
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Answers all who wait; those who come later are answered at once, unless it failed. */
  answer(failure?: Error): void {
    this.#isOpen = failure === undefined;
    for (const go of this.#waiting.splice(0)) go(failure);
  }

  #turn(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push((failure) => (failure ? reject(failure) : resolve()));
    });
  }
}

const slow = (name: string): string => application(name).replace(/repoURL: "[^"]*"/, `repoURL: "${SLOW}"`);

interface SlowWorld {
  readonly world: World;
  readonly host: SlowHost;
  readonly names: readonly string[];
}

/** More applications of the slow host than there are workers, then one of a host that answers. */
async function slowWorld(): Promise<SlowWorld> {
  const host = new SlowHost();
  const world = await World.start({ sources: (sources) => host.around(sources) });
  const names = Array.from({ length: LIMITS.workers * 2 }, (_, index) => `slow-${index}`);
  world.commit(Object.fromEntries([...names, "quick"].map((name) => [`${name}/cm.yaml`, configMap(name)])));
  for (const name of names) await world.apply(slow(name));
  await world.settle();
  return { world, host, names };
}

test("applications of a host that does not answer hold up no other, and sync as soon as it does", async () => {
  const { world, host, names } = await slowWorld();
  await world.apply(application("quick"));
  await world.tick(LIMITS.sourceWaitMs);
  assert.equal(world.summary("quick"), "Synced/Healthy");
  assert.equal(world.summary("slow-0"), "-/-");
  // They wait for one answer, not each for one of its own.
  assert.ok(host.asked <= LIMITS.workers, `asked ${host.asked} times`);
  host.answer();
  await world.settle();
  for (const name of names) assert.equal(world.summary(name), "Synced/Healthy", name);
  await world.stopEngine();
});

test("a commit is not lost that comes between a late answer and the look at it", async () => {
  const { world, host } = await slowWorld();
  await world.tick(LIMITS.sourceWaitMs);
  host.answer();
  world.commit({ "slow-0/cm.yaml": configMap("slow-0", { key: "newer" }) });
  await world.settle();
  assert.equal(world.data("slow-0")["key"], "newer");
  await world.stopEngine();
});

test("a late failure is told to everyone who waited, and tried again after a pause", async () => {
  const { world, host, names } = await slowWorld();
  await world.tick(LIMITS.sourceWaitMs);
  host.answer(problemError("GitFailed", "the host stalled"));
  await world.settle();
  for (const name of names) assert.deepEqual(world.conditions(name), ["ComparisonError: the host stalled"], name);
  const { asked } = host;
  await world.tick(LIMITS.againBaseMs);
  await world.tick(LIMITS.sourceWaitMs);
  assert.ok(host.asked > asked);
  host.answer();
  await world.settle();
  for (const name of names) assert.equal(world.summary(name), "Synced/Healthy", name);
  assert.deepEqual(world.conditions("slow-0"), []);
  await world.stopEngine();
});

test("a refresh of a slow repository is served once, when the repository has answered", async () => {
  const { world, host } = await slowWorld();
  host.answer();
  await world.settle();
  host.close();
  const refresh = { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } };
  await world.edit("Application", "slow-0", refresh);
  await world.tick(LIMITS.sourceWaitMs);
  assert.equal(world.app("slow-0").metadata.annotations?.["argocd.argoproj.io/refresh"], "normal");
  host.answer();
  await world.settle();
  assert.equal(world.app("slow-0").metadata.annotations?.["argocd.argoproj.io/refresh"], undefined);
  assert.equal(host.pokes, 1);
  await world.stopEngine();
});

test("an application that is deleted while its source is late is not looked at again", async () => {
  const { world, host } = await slowWorld();
  await world.tick(LIMITS.sourceWaitMs);
  await world.remove("Application", "slow-0");
  await world.settle();
  host.answer();
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "slow-0"), undefined);
  assert.equal(world.summary("slow-1"), "Synced/Healthy");
  await world.stopEngine();
});
