import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Json } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import type { BuildCase } from "./cases.ts";
import { Random } from "../objects/random.ts";
import { randomKustomization } from "./generated/kustomization.ts";
import { randomObjects } from "./generated/objects.ts";

/** Generated trees, each from its number alone, so that a difference can be looked at again. */
export async function withGeneratedCases(
  numbers: readonly number[],
  use: (cases: readonly BuildCase[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kustomize-generated-"));
  try {
    await use(numbers.map((number) => writeCase(folder, number)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A base or two under an overlay, with a component now and then. */
function writeCase(folder: string, number: number): BuildCase {
  const name = `generated-${number}`;
  const dice = new Random(number);
  const files: Record<string, string> = {};
  const text = (value: Json): string => (dice.chance(0.5) ? encodeYaml(value) : `${JSON.stringify(value)}\n`);
  const bases = dice.chance(0.3) ? ["base", "other"] : ["base"];
  for (const base of bases) {
    const objects = randomObjects(dice, base === "other" ? "other-" : "");
    files[`${base}/all.yaml`] = objects.map(text).join("---\n");
    const resources = ["all.yaml"];
    files[`${base}/kustomization.yaml`] = text({ resources, ...randomKustomization(dice, objects, 0.15, files, base) });
  }
  const objects = randomObjects(dice, "top-").slice(0, dice.below(3));
  if (objects.length > 0) files["overlay/top.yaml"] = objects.map(text).join("---\n");
  const components = dice.chance(0.25) ? ["../component"] : undefined;
  if (components) {
    files["component/kustomization.yaml"] = text({
      apiVersion: "kustomize.config.k8s.io/v1alpha1",
      kind: "Component",
      ...randomKustomization(dice, objects, 0.15, files, "component"),
    });
  }
  files["overlay/kustomization.yaml"] = text({
    resources: [...bases.map((base) => `../${base}`), ...(objects.length > 0 ? ["top.yaml"] : [])],
    ...(components ? { components } : {}),
    ...randomKustomization(dice, objects, 0.3, files, "overlay"),
  });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), content);
  }
  return { name, directory: join(folder, name, "overlay"), flags: [], compareMessages: false };
}
