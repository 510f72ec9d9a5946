import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memoryTree } from "@fairlead/base";
import { SetGenerator, generateFrom } from "../src/index.ts";
import { objectsReader } from "../src/command/objects.ts";
import { heldDeletions } from "../src/application-set/guard.ts";
import { applicationSet, clusterSecret, generate, namesOf, setOf, worldOf } from "./support/facts.ts";

const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 8 });
const listOf = (key: string, values: readonly string[]): object => ({
  list: { elements: values.map((value) => ({ [key]: value })) },
});

test("a matrix gives every combination once, in order, however its generators are grouped", async () => {
  await fc.assert(
    fc.asyncProperty(words, words, words, async (a, b, c) => {
      const [x, y, z] = [listOf("a", a), listOf("b", b), listOf("c", c)];
      const flat = await generate(setOf([{ matrix: { generators: [x, y, z] } }], "{{a}}.{{b}}.{{c}}"));
      const left = await generate(
        setOf([{ matrix: { generators: [{ matrix: { generators: [x, y] } }, z] } }], "{{a}}.{{b}}.{{c}}"),
      );
      const right = await generate(
        setOf([{ matrix: { generators: [x, { matrix: { generators: [y, z] } }] } }], "{{a}}.{{b}}.{{c}}"),
      );
      const wanted = a.flatMap((one) => b.flatMap((two) => c.map((three) => `${one}.${two}.${three}`)));
      assert.deepEqual(namesOf(flat), wanted);
      assert.deepEqual(namesOf(left), wanted);
      assert.deepEqual(namesOf(right), wanted);
    }),
    { numRuns: 50 },
  );
});

test("a merge has the keys of its first generator, and the last value of each", async () => {
  await fc.assert(
    fc.asyncProperty(words, words, words, async (base, second, third) => {
      const rows = (keys: readonly string[], v: string): object => ({
        list: { elements: keys.map((k) => ({ k, v })) },
      });
      const set = setOf(
        [{ merge: { mergeKeys: ["k"], generators: [rows(base, "1"), rows(second, "2"), rows(third, "3")] } }],
        "{{k}}-{{v}}",
      );
      const wanted = base.map((k) => `${k}-${third.includes(k) ? "3" : second.includes(k) ? "2" : "1"}`);
      assert.deepEqual(namesOf(await generate(set)), wanted);
    }),
    { numRuns: 50 },
  );
});

test("generating again with everything kept gives what a first generation gives, whatever changed", async () => {
  const set = setOf(
    [
      {
        matrix: {
          generators: [{ git: { repoURL: "r", revision: "main", files: [{ path: "*.json" }] } }, { clusters: {} }],
        },
      },
    ],
    "{{.app}}-{{.name}}",
    "{{.path.filename}}",
    { goTemplate: true },
  );
  const files = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}\.json$/), fc.stringMatching(/^[a-z]{1,4}$/), {
    maxKeys: 5,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ files, clusters: words }), { minLength: 2, maxLength: 4 }),
      async (states) => {
        const kept = new SetGenerator();
        for (const state of states) {
          const content = Object.fromEntries(
            Object.entries(state.files).map(([path, app]) => [path, JSON.stringify({ app })]),
          );
          const world = { ...worldOf({}), git: async () => ({ commit: "c", tree: memoryTree(content) }) };
          const reader = objectsReader(
            state.clusters.map((name) => clusterSecret(name)),
            true,
          );
          const again = await generateFrom(kept, set, reader, world);
          const first = await generateFrom(new SetGenerator(), set, reader, world);
          assert.deepEqual(again.applications, first.applications);
          assert.deepEqual(again.problems, first.problems);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("the guard never lets more than a fifth go at once, nor all, without a word for exactly that count", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.boolean(),
      (total, wanted, isApproved) => {
        const count = Math.min(total, wanted);
        const surplus = Array.from({ length: count }, (_, index) => ({
          apiVersion: "v1",
          kind: "Application",
          metadata: { name: `a${index}` },
        }));
        const annotations = { "fairlead.dev/approve-deletion": String(isApproved ? count : count + 1) };
        const held = heldDeletions({
          set: applicationSet({}, { annotations }),
          surplus,
          total,
          explained: new Set(),
          isFleeting: false,
        });
        const isMass = count > 1 && (count > total * 0.2 || count === total);
        const isAll = count > 0 && count === total;
        assert.equal(held.length, (isMass || isAll) && !isApproved ? count : 0);
      },
    ),
  );
});
