import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { ObjectCache } from "../src/informer/cache.ts";
import { compareVersions, WatchPosition } from "../src/informer/version.ts";
import { configMap } from "./support/setup.ts";

function at(name: string, resourceVersion: string, uid = `uid-${name}`): KubeObject {
  const object = configMap(name);
  return { ...object, metadata: { ...object.metadata, resourceVersion, uid } };
}

function rig(): { cache: ObjectCache; seen: string[] } {
  const seen: string[] = [];
  const cache = new ObjectCache(
    (object) => object,
    ({ type, object }) => seen.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
  );
  return { cache, seen };
}

test("what is told twice or again after something newer is no change", () => {
  const { cache, seen } = rig();
  cache.upsert(at("a", "5"));
  cache.upsert(at("a", "5"));
  cache.upsert(at("a", "7"));
  cache.upsert(at("a", "6"));
  cache.fill(at("a", "7"), false);
  assert.deepEqual(seen, ["added a@5", "updated a@7"]);
});

test("an old event does not bring back what was deleted, a new object of the same name does come", () => {
  const { cache, seen } = rig();
  cache.upsert(at("a", "5"));
  cache.remove(at("a", "8"));
  cache.upsert(at("a", "6"));
  cache.remove(at("a", "8"));
  cache.upsert(at("a", "9", "another"));
  cache.remove(at("a", "8"));
  assert.deepEqual(seen, ["added a@5", "deleted a@8", "added a@9"]);
});

test("an object made anew under the same name was deleted first", () => {
  const { cache, seen } = rig();
  cache.upsert(at("a", "5"));
  cache.fill(at("a", "9", "another"), false);
  assert.deepEqual(seen, ["added a@5", "deleted a@5", "added a@9"]);
});

test("a list is the truth even where it is older, and after a restored backup contents are compared", () => {
  const { cache, seen } = rig();
  cache.upsert(at("a", "50"));
  cache.upsert({ ...at("b", "60"), data: { x: "1" } });
  cache.fill(at("a", "20"), false);
  cache.fill({ ...at("b", "60"), data: { x: "2" } }, true);
  cache.fill({ ...at("b", "60"), data: { x: "2" } }, true);
  assert.deepEqual(seen, ["added a@50", "added b@60", "updated a@20", "updated b@60"]);
});

test("versions that are no numbers are told apart and not ordered", () => {
  assert.equal(compareVersions("9", "10")! < 0, true);
  assert.equal(compareVersions("100", "100"), 0);
  assert.equal(compareVersions("a", "b"), undefined);
  const { cache, seen } = rig();
  cache.upsert(at("a", "x2"));
  cache.upsert(at("a", "x2"));
  cache.upsert(at("a", "x1"));
  assert.deepEqual(seen, ["added a@x2", "updated a@x1"]);
});

test("a watch resumes after the last event or the bookmark before the last, and never moves back", () => {
  const position = new WatchPosition("10");
  position.onEvent("12");
  position.onBookmark("20");
  assert.equal(position.version, "12", "an event may still be on its way behind a bookmark");
  position.onEvent("18");
  assert.equal(position.version, "18");
  position.onBookmark("15");
  position.onBookmark("30");
  assert.equal(position.version, "20");
  position.onBookmark("40");
  assert.equal(position.version, "30");
  const opaque = new WatchPosition("a");
  opaque.onEvent("c");
  opaque.onEvent("b");
  assert.equal(opaque.version, "b");
});
