import { DEFAULT_FIELD_SPECS } from "./generated/default-field-specs.ts";
import { type FieldSpec, mergeFieldSpecs, mergeNameReferences, type NameReferences, sortByGvk } from "./field-spec.ts";

export const FIELD_SECTIONS = [
  "namePrefix",
  "nameSuffix",
  "namespace",
  "commonLabels",
  "labels",
  "templateLabels",
  "volumeClaimTemplateLabels",
  "commonAnnotations",
  "varReference",
  "images",
  "replicas",
] as const;
export type FieldSection = (typeof FIELD_SECTIONS)[number];

/** Which fields the transformers look at: the defaults, and what `configurations` and `crds` add. */
export interface TransformerConfiguration {
  readonly sections: Readonly<Record<FieldSection, readonly FieldSpec[]>>;
  readonly nameReferences: readonly NameReferences[];
}

const NO_SECTIONS = Object.fromEntries(FIELD_SECTIONS.map((name) => [name, []])) as unknown as Record<
  FieldSection,
  readonly FieldSpec[]
>;

export const EMPTY_CONFIGURATION: TransformerConfiguration = { sections: NO_SECTIONS, nameReferences: [] };

let defaults: TransformerConfiguration | undefined;

/** One object for all, so that merging it into itself can be skipped. */
export function defaultConfiguration(): TransformerConfiguration {
  return (defaults ??= parseDefaults());
}

function parseDefaults(): TransformerConfiguration {
  const sections: Record<string, FieldSpec[]> = Object.fromEntries(FIELD_SECTIONS.map((name) => [name, []]));
  const nameReferences: { group: string; version: string; kind: string; referrers: FieldSpec[] }[] = [];
  let current: FieldSpec[] = [];
  for (const line of DEFAULT_FIELD_SPECS.trim().split("\n")) {
    const [group = "", version = "", kind = "", create, path = ""] = line.replace(/^[#@] /, "").split("|");
    if (line.startsWith("# ")) current = sections[group] ?? [];
    else if (line.startsWith("@ ")) nameReferences.push({ group, version, kind, referrers: (current = []) });
    else current.push({ group, version, kind, create: create === "1", path });
  }
  return { sections: sections as unknown as TransformerConfiguration["sections"], nameReferences };
}

/** @throws ProblemError KustomizationInvalid for field specs that contradict each other */
export function mergeConfigurations(
  present: TransformerConfiguration,
  added: TransformerConfiguration,
): TransformerConfiguration {
  if (added === EMPTY_CONFIGURATION || added === present) return present;
  if (present === EMPTY_CONFIGURATION) return added;
  const sections = Object.fromEntries(
    FIELD_SECTIONS.map((name) => [name, sortByGvk(mergeFieldSpecs(present.sections[name], added.sections[name]))]),
  ) as unknown as TransformerConfiguration["sections"];
  return { sections, nameReferences: sortByGvk(mergeNameReferences(present.nameReferences, added.nameReferences)) };
}
