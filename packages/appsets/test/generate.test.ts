import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { decide, generateApplications } from "../src/index.ts";

type Element = Record<string, unknown>;

function listSet(elements: readonly Element[], extra: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "per-cluster", namespace: "argocd", uid: "u1" },
    spec: {
      generators: [{ list: { elements } }],
      template: {
        metadata: {
          name: "{{cluster}}-platform",
          namespace: "elsewhere",
          labels: { "{{cluster}}": "{{ values.tier }}" },
        },
        spec: { source: { path: "clusters/{{cluster}}" }, destination: { server: "{{url}}" } },
      },
      ...extra,
    },
  } as unknown as KubeObject;
}

const staging = { cluster: "staging", url: "https://staging.api.example.com", values: { tier: "test" } };

describe("a list generator with a fasttemplate", () => {
  test("gives one Application an element, in the set's own namespace, with the resources finalizer", () => {
    const { applications, problems } = generateApplications(listSet([staging]));
    assert.deepEqual(problems, []);
    assert.deepEqual(applications, [
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: {
          name: "staging-platform",
          namespace: "argocd",
          labels: { staging: "test" },
          finalizers: ["resources-finalizer.argocd.argoproj.io"],
        },
        spec: { source: { path: "clusters/staging" }, destination: { server: "https://staging.api.example.com" } },
      },
    ]);
  });

  test("leaves no finalizer when resources are to be preserved", () => {
    const set = listSet([staging], { syncPolicy: { preserveResourcesOnDeletion: true } });
    assert.equal(generateApplications(set).applications[0]?.metadata.finalizers, undefined);
  });

  test("reports every bad element, every name clash and every unfilled name at once", () => {
    const { problems } = generateApplications(
      listSet([{ cluster: "a", replicas: 3 }, { cluster: "a" }, { other: "x" }]),
    );
    assert.deepEqual(
      problems.map((problem) => problem.code),
      ["InvalidApplicationSet", "DuplicateApplication", "InvalidGeneratedName"],
    );
    assert.match(problems[0]?.message ?? "", /spec\.generators\[0\]\.list\.elements\[0\]\.replicas is 3, not a string/);
  });

  test("a key named __proto__ is a key like any other", () => {
    const element = JSON.parse('{"cluster":"a","__proto__":"x","url":"u"}') as Element;
    assert.deepEqual(generateApplications(listSet([element])).problems, []);
  });
});

describe("deciding about a set", () => {
  const many = Array.from({ length: 10 }, (_, index) => ({ cluster: `c${index}`, url: "u" }));
  const live = (elements: readonly Element[]): KubeObject[] => [...decide(listSet(elements), []).write];

  test("writes what is missing and nothing when all is as it should be", () => {
    assert.equal(live(many).length, 10);
    assert.deepEqual(decide(listSet(many), live(many)).write, []);
  });

  test("ignores what others added to an Application and mends what they changed", () => {
    const added = live([staging]).map((application) => ({ ...application, status: { sync: { status: "Synced" } } }));
    assert.deepEqual(decide(listSet([staging]), added).write, []);
    const changed = live([staging]).map((application) => ({ ...application, spec: { source: { path: "else" } } }));
    assert.equal(decide(listSet([staging]), changed as unknown as KubeObject[]).write.length, 1);
  });

  test("a generator that fails changes nothing", () => {
    const decision = decide(listSet([{ cluster: 1 }]), live(many));
    assert.deepEqual([decision.write, decision.remove], [[], []]);
    assert.equal(decision.conditions[0]?.status, "True");
  });

  test("one Application less is deleted; most of them at once are held until approved for exactly that count", () => {
    assert.deepEqual(
      decide(listSet(many.slice(1)), live(many)).remove.map((item) => item.metadata.name),
      ["c0-platform"],
    );
    const emptied = listSet(many.slice(7));
    assert.deepEqual(decide(emptied, live(many)).remove, []);
    assert.equal(decide(emptied, live(many)).held.length, 7);
    emptied.metadata.annotations = { "fairlead.dev/approve-deletion": "3" };
    assert.deepEqual(decide(emptied, live(many)).remove, []);
    emptied.metadata.annotations = { "fairlead.dev/approve-deletion": "7" };
    assert.equal(decide(emptied, live(many)).remove.length, 7);
  });

  test("a generator of this field that is not there yet is told from a typo", () => {
    const set = listSet([]);
    (set["spec"] as { generators: unknown }).generators = [{ git: {} }, { lst: {} }];
    assert.deepEqual(
      decide(set, []).problems.map((problem) => problem.message),
      [
        "spec.generators[0].git: this generator is not available in this version",
        'spec.generators[1]: no generator of Argo CD among ["lst"]',
      ],
    );
  });
});
