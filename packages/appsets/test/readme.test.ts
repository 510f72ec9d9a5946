import assert from "node:assert/strict";
import { test } from "node:test";
import { generateFrom, SetGenerator } from "../src/index.ts";
import { objectsReader } from "../src/command/objects.ts";
import { setOf, worldOf } from "./support/facts.ts";

test("the README's example generates, and the set of a tutorial's preview page works as it is written", async () => {
  const objects = objectsReader([], false);
  const pulls = [{ number: 12, title: "t", branch: "b", targetBranch: "main", headSha: "s", labels: [], author: "a" }];
  const world = { ...worldOf({}), pullRequests: async () => pulls };
  const set = setOf(
    [{ pullRequest: { github: { owner: "youruser", repo: "app" }, requeueAfterSeconds: 60 } }],
    "",
    "",
    {
      template: {
        metadata: { name: "preview-pr-{{number}}" },
        spec: {
          source: {
            repoURL: "...",
            path: "manifests",
            helm: { parameters: [{ name: "image.tag", value: "pr-{{number}}" }] },
          },
          destination: { namespace: "preview-{{number}}" },
        },
      },
    },
  );
  const { applications, problems } = await generateFrom(new SetGenerator(), set, objects, world);
  assert.deepEqual(problems, []);
  assert.deepEqual(applications[0]?.["spec"], {
    source: { repoURL: "...", path: "manifests", helm: { parameters: [{ name: "image.tag", value: "pr-12" }] } },
    destination: { namespace: "preview-12" },
  });
});
