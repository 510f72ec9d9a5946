import { problemError } from "@fairlead/base";
import { FlagFault, parseBuildFlags, type BuildOptions } from "@fairlead/kustomize";

/** What `kustomize.buildOptions` asks for. */
export interface AskedOptions extends Pick<BuildOptions, "loadRestrictor" | "reorder" | "managedByLabel"> {
  /** Charts are inflated only then. */
  readonly helm: { readonly kubeVersion: string; readonly apiVersions: readonly string[] } | undefined;
}

/**
 * Reads flags as Argo CD does: divided at white space. Flags of plugins that are programs are let be, since they ask for nothing by
 * themselves: a kustomization that has such a plugin is told so.
 * @throws ProblemError InvalidBuildOptions
 */
export function parseBuildOptions(text: string): AskedOptions {
  try {
    const flags = parseBuildFlags(text.split(/\s+/).filter((word) => word !== ""));
    return {
      loadRestrictor: flags.restrict ? "rootOnly" : "none",
      reorder: flags.reorder,
      managedByLabel: flags.managedByLabel,
      helm: flags.enableHelm ? { kubeVersion: flags.helmKubeVersion, apiVersions: flags.helmApiVersions } : undefined,
    };
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    throw problemError("InvalidBuildOptions", `kustomize.buildOptions ${JSON.stringify(text)}: ${error.message}`, {
      hint: "flags of `kustomize build`, in the ConfigMap argocd-cm",
    });
  }
}
