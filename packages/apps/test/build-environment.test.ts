import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryTree } from "@fairlead/base";
import type { ApplicationSource } from "../src/application/types.ts";
import { buildEnvironment, substitute, withEnvironment } from "../src/source/build-environment.ts";
import { withRepositoryOverrides } from "../src/source/overrides.ts";
import { application, configMap, World } from "./support/world.ts";

const SOURCE: ApplicationSource = {
  repoURL: "https://git.example.com/config",
  path: "apps/one",
  targetRevision: "main",
};
const ENVIRONMENT = buildEnvironment({
  instance: "one",
  namespace: "shop",
  project: "team",
  revision: "0123456789abcdef0123456789abcdef01234567",
  source: SOURCE,
  kubeVersion: "v1.35.0",
  apiVersions: ["v1", "apps/v1"],
});

const TEXTS: readonly (readonly [text: string, expected: string])[] = [
  ["$ARGOCD_APP_NAME-x", "one-x"],
  ["${ARGOCD_APP_NAMESPACE}", "shop"],
  ["${ARGOCD_APP_PROJECT_NAME}/$ARGOCD_APP_SOURCE_PATH", "team/apps/one"],
  ["$ARGOCD_APP_REVISION_SHORT $ARGOCD_APP_REVISION_SHORT_8", "0123456 01234567"],
  ["$ARGOCD_APP_REVISION", "0123456789abcdef0123456789abcdef01234567"],
  ["$ARGOCD_APP_SOURCE_REPO_URL@$ARGOCD_APP_SOURCE_TARGET_REVISION", "https://git.example.com/config@main"],
  ["$KUBE_VERSION $KUBE_API_VERSIONS", "1.35.0 v1,apps/v1"],
  ["costs $$5", "costs $5"],
  ["$NOBODY_KNOWS!", "!"],
  ["${__proto__}", ""],
  ["no variables", "no variables"],
  ["a$", "a$"],
];

for (const [text, expected] of TEXTS) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)} in the build environment`, () => {
    assert.equal(substitute(text, ENVIRONMENT), expected);
  });
}

test("variables are put where Argo CD puts them, and nowhere else", () => {
  const source: ApplicationSource = {
    ...SOURCE,
    helm: {
      parameters: [{ name: "$ARGOCD_APP_NAME", value: "$ARGOCD_APP_NAME" }],
      valueFiles: ["values-$ARGOCD_APP_NAME.yaml", "$values/$ARGOCD_APP_NAME.yaml"],
      fileParameters: [{ name: "file", path: "$values/$ARGOCD_APP_NAME.txt" }],
      values: "a: $ARGOCD_APP_NAME",
    },
    kustomize: { images: ["app:$ARGOCD_APP_REVISION_SHORT"], commonAnnotations: { a: "$ARGOCD_APP_NAME" } },
  };
  const { helm, kustomize } = withEnvironment(source, ENVIRONMENT, new Set(["values"]));
  assert.deepEqual(helm, {
    parameters: [{ name: "$ARGOCD_APP_NAME", value: "one" }],
    valueFiles: ["values-one.yaml", "$values/one.yaml"],
    fileParameters: [{ name: "file", path: "$values/one.txt" }],
    values: "a: $ARGOCD_APP_NAME",
  });
  assert.deepEqual(kustomize, { images: ["app:0123456"], commonAnnotations: { a: "$ARGOCD_APP_NAME" } });
  const asked = {
    ...source,
    kustomize: { commonAnnotationsEnvsubst: true, commonAnnotations: { a: "$ARGOCD_APP_NAME" } },
  };
  assert.deepEqual(withEnvironment(asked, ENVIRONMENT, new Set()).kustomize?.["commonAnnotations"], { a: "one" });
});

test(".argocd-source files are laid over a source, the application's own last, and never change where it comes from", () => {
  const tree = memoryTree({
    "apps/one/.argocd-source.yaml":
      "kustomize: { images: [a:1], namePrefix: x- }\nrepoURL: https://evil.example.com\npath: /\n",
    "apps/one/.argocd-source-one.yaml": "kustomize: { images: [a:2] }\n",
    "apps/one/.argocd-source-two.yaml": "kustomize: { images: [a:3] }\n",
  });
  const { source, reads } = withRepositoryOverrides(tree, SOURCE, "one");
  assert.deepEqual(source, { ...SOURCE, kustomize: { images: ["a:2"], namePrefix: "x-" } });
  assert.ok([...reads.keys()].some((path) => path.endsWith(".argocd-source-one.yaml")));
  assert.throws(
    () => withRepositoryOverrides(memoryTree({ "apps/one/.argocd-source.yaml": "- a\n" }), SOURCE, "one"),
    /must be an object/,
  );
});

test("a commit that only brings an override file is applied, as image updaters need it", async () => {
  const world = await World.start();
  const deployment = `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: "app:1" }] }\n`;
  world.commit({
    "one/kustomization.yaml": "resources: [pod.yaml]\n",
    "one/pod.yaml": deployment,
    "two/a.yaml": configMap("a"),
  });
  await world.apply(application("one"));
  await world.settle();
  const image = (): unknown => world.spec<{ containers: { image: string }[] }>("Pod", "p").containers[0]?.image;
  assert.equal(image(), "app:1");
  world.commit({ "one/.argocd-source-one.yaml": "kustomize: { images: [app:2] }\n" });
  await world.settle();
  assert.equal(image(), "app:2");
  world.commit({ "one/.argocd-source-one.yaml": "kustomize: [broken\n" });
  await world.settle();
  assert.match(world.conditions("one").join(), /ComparisonError: .*\.argocd-source-one\.yaml/);
  await world.stopEngine();
});

test("a parameter that holds the revision renders at every commit, another does not", async () => {
  const world = await World.start();
  world.commit({ "one/kustomization.yaml": "resources: [a.yaml]\n", "one/a.yaml": configMap("a"), "other.txt": "1" });
  const source = `  source: { repoURL: "https://git.example.com/config", path: one, targetRevision: main, kustomize: { commonLabels: { rev: "$ARGOCD_APP_REVISION_SHORT" } } }`;
  await world.apply(application("one").replace(/ {2}source: .*/, source));
  await world.settle();
  const revision = world.commit({ "other.txt": "2" });
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a")?.metadata.labels?.["rev"], revision.slice(0, 7));
  await world.stopEngine();
});
