import { type FileTree, type JsonObject, type Problem, problemError } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import { encodeYaml } from "@fairlead/yaml";
import type { HelmOptions } from "./generate/helm-types.ts";
import { type ParseCache, perBuildCache } from "./load/cache.ts";
import { Loader } from "./load/loader.ts";
import type { RemoteSource } from "./load/remote.ts";
import { SchemaState } from "./merge/schema-state.ts";
import { toJson } from "./node/value.ts";
import { finishAnnotations } from "./resource/annotations.ts";
import { addressOf, type Resource } from "./resource/resource.ts";
import { accumulateTarget, emptyAccumulator, makeTarget, targetAt } from "./target/accumulate.ts";
import type { BuildContext } from "./target/context.ts";
import { ORIGIN_ANNOTATION, removeAnnotation, ROOT_ORIGIN, TRANSFORMATIONS_ANNOTATION } from "./target/origin.ts";
import { sortResources } from "./target/sort.ts";
import type { Target } from "./target/types.ts";
import { resolveVariables } from "./target/variables.ts";
import { within } from "./transform/fault.ts";
import { transformHashes } from "./transform/hash.ts";
import { dropLocal } from "./transform/local-config.ts";
import { fixNameReferences } from "./transform/name-references.ts";
import { transformStringMap } from "./transform/string-map.ts";

export interface BuildOptions {
  /** `rootOnly` (the default): files are read only at or below the kustomization that names them. `none`: anywhere in the tree. */
  readonly loadRestrictor?: "rootOnly" | "none" | undefined;
  /** The final order where the kustomization has no sortOptions: `legacy` (the command's default) or `none`. */
  readonly reorder?: "legacy" | "none" | undefined;
  /** Label every object as managed by kustomize, as buildMetadata can ask for too. */
  readonly managedByLabel?: boolean | undefined;
  /** Charts are inflated only if this is given (`--enable-helm`). */
  readonly helm?: HelmOptions | undefined;
  /** Remote bases and files; see buildWithRemotes for one that fetches. */
  readonly remote?: RemoteSource | undefined;
  /** Keeps parsed files from build to build, see createParseCache. Its use is free with Git trees; on disk files are hashed for it. */
  readonly cache?: ParseCache | undefined;
  /** Put before paths in messages: the absolute path of the tree's root, for the command line. */
  readonly displayRoot?: string | undefined;
  /** Called for each warning as it comes, also when the build fails later. */
  readonly onWarning?: ((problem: Problem) => void) | undefined;
}

export interface BuiltKustomization {
  readonly objects: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  /** The documents as `kustomize build` prints them. */
  yaml(): string;
  readonly warnings: readonly Problem[];
}

/** What the label and the version command say; the version of the real tool whose behaviour this is. */
export const KUSTOMIZE_VERSION = "v5.8.2";

/**
 * Builds the kustomization in a directory of the tree (or a repository's URL), as `kustomize build` does.
 * @throws ProblemError with every problem found; MissingRemote for something remote that `remote` does not have
 */
export function buildKustomization(tree: FileTree, path: string, options: BuildOptions = {}): BuiltKustomization {
  const warnings: Problem[] = [];
  const context = contextOf(options, (problem) => {
    warnings.push(problem);
    options.onWarning?.(problem);
  });
  const restrict = options.loadRestrictor !== "none";
  const loader = Loader.at(tree, path, { restrict, displayRoot: options.displayRoot ?? "", remote: options.remote });
  const target = rootTarget(context, loader);
  const resources = run(target, options, context);
  const objects = resources.map((resource) => ({ object: finish(resource), origin: originOf(resource) }));
  return {
    objects,
    warnings,
    yaml: () => objects.map(({ object }) => encodeYaml(object)).join("---\n"),
  };
}

function contextOf(options: BuildOptions, warn: (problem: Problem) => void): BuildContext {
  const cache = options.cache ?? perBuildCache();
  let isQuiet = false;
  return {
    cache,
    schemas: new SchemaState(),
    helm: options.helm,
    warn: (problem) => void (isQuiet || warn(problem)),
    endWarnings: () => void (isQuiet = true),
    parse: (loaded) => cache.parse(loaded),
  };
}

function rootTarget(context: BuildContext, loader: Loader): Target {
  const target = targetAt(context, loader, { origin: undefined, helmNamespace: "" });
  const { openapi, buildMetadata = [] } = target.kustomization.content;
  context.schemas.use(openapi, loader);
  if (buildMetadata.length === 0) return target;
  return makeTarget(context, loader, target.kustomization, { origin: ROOT_ORIGIN, helmNamespace: "" });
}

/** What is done once, at the root, after everything is gathered. */
function run(target: Target, options: BuildOptions, context: BuildContext): readonly Resource[] {
  const accumulator = accumulateTarget(target, emptyAccumulator());
  const { map, configuration } = accumulator;
  const { content, file } = target.kustomization;
  transformHashes(map);
  fixNameReferences(map, configuration.nameReferences);
  resolveVariables(accumulator, (message) =>
    context.warn({ code: "KustomizeDeprecated", message, file, severity: "warning" }),
  );
  dropLocal(map);
  const order = content.sortOptions ?? { order: options.reorder === "none" ? "fifo" : "legacy" };
  if (content.sortOptions && options.reorder !== undefined) {
    const message =
      "Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI flag ('--reorder'). " +
      "Using the kustomization file over the CLI flag.";
    context.warn({ code: "KustomizeDeprecated", message, file, severity: "warning" });
  }
  within({ file }, "", () => sortResources(map, order));
  const metadata = content.buildMetadata ?? [];
  if (options.managedByLabel || metadata.includes("managedByLabel")) addManagedBy(target, map);
  for (const resource of map.resources) {
    if (!metadata.includes("originAnnotations")) removeAnnotation(resource, ORIGIN_ANNOTATION);
    if (!metadata.includes("transformerAnnotations")) removeAnnotation(resource, TRANSFORMATIONS_ANNOTATION);
  }
  return map.resources;
}

const METADATA_LABELS = { group: "", version: "", kind: "", path: "metadata/labels", create: true };

function addManagedBy(_target: Target, map: Parameters<typeof transformStringMap>[0]): void {
  const labels = new Map([["app.kubernetes.io/managed-by", `kustomize-${KUSTOMIZE_VERSION}`]]);
  transformStringMap(map, labels, [METADATA_LABELS]);
}

function finish(resource: Resource): KubeObject {
  const { root } = resource;
  if (!root) throw problemError("Internal", "a deleted resource was kept");
  finishAnnotations(root);
  return within(addressOf(resource), "", () => toJson(root) as JsonObject as KubeObject);
}

function originOf({ provenance: { file, line, overlays } }: Resource): Origin {
  return { file, ...(line === undefined ? {} : { line }), ...(overlays.length > 0 ? { overlays } : {}) };
}
