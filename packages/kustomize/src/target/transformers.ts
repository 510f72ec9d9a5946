import type { FieldSpec } from "../fields/field-spec.ts";
import { mergeFieldSpecs } from "../fields/field-spec.ts";
import type { TransformerConfiguration } from "../fields/configuration.ts";
import { toFieldSpecs } from "../kustomization/field-specs.ts";
import type { LabelSpec } from "../kustomization/types.ts";
import { touch } from "../resource/provenance.ts";
import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { forEach, within } from "../transform/fault.ts";
import { transformImages } from "../transform/image.ts";
import { transformAffix } from "../transform/name-affix.ts";
import { transformNamespace } from "../transform/namespace.ts";
import { transformReplicas } from "../transform/replicas.ts";
import { transformStringMap } from "../transform/string-map.ts";
import { addTransformation, pluginOrigin } from "./origin.ts";
import { configureJson6902, configurePatches, configureStrategicMerge } from "./patches.ts";
import { builtin } from "./builtin.ts";
import { positionOf } from "./place.ts";
import { transformerPlugins } from "./plugins.ts";
import { configureReplacements } from "./replacements.ts";
import type { Accumulator, Target, Transformer } from "./types.ts";

/**
 * The built-in transformers in their fixed order, then the plugins of `transformers`. All are configured before the first one runs,
 * so that the faults of all patches are reported together.
 * @throws ProblemError
 */
export function runTransformers(target: Target, accumulator: Accumulator): void {
  const transformers = builtinTransformers(target, accumulator.configuration);
  transformers.push(...transformerPlugins(target, target.kustomization.content.transformers ?? [], "transformers"));
  for (const transformer of transformers) {
    within(transformer.at, "", () => transformer.run(accumulator.map));
    if (target.origin) {
      const record = pluginOrigin(target.origin, transformer.configuredIn, transformer.by);
      for (const resource of accumulator.map.resources) if (!resource.isGone) addTransformation(resource, record);
    }
    accumulator.map.dropEmpty();
  }
}

type Configure = (target: Target, configuration: TransformerConfiguration) => Transformer[];

const IN_ORDER: readonly Configure[] = [
  configureStrategicMerge,
  configurePatches,
  configureNamespace,
  configureAffixes,
  configureLabels,
  configureAnnotations,
  configureJson6902,
  configureReplicas,
  configureImages,
  configureReplacements,
];

function builtinTransformers(target: Target, configuration: TransformerConfiguration): Transformer[] {
  const result: Transformer[] = [];
  forEach(IN_ORDER, (configure) => result.push(...configure(target, configuration)));
  return result;
}

function touchAll(map: ResourceMap, file: string): void {
  for (const resource of map.resources) touch(resource.provenance, file);
}

function configureNamespace(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const { content, file } = target.kustomization;
  const { namespace = "" } = content;
  if (namespace === "") return [];
  return [
    builtin(target, "NamespaceTransformer", ["namespace"], (map) => {
      touchAll(map, file);
      transformNamespace(map, { namespace, fieldSpecs: sections.namespace });
    }),
  ];
}

function configureAffixes(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const { content, file } = target.kustomization;
  const { namePrefix: prefix = "", nameSuffix: suffix = "" } = content;
  const result: Transformer[] = [];
  const add = (kind: string, field: "namePrefix" | "nameSuffix", affix: object): void => {
    const run = (map: ResourceMap): void => {
      touchAll(map, file);
      transformAffix(map, { ...affix, fieldSpecs: sections[field] });
    };
    result.push(builtin(target, kind, [field], run));
  };
  if (prefix !== "") add("PrefixTransformer", "namePrefix", { prefix });
  if (suffix !== "") add("SuffixTransformer", "nameSuffix", { suffix });
  return result;
}

function configureLabels(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const { content, file } = target.kustomization;
  const { labels = [], commonLabels } = content;
  if (labels.length === 0 && !commonLabels?.size) return [];
  const set = (values: ReadonlyMap<string, string>, specs: readonly FieldSpec[]) => (map: ResourceMap) => {
    if (values.size > 0) touchAll(map, file);
    transformStringMap(map, values, specs);
  };
  const result = labels.map((label, index) => {
    const specs = within(positionOf(target.kustomization, ["labels", index]), "failed to merge labels: ", () =>
      labelFields(label, sections),
    );
    return builtin(target, "LabelTransformer", ["labels", index], set(label.pairs ?? new Map(), specs));
  });
  const common = set(commonLabels ?? new Map(), sections.commonLabels);
  return [...result, builtin(target, "LabelTransformer", ["commonLabels"], common)];
}

const METADATA_LABELS: FieldSpec = { group: "", version: "", kind: "", path: "metadata/labels", create: true };

function labelFields(label: LabelSpec, sections: TransformerConfiguration["sections"]): readonly FieldSpec[] {
  let specs = mergeFieldSpecs(toFieldSpecs(label.fields), sections.labels);
  if (label.includeSelectors) return mergeFieldSpecs(specs, sections.commonLabels);
  if (label.includeTemplates) specs = mergeFieldSpecs(specs, sections.templateLabels);
  if (label.includeVolumeClaimTemplates) specs = mergeFieldSpecs(specs, sections.volumeClaimTemplateLabels);
  return mergeFieldSpecs(specs, [METADATA_LABELS]);
}

function configureAnnotations(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const { content, file } = target.kustomization;
  const values = content.commonAnnotations;
  if (!values?.size) return [];
  return [
    builtin(target, "AnnotationsTransformer", ["commonAnnotations"], (map) => {
      touchAll(map, file);
      transformStringMap(map, values, sections.commonAnnotations);
    }),
  ];
}

function configureReplicas(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const { content } = target.kustomization;
  return (content.replicas ?? []).map((replica, index) =>
    builtin(target, "ReplicaCountTransformer", ["replicas", index], (map) =>
      transformReplicas(map, replica, sections.replicas, noteFor(target)),
    ),
  );
}

/** One after the other where each is annotated as a transformer of its own, else all in one walk. */
function configureImages(target: Target, { sections }: TransformerConfiguration): Transformer[] {
  const images = target.kustomization.content.images ?? [];
  const groups = target.origin ? images.map((image) => [image]) : [images];
  return groups
    .filter((group) => group.length > 0)
    .map((group, index) =>
      builtin(target, "ImageTagTransformer", ["images", index], (map) =>
        transformImages(map, group, sections.images, noteFor(target)),
      ),
    );
}

function noteFor(target: Target): (resource: Resource) => void {
  return (resource) => touch(resource.provenance, target.kustomization.file);
}
