import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree, ProblemError } from "@fairlead/base";
import {
  buildKustomization,
  FLUX_BUILD_OPTIONS,
  withArgoOverrides,
  withCommonMetadata,
  withFluxOverrides,
} from "@fairlead/kustomize";
import { configMap } from "./support.ts";

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template: {spec: {containers: [{name: web, image: "nginx:1"}, {name: side, image: "busybox:1"}]}}
`;
const FILES = {
  "app/kustomization.yaml":
    "resources: [d.yaml]\nimages: [{name: busybox, newTag: kept}]\ncommonAnnotations: {a: old}\n",
  "app/d.yaml": DEPLOYMENT,
  "component/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -component\n",
  "plain/b.yaml": configMap("b"),
  "plain/a/a.yml": configMap("a"),
  "plain/own/kustomization.yaml": "resources: [c.yaml]\nnamePrefix: own-\n",
  "plain/own/c.yaml": configMap("c"),
  "plain/readme.md": "not a manifest",
};
const tree = memoryTree(FILES);

describe("Argo CD's overrides", () => {
  test("are written into the kustomization before it is built", () => {
    const overlaid = withArgoOverrides(
      tree,
      "app",
      {
        namePrefix: "p-",
        namespace: "shop",
        images: ["nginx=mirror.example/nginx:${TAG}", "busybox=other:*"],
        replicas: [{ name: "web", count: "3" }],
        commonLabels: { team: "$NAME" },
        labelWithoutSelector: true,
        commonAnnotations: { a: "new" },
        forceCommonAnnotations: true,
        patches: [{ target: { kind: "Deployment" }, patch: '[{"op":"add","path":"/spec/paused","value":true}]' }],
        components: ["../component", "../missing"],
        ignoreMissingComponents: true,
      },
      { TAG: "9", NAME: "me" },
    );
    const [built] = buildKustomization(overlaid, "app").objects;
    assert.deepEqual(built?.object, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "p-web-component", namespace: "shop", labels: { team: "me" }, annotations: { a: "new" } },
      spec: {
        paused: true,
        replicas: 3,
        template: {
          metadata: { annotations: { a: "new" } },
          spec: {
            containers: [
              { name: "web", image: "mirror.example/nginx:9" },
              { name: "side", image: "other:kept" },
            ],
          },
        },
      },
    });
    assert.equal(Buffer.from(tree.read("app/kustomization.yaml")).toString(), FILES["app/kustomization.yaml"]);
  });

  test("do not overwrite what is there unless forced", () => {
    assert.throws(() => withArgoOverrides(tree, "app", { commonAnnotations: { a: "new" } }), /annotation a already/);
    assert.throws(() => withArgoOverrides(tree, "app", { images: ["nginx"] }), ProblemError);
    assert.equal(withArgoOverrides(tree, "app", {}), tree);
  });
});

describe("Flux's overrides", () => {
  test("generate a kustomization where there is none", () => {
    const overlaid = withFluxOverrides(tree, "plain", { targetNamespace: "ns" });
    const { objects } = buildKustomization(overlaid, "plain", FLUX_BUILD_OPTIONS);
    assert.deepEqual(
      objects.map(({ object }) => `${object.metadata.namespace}/${object.metadata.name}`),
      ["ns/a", "ns/b", "ns/own-c"],
    );
  });

  test("merge into the kustomization that is there", () => {
    const overlaid = withFluxOverrides(tree, "app", {
      images: [
        { name: "busybox", newName: "other" },
        { name: "nginx", digest: "sha256:00" },
      ],
      patches: [{ patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n" }],
    });
    const text = buildKustomization(overlaid, "app", FLUX_BUILD_OPTIONS).yaml();
    assert.match(text, /image: nginx@sha256:00/);
    assert.match(text, /image: other:kept/);
    assert.match(text, /paused: true/);
  });

  test("common metadata goes over everything", () => {
    const { objects } = buildKustomization(tree, "app");
    const [object] = withCommonMetadata(
      objects.map((one) => one.object),
      { annotations: { a: "over" }, labels: { l: "1" } },
    );
    assert.deepEqual(object?.metadata, { name: "web", annotations: { a: "over" }, labels: { l: "1" } });
  });
});
