import { problemError, ProblemError } from "@fairlead/base";
import type { PatchSpec, SelectorSpec } from "../kustomization/types.ts";
import { textOfFile } from "../load/text.ts";
import { unixLines } from "../node/load.ts";
import { applyToSelected } from "../patch/apply.ts";
import { parseOperations, type PatchText, readPatch } from "../patch/load.ts";
import { resourcesOf } from "../resource/factory.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import { touch } from "../resource/provenance.ts";
import { forEach, within } from "../transform/fault.ts";
import { transformOperations, transformPatch } from "../transform/patches.ts";
import { parseFile } from "../node/load.ts";
import { builtin } from "./builtin.ts";
import { goYaml } from "./go-yaml.ts";
import { positionOf } from "./place.ts";
import type { Target, Transformer } from "./types.ts";

/** What the real tool puts before the faults of a transformer's configuration. */
function configuring<T>(kind: string, config: object, step: () => T): T {
  return within({}, `trouble configuring builtin ${kind} with config: \`\n${goYaml(config)}\`: `, step);
}

export function configurePatches(target: Target): Transformer[] {
  const result: Transformer[] = [];
  forEach(target.kustomization.content.patches ?? [], (spec, index) => {
    result.push(configurePatch(target, spec, ["patches", index]));
  });
  return result;
}

function configurePatch(target: Target, spec: PatchSpec, path: readonly (string | number)[]): Transformer {
  const at = positionOf(target.kustomization, path);
  const loaded = within(at, "", () =>
    configuring("PatchTransformer", spec, () => loadPatchText(target, spec, goYaml(spec))),
  );
  const { source, file } = loaded;
  // Read once more for every build, because merging uses a patch up.
  const patch = within(at, "", () =>
    configuring("PatchTransformer", spec, () => readPatch(loaded, target.context.schemas)),
  );
  return builtin(target, "PatchTransformer", path, (map) =>
    transformPatch(map, { patch, target: spec.target, options: spec.options, source, file }),
  );
}

/** The text of a patch, from its file or written in place. @throws ProblemError KustomizePatch */
export function loadPatchText(target: Target, spec: Pick<PatchSpec, "path" | "patch">, config: string): PatchText {
  const inline = (spec.patch ?? "").trim();
  const { path = "" } = spec;
  if (inline === "" && path === "")
    throw problemError("KustomizePatch", `must specify one of patch and path in\n${config}`);
  if (inline !== "" && path !== "") {
    throw problemError("KustomizePatch", `patch and path can't be set at the same time\n${config}`);
  }
  if (inline !== "") {
    const { file } = target.kustomization;
    return { text: inline, source: `[patch: ${JSON.stringify(inline)}]`, file, parse: () => parseFile(inline, file) };
  }
  const prefix = `failed to get the patch file from path(${path}): `;
  const loaded = within({}, prefix, () => target.loader.load(path));
  return {
    text: textOfFile(loaded),
    source: `[path: ${JSON.stringify(path)}]`,
    file: loaded.file,
    parse: () => target.context.parse(loaded),
  };
}

export function configureStrategicMerge(target: Target): Transformer[] {
  const entries = target.kustomization.content.patchesStrategicMerge ?? [];
  if (entries.length === 0) return [];
  const documents: Resource[] = [];
  configuring("PatchStrategicMergeTransformer", { paths: entries }, () =>
    forEach(entries, (entry, index) => {
      const at = positionOf(target.kustomization, ["patchesStrategicMerge", index]);
      documents.push(...within(at, "", () => strategicDocuments(target, entry)));
    }),
  );
  if (documents.length === 0) {
    const message = `patch appears to be empty; files=[${entries.join(" ")}], Patch=`;
    throw problemError("KustomizePatch", message, positionOf(target.kustomization, ["patchesStrategicMerge"]));
  }
  return [strategicMerge(target, documents)];
}

/** Merges patches one by one into the resources of their identities. */
export function strategicMerge(target: Target, documents: readonly Resource[]): Transformer {
  return builtin(target, "PatchStrategicMergeTransformer", ["patchesStrategicMerge"], (map) => {
    for (const document of documents) {
      const at = addressOf(document);
      within(at, "", () => {
        const resource = map.theOneFor(document.originalId, at);
        touch(resource.provenance, at.file);
        applyToSelected(map, [resource], document);
      });
    }
  });
}

/** For historical reasons an entry may be the patch itself. */
function strategicDocuments(target: Target, entry: string): Resource[] {
  const { schemas } = target.context;
  try {
    return resourcesOf(parseFile(entry, target.kustomization.file), schemas);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
  const loaded = target.loader.load(entry);
  return resourcesOf(parseFile(textOfFile(loaded), loaded.file), schemas);
}

export function configureJson6902(target: Target): Transformer[] {
  const result: Transformer[] = [];
  forEach(target.kustomization.content.patchesJson6902 ?? [], (spec, index) => {
    const path = ["patchesJson6902", index];
    const at = positionOf(target.kustomization, path);
    const config = { target: spec.target, path: spec.path, jsonOp: spec.patch };
    const { operations, file } = within(at, "", () =>
      configuring("PatchJson6902Transformer", config, () => json6902(target, spec)),
    );
    const selector = spec.target as SelectorSpec;
    result.push(
      builtin(target, "PatchJson6902Transformer", path, (map) =>
        transformOperations(map, selector, operations, file, false),
      ),
    );
  });
  return result;
}

/** @throws ProblemError KustomizePatch */
export function json6902(
  target: Target,
  spec: Pick<PatchSpec, "path" | "patch" | "target">,
): { operations: ReturnType<typeof parseOperations>; file: string } {
  const { path = "", patch = "" } = spec;
  if (!spec.target?.name) throw problemError("KustomizePatch", "must specify the target name");
  if (path === "" && patch === "") throw problemError("KustomizePatch", "empty file path and empty jsonOp");
  if (path !== "" && patch !== "") throw problemError("KustomizePatch", "must specify a file path or jsonOp, not both");
  const loaded = path === "" ? undefined : target.loader.load(path);
  const file = loaded?.file ?? target.kustomization.file;
  const text = loaded ? textOfFile(loaded) : patch;
  if (text === "") throw problemError("KustomizePatch", `patch file '${path}' empty seems to be empty`);
  const operations = within({ file }, `decoding ${unixLines(text).trimEnd()}: `, () => parseOperations(text));
  if (operations.length === 0) {
    throw problemError("KustomizePatch", `patch appears to be empty; file=${path}, JsonOp=${text}`, { file });
  }
  return { operations, file };
}
