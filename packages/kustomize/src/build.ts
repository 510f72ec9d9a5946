import type { FileTree, Problem } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";

export interface BuildOptions {
  /** `rootOnly` (the default): files are read only at or below the kustomization that names them. `none`: anywhere in the tree. */
  readonly loadRestrictor?: "rootOnly" | "none" | undefined;
  /** The final order where the kustomization has no sortOptions: `legacy` (the command's default) or `none`. */
  readonly reorder?: "legacy" | "none" | undefined;
}

export interface BuiltKustomization {
  readonly objects: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  /** The documents as `kustomize build` prints them. */
  yaml(): string;
  readonly warnings: readonly Problem[];
}

/**
 * Builds the kustomization in a directory of the tree.
 * @throws ProblemError with every problem found
 */
export function buildKustomization(_tree: FileTree, _path: string, _options: BuildOptions = {}): BuiltKustomization {
  throw new Error("not built yet");
}
