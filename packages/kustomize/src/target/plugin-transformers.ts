import { problemError } from "@fairlead/base";
import { boolean, list, string, stringMap, struct } from "../kustomization/decode.ts";
import { toFieldSpecs } from "../kustomization/field-specs.ts";
import { fieldSpecs, image, objectMeta, patchFields, replacementEntries, replica } from "../kustomization/types.ts";
import { textOfFile } from "../load/text.ts";
import { parseFile } from "../node/load.ts";
import { readPatch } from "../patch/load.ts";
import { formatGvk } from "../resource/gvk.ts";
import { resourcesOf } from "../resource/factory.ts";
import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { transformHashes } from "../transform/hash.ts";
import { transformImages } from "../transform/image.ts";
import { transformAffix } from "../transform/name-affix.ts";
import { type SubjectMode, transformNamespace } from "../transform/namespace.ts";
import { transformOperations, transformPatch } from "../transform/patches.ts";
import { transformReplacement } from "../transform/replacements.ts";
import { transformReplicas } from "../transform/replicas.ts";
import { transformStringMap } from "../transform/string-map.ts";
import { json6902, loadPatchText, strategicMerge } from "./patches.ts";
import { configuringPlugin, decodePlugin } from "./plugin-decode.ts";
import type { PluginConfiguration } from "./plugin-entries.ts";
import { valueAddFor } from "./plugin-value-add.ts";
import { loadReplacements } from "./replacements.ts";
import type { Target } from "./types.ts";

export type Run = (map: ResourceMap) => void;
type Configure = (target: Target, plugin: PluginConfiguration) => Run;

const GENERATORS = ["ConfigMapGenerator", "SecretGenerator", "IAMPolicyGenerator", "HelmChartInflationGenerator"];

/** The transformer a configuration is for; undefined when its kind is a generator. @throws ProblemError KustomizePlugin */
export function transformerFor(target: Target, plugin: PluginConfiguration): Run | undefined {
  const { kind } = plugin.resource;
  const configure = Object.hasOwn(TRANSFORMERS, kind) ? TRANSFORMERS[kind] : undefined;
  if (configure) return configuringPlugin(plugin, () => configure(target, plugin));
  if (GENERATORS.includes(kind)) return undefined;
  throw problemError("KustomizePlugin", `unable to load builtin ${formatGvk(plugin.resource.gvk)}`);
}

const annotations = struct("AnnotationsTransformerPlugin", { annotations: stringMap(string), fieldSpecs });
const labels = struct("LabelTransformerPlugin", { labels: stringMap(string), fieldSpecs });
const namespace = struct("NamespaceTransformerPlugin", {
  metadata: objectMeta,
  fieldSpecs,
  unsetOnly: boolean,
  setRoleBindingSubjects: string,
});
const affix = struct("PrefixTransformerPlugin", { prefix: string, suffix: string, fieldSpecs });
const imageTag = struct("ImageTagTransformerPlugin", { imageTag: image, fieldSpecs });
const replicaCount = struct("ReplicaCountTransformerPlugin", { replica, fieldSpecs });
const patch = struct("PatchTransformerPlugin", patchFields);
const jsonPatch = struct("PatchJson6902TransformerPlugin", {
  target: patchFields.target,
  path: string,
  jsonOp: string,
});
const strategic = struct("PatchStrategicMergeTransformerPlugin", { paths: list(string), patches: string });
const replacements = struct("ReplacementTransformerPlugin", { replacements: replacementEntries });

const SUBJECT_MODES: readonly string[] = ["defaultOnly", "none", "allServiceAccounts"];

const TRANSFORMERS: Readonly<Record<string, Configure>> = {
  AnnotationsTransformer(_target, plugin) {
    const config = decodePlugin(annotations, plugin);
    return (map) => transformStringMap(map, config.annotations ?? new Map(), toFieldSpecs(config.fieldSpecs));
  },
  LabelTransformer(_target, plugin) {
    const config = decodePlugin(labels, plugin);
    return (map) => transformStringMap(map, config.labels ?? new Map(), toFieldSpecs(config.fieldSpecs));
  },
  NamespaceTransformer(_target, plugin) {
    const { metadata, unsetOnly, setRoleBindingSubjects: mode = "", ...config } = decodePlugin(namespace, plugin);
    if (mode !== "" && !SUBJECT_MODES.includes(mode)) {
      const modes = '"defaultOnly", "none" or "allServiceAccounts"';
      const message = `invalid value "${mode}" for setRoleBindingSubjects: must be one of ${modes}`;
      throw problemError("KustomizePlugin", message);
    }
    const specs = toFieldSpecs(config.fieldSpecs);
    const subjects = (mode || "defaultOnly") as SubjectMode;
    return (map) =>
      transformNamespace(map, { namespace: metadata?.namespace ?? "", fieldSpecs: specs, unsetOnly, subjects });
  },
  PrefixTransformer: (_target, plugin) => affixFor(plugin, ["prefix"]),
  SuffixTransformer: (_target, plugin) => affixFor(plugin, ["suffix"]),
  PrefixSuffixTransformer: (_target, plugin) => affixFor(plugin, ["prefix", "suffix"]),
  ImageTagTransformer(_target, plugin) {
    const config = decodePlugin(imageTag, plugin);
    return (map) => transformImages(map, [config.imageTag ?? {}], toFieldSpecs(config.fieldSpecs));
  },
  ReplicaCountTransformer(_target, plugin) {
    const config = decodePlugin(replicaCount, plugin);
    return (map) => transformReplicas(map, config.replica ?? {}, toFieldSpecs(config.fieldSpecs));
  },
  HashTransformer: () => transformHashes,
  PatchTransformer(target, plugin) {
    const config = decodePlugin(patch, plugin);
    const text = loadPatchText(target, config, plugin.text);
    const { source, file } = text;
    const loaded = readPatch(text, target.context.schemas);
    return (map) =>
      transformPatch(map, { patch: loaded, target: config.target, options: config.options, source, file });
  },
  PatchJson6902Transformer(target, plugin) {
    const { jsonOp, ...config } = decodePlugin(jsonPatch, plugin);
    const { operations, file } = json6902(target, { ...config, patch: jsonOp });
    return (map) => transformOperations(map, config.target ?? {}, operations, file, false);
  },
  PatchStrategicMergeTransformer(target, plugin) {
    const { paths = [], patches = "" } = decodePlugin(strategic, plugin);
    if (paths.length === 0 && patches === "") {
      throw problemError("KustomizePatch", "empty file path and empty patch content");
    }
    const documents: Resource[] = [];
    for (const path of paths) {
      const loaded = target.loader.load(path);
      documents.push(...resourcesOf(parseFile(textOfFile(loaded), loaded.file), target.context.schemas));
    }
    if (patches !== "") documents.push(...resourcesOf(parseFile(patches, plugin.file), target.context.schemas));
    if (documents.length === 0) {
      const message = `patch appears to be empty; files=[${paths.join(" ")}], Patch=${patches}`;
      throw problemError("KustomizePatch", message);
    }
    const transformer = strategicMerge(target, documents);
    return (map) => transformer.run(map);
  },
  ReplacementTransformer(target, plugin) {
    const found = loadReplacements(target, decodePlugin(replacements, plugin).replacements ?? []);
    return (map) => {
      for (const { spec, file } of found) transformReplacement(map, spec, file);
    };
  },
  ValueAddTransformer: valueAddFor,
};

function affixFor(plugin: PluginConfiguration, parts: readonly ("prefix" | "suffix")[]): Run {
  const config = decodePlugin(affix, plugin);
  if (!config.fieldSpecs) throw problemError("KustomizePlugin", "fieldSpecs is not expected to be nil");
  const specs = toFieldSpecs(config.fieldSpecs);
  return (map) => {
    for (const part of parts) transformAffix(map, { [part]: config[part], fieldSpecs: specs });
  };
}
