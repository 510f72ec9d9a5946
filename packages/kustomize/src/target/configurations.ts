import {
  EMPTY_CONFIGURATION,
  FIELD_SECTIONS,
  mergeConfigurations,
  type TransformerConfiguration,
} from "../fields/configuration.ts";
import { sortByGvk } from "../fields/field-spec.ts";
import { type Decoded, list, string, struct } from "../kustomization/decode.ts";
import { toFieldSpecs } from "../kustomization/field-specs.ts";
import { loadTyped } from "../kustomization/load-typed.ts";
import { fieldSpecs } from "../kustomization/types.ts";
import type { Loader } from "../load/loader.ts";
import { forEach } from "../transform/fault.ts";

const configuration = struct(
  "TransformerConfig",
  {
    namePrefix: fieldSpecs,
    nameSuffix: fieldSpecs,
    namespace: fieldSpecs,
    commonLabels: fieldSpecs,
    labels: fieldSpecs,
    templateLabels: fieldSpecs,
    volumeClaimTemplateLabels: fieldSpecs,
    commonAnnotations: fieldSpecs,
    varReference: fieldSpecs,
    images: fieldSpecs,
    replicas: fieldSpecs,
    nameReference: list(
      struct(
        "NameBackReferences",
        { group: string, version: string, kind: string, fieldSpecs },
        "builtinconfig.NameBackReferences",
      ),
    ),
  },
  "builtinconfig.TransformerConfig",
);

/** The field specs in the files of `configurations`. @throws ProblemError with the faults of all files */
export function loadConfigurations(loader: Loader, paths: readonly string[]): TransformerConfiguration {
  let result = EMPTY_CONFIGURATION;
  forEach(paths, (path) => {
    result = mergeConfigurations(
      result,
      fromFile(loadTyped(loader, path, configuration, true, "KustomizationInvalid")),
    );
  });
  return result;
}

function fromFile(content: Decoded<typeof configuration>): TransformerConfiguration {
  const sections = Object.fromEntries(
    FIELD_SECTIONS.map((name) => [name, sortByGvk(toFieldSpecs(content[name]))]),
  ) as unknown as TransformerConfiguration["sections"];
  const nameReferences = (content.nameReference ?? []).map((one) => ({
    group: one.group ?? "",
    version: one.version ?? "",
    kind: one.kind ?? "",
    referrers: toFieldSpecs(one.fieldSpecs),
  }));
  return { sections, nameReferences: sortByGvk(nameReferences) };
}
