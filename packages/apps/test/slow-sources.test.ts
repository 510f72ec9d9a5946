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

const slow = (name: string, metadata = ""): string =>
  application(name, { metadata }).replace(/repoURL: "[^"]*"/, `repoURL: "${SLOW}"`);

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

/** One application of the slow host that was synced while the host still answered; then it stops answering. */
async function syncedWorld(
  metadata = "",
  files: Record<string, string> = {},
): Promise<{ world: World; host: SlowHost }> {
  const host = new SlowHost();
  const world = await World.start({ sources: (sources) => host.around(sources) });
  world.commit({ "slow/cm.yaml": configMap("slow"), ...files });
  host.answer();
  await world.apply(slow("slow", metadata));
  await world.settle();
  assert.equal(world.summary("slow"), "Synced/Healthy");
  host.close();
  return { world, host };
}

const REFRESH = { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } };

test("while a refresh waits for a slow host, drift is healed with what Git said last, and a condition says so", async () => {
  const { world, host } = await syncedWorld();
  const { key = "" } = world.data("slow");
  await world.edit("Application", "slow", REFRESH);
  await world.tick(LIMITS.sourceWaitMs);
  assert.deepEqual(world.conditions("slow"), [], "a few seconds are no news");
  await world.edit("ConfigMap", "slow", { data: { key: "by hand" } });
  await world.settle();
  assert.equal(world.data("slow")["key"], key);
  await world.tick(LIMITS.sourceLateMs);
  const [condition = ""] = world.conditions("slow");
  assert.match(
    condition,
    /^SourceWarning: https:\/\/slow\.example\.com\/config has not answered yet; until it does, objects are kept as it last said \(revision [0-9a-f]{1,12}\)$/,
  );
  assert.equal(world.summary("slow"), "Synced/Healthy");
  assert.equal(world.app("slow").metadata.annotations?.["argocd.argoproj.io/refresh"], "normal");
  world.commit({ "slow/cm.yaml": configMap("slow", { key: "newer" }) });
  host.answer();
  await world.settle();
  assert.equal(world.data("slow")["key"], "newer");
  assert.deepEqual(world.conditions("slow"), []);
  assert.equal(world.app("slow").metadata.annotations?.["argocd.argoproj.io/refresh"], undefined);
  await world.stopEngine();
});

test("a sync that somebody asks for waits for the slow host: it means what Git says now", async () => {
  const { world, host } = await syncedWorld();
  await world.edit("Application", "slow", REFRESH);
  await world.tick(LIMITS.sourceWaitMs);
  await world.edit("Application", "slow", { operation: { initiatedBy: { username: "eve" }, sync: {} } });
  await world.tick(LIMITS.sourceLateMs);
  assert.notEqual(world.app("slow")["operation"], undefined);
  world.commit({ "slow/cm.yaml": configMap("slow", { key: "newer" }) });
  host.answer();
  await world.settle();
  assert.equal(world.app("slow")["operation"], undefined);
  assert.equal(world.data("slow")["key"], "newer");
  await world.stopEngine();
});

test("an application of which nothing is known yet says that its host has not answered", async () => {
  const { world, host } = await slowWorld();
  await world.tick(LIMITS.sourceWaitMs);
  assert.deepEqual(world.conditions("slow-0"), []);
  await world.tick(LIMITS.sourceLateMs);
  const told = [`ComparisonError: ${SLOW} has not answered yet; nothing is known of what it says`];
  assert.deepEqual(world.conditions("slow-0"), told);
  host.answer();
  await world.settle();
  assert.deepEqual(world.conditions("slow-0"), []);
  assert.equal(world.summary("slow-0"), "Synced/Healthy");
  await world.stopEngine();
});

test("an application whose sources were changed meanwhile is not kept at what the old ones said", async () => {
  const { world, host } = await syncedWorld();
  await world.edit("Application", "slow", { spec: { source: { targetRevision: "other" } } });
  await world.tick(LIMITS.sourceWaitMs);
  await world.edit("ConfigMap", "slow", { data: { key: "by hand" } });
  await world.tick(LIMITS.sourceLateMs);
  assert.equal(world.data("slow")["key"], "by hand");
  assert.match(world.conditions("slow")[0] ?? "", /^ComparisonError: .* has not answered yet/);
  host.answer();
  await world.stopEngine();
});

const CASCADE = "  finalizers: [resources-finalizer.argocd.argoproj.io]";

test("deleting an application needs no source: what is tracked is known", async () => {
  const { world } = await syncedWorld(CASCADE);
  await world.edit("Application", "slow", REFRESH);
  await world.tick(LIMITS.sourceWaitMs);
  await world.remove("Application", "slow");
  await world.settle();
  assert.equal(world.hub.get("Application", "slow"), undefined);
  assert.equal(world.hub.get("ConfigMap", "slow"), undefined);
  await world.stopEngine();
});

const HOOK = "{ argocd.argoproj.io/hook: PreDelete, argocd.argoproj.io/hook-delete-policy: BeforeHookCreation }";

test("hooks around a deletion are those that Git said last, however long its host takes", async () => {
  const { world } = await syncedWorld(CASCADE, { "slow/hook.yaml": configMap("farewell", { key: "bye" }, HOOK) });
  await world.edit("Application", "slow", REFRESH);
  await world.tick(LIMITS.sourceWaitMs);
  world.hub.calls.length = 0;
  await world.remove("Application", "slow");
  await world.settle();
  await world.tick(LIMITS.sourceWaitMs);
  assert.equal(world.hub.get("Application", "slow"), undefined);
  const applied = world.hub.calls.filter(({ verb, name }) => verb === "apply" && name === "farewell");
  assert.equal(applied.length, 1);
  await world.stopEngine();
});

test("a deletion that does not know its hooks waits for the source without a worker, and goes on when it answers", async () => {
  const { world, host } = await syncedWorld(CASCADE, { "slow/hook.yaml": configMap("farewell", { key: "bye" }, HOOK) });
  const names = Array.from({ length: LIMITS.workers + 1 }, (_, index) => `gone-${index}`);
  host.answer();
  for (const name of names) {
    world.commit({ [`${name}/cm.yaml`]: configMap(name), [`${name}/hook.yaml`]: configMap(`bye-${name}`, {}, HOOK) });
    await world.apply(slow(name, CASCADE));
  }
  await world.settle();
  host.close();
  await world.stopEngine();
  await world.startEngine();
  await world.tick(LIMITS.sourceWaitMs);
  for (const name of names) await world.remove("Application", name);
  world.commit({ "quick/cm.yaml": configMap("quick") });
  await world.apply(application("quick"));
  await world.tick(LIMITS.sourceWaitMs);
  await world.tick(LIMITS.sourceWaitMs);
  assert.equal(world.summary("quick"), "Synced/Healthy");
  assert.ok(world.hub.get("Application", "gone-0"));
  host.answer();
  await world.settle();
  for (const name of names) {
    assert.equal(world.hub.get("Application", name), undefined, name);
    assert.equal(world.hub.get("ConfigMap", name), undefined, name);
  }
  await world.stopEngine();
});
