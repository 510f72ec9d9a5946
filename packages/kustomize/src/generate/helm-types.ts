import type { Json } from "@fairlead/base";
import type { FileTree } from "@fairlead/base";

/** A chart to inflate, as a kustomization asks for it. */
export interface HelmInflation {
  /** The tree in which `chartPath` is a directory; the chart is there. */
  readonly tree: FileTree;
  readonly chartPath: string;
  /** "" when none is given: Helm then makes one up. */
  readonly releaseName: string;
  readonly nameTemplate: string;
  readonly namespace: string;
  /** Values files in order, later ones win; the first are those of the kustomization, inline values merged in. */
  readonly values: readonly Json[];
  readonly includeCrds: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

export interface HelmOptions {
  /** Renders a chart to the text `helm template` prints. @throws ProblemError */
  inflate(inflation: HelmInflation): string;
  /** Win over what the kustomization says. */
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
}
