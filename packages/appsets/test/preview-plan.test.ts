import assert from "node:assert/strict";
import { test } from "node:test";
import { planPreviews, type PreviewCandidate, type PreviewEntry } from "../src/preview/plan.ts";
import { parsePreviewConfig } from "../src/preview/config.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const { config } = parsePreviewConfig({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "p" },
});

const candidate = (headSha: string): PreviewCandidate => ({
  application: "preview-pr-2",
  number: "2",
  headSha,
  namespace: "preview-2",
  url: undefined,
  pullRequest: undefined,
  target: undefined,
  isLive: false,
  expiresAt: undefined,
});

const expired: PreviewEntry = {
  number: "2",
  application: "preview-pr-2",
  namespace: "preview-2",
  state: "Expired",
  message: "",
  headSha: "old",
  expiresAt: "2026-11-24T11:00:00Z",
};
const { expiresAt: _none, ...rest } = expired;
const closing: PreviewEntry = { ...rest, state: "Closing" };

test("a preview that was ended stays ended while its namespace is on its way out, until a new commit", () => {
  for (const before of [[expired], [expired, closing], [closing, expired]]) {
    const states = ["old", "new"].map((sha) => planPreviews(config, [candidate(sha)], before, NOW).entries[0]?.state);
    assert.deepEqual(states, ["Expired", "Running"], before.map(({ state }) => state).join());
  }
});

test("a pull request that is opened again begins anew, though its last namespace still goes", () => {
  assert.equal(planPreviews(config, [candidate("old")], [closing], NOW).entries[0]?.state, "Running");
});
