import type { GeneratorOptionsSpec, GeneratorSpec } from "../kustomization/types.ts";

/** `generatorOptions` below a generator's own options; a true of either stays true. */
export function withGlobalOptions(own: GeneratorSpec, global: GeneratorOptionsSpec | undefined): GeneratorSpec {
  if (!global) return own;
  const options = own.options ?? {};
  return {
    ...own,
    options: {
      labels: mergedMap(options.labels, global.labels),
      annotations: mergedMap(options.annotations, global.annotations),
      disableNameSuffixHash: Boolean(options.disableNameSuffixHash || global.disableNameSuffixHash),
      immutable: Boolean(options.immutable || global.immutable),
    },
  };
}

function mergedMap(
  own: Map<string, string> | undefined,
  global: Map<string, string> | undefined,
): Map<string, string> | undefined {
  return own || global ? new Map([...(global ?? []), ...(own ?? [])]) : undefined;
}
