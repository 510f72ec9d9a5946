import {
  cloneJson,
  type FileTree,
  isJsonObject,
  joinPath,
  type Json,
  type JsonObject,
  problemError,
} from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { BuildOptions } from "../build.ts";
import {
  type EditableKustomization,
  findKustomization,
  KUSTOMIZATION_FILE_NAMES,
  layOver,
  listIn,
  textIn,
} from "./kustomization-file.ts";

/** What a Flux Kustomization lays over the kustomization at its path. */
export interface FluxKustomizeOverrides {
  readonly targetNamespace?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly nameSuffix?: string | undefined;
  readonly patches?: readonly { readonly patch: string; readonly target?: JsonObject | undefined }[] | undefined;
  readonly images?:
    | readonly {
        readonly name: string;
        readonly newName?: string | undefined;
        readonly newTag?: string | undefined;
        readonly digest?: string | undefined;
      }[]
    | undefined;
  readonly components?: readonly string[] | undefined;
  readonly ignoreMissingComponents?: boolean | undefined;
  readonly buildMetadata?: readonly string[] | undefined;
}

/** How Flux builds: files may be anywhere in the artifact, and objects keep the order in which they were gathered. */
export const FLUX_BUILD_OPTIONS = { loadRestrictor: "none", reorder: "none" } as const satisfies BuildOptions;

/**
 * The tree with a Flux Kustomization's overrides written into the kustomization, which is generated where there is none: every YAML
 * file below the directory, and sub-directories with a kustomization of their own as they are.
 * @throws ProblemError KustomizationInvalid
 */
export function withFluxOverrides(tree: FileTree, directory: string, overrides: FluxKustomizeOverrides): FileTree {
  const found = findKustomization(tree, directory);
  const file = found ? { path: found.path, content: cloneJson(found.content) } : generated(tree, directory);
  const { content } = file;
  // Without resources the build would be refused as empty.
  if (found && listIn(file, "resources").length === 0) content["buildMetadata"] = ["originAnnotations"];
  if (overrides.targetNamespace) content["namespace"] = overrides.targetNamespace;
  if (overrides.namePrefix) content["namePrefix"] = overrides.namePrefix;
  if (overrides.nameSuffix) content["nameSuffix"] = overrides.nameSuffix;
  const patches = (overrides.patches ?? []).map(({ patch, target }): Json => (target ? { patch, target } : { patch }));
  if (patches.length > 0) content["patches"] = [...listIn(file, "patches"), ...patches];
  addComponents(tree, directory, file, overrides);
  if (overrides.images?.length) mergeImages(file, overrides.images);
  if (overrides.buildMetadata?.length) content["buildMetadata"] = [...overrides.buildMetadata];
  return layOver(tree, file);
}

function generated(tree: FileTree, directory: string): EditableKustomization {
  const resources = manifestsBelow(tree, directory, "");
  const content: JsonObject = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    ...(resources.length > 0 ? { resources } : { namespace: "_placeholder" }),
  };
  return { path: joinPath(directory, KUSTOMIZATION_FILE_NAMES[0]), content };
}

/** Paths relative to the directory, in the order of their names. */
function manifestsBelow(tree: FileTree, directory: string, below: string): string[] {
  return tree.list(joinPath(directory, below)).flatMap(({ name, kind }) => {
    const path = below === "" ? name : `${below}/${name}`;
    if (kind === "directory") {
      const isKustomization = KUSTOMIZATION_FILE_NAMES.some(
        (file) => tree.stat(joinPath(directory, path, file))?.kind === "file",
      );
      return isKustomization ? [`./${path}`] : manifestsBelow(tree, directory, path);
    }
    return /\.ya?ml$/.test(name) ? [`./${path}`] : [];
  });
}

function addComponents(
  tree: FileTree,
  directory: string,
  file: EditableKustomization,
  { components = [], ignoreMissingComponents }: FluxKustomizeOverrides,
): void {
  const added: Json[] = [];
  for (const path of components) {
    if (path.startsWith("/") || path.includes("://")) {
      throw problemError("KustomizationInvalid", `component path '${path}' must be local and relative`);
    }
    if (ignoreMissingComponents && tree.stat(joinPath(directory, path)) === undefined) continue;
    added.push(path);
  }
  if (added.length > 0) file.content["components"] = [...listIn(file, "components"), ...added];
}

/** A new name alone keeps the tag; tag and digest are replaced together, since both choose the version. */
function mergeImages(file: EditableKustomization, images: NonNullable<FluxKustomizeOverrides["images"]>): void {
  const entries = listIn(file, "images").map((entry) => (isJsonObject(entry) ? { ...entry } : {}));
  for (const { name, newName, newTag, digest } of images) {
    let entry = entries.find((one) => textIn(one, "name") === name);
    if (!entry) entries.push((entry = { name }));
    if (newName) entry["newName"] = newName;
    if (!newTag && !digest) continue;
    delete entry["newTag"];
    delete entry["digest"];
    if (newTag) entry["newTag"] = newTag;
    if (digest) entry["digest"] = digest;
  }
  file.content["images"] = entries;
}

/** Labels and annotations for every object, over what it has; applied to what a build gave, not by the build. */
export function withCommonMetadata(
  objects: readonly KubeObject[],
  metadata: {
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
  },
): KubeObject[] {
  return objects.map((object) => {
    const { labels, annotations } = object.metadata;
    return {
      ...object,
      metadata: {
        ...object.metadata,
        ...(metadata.labels ? { labels: { ...labels, ...metadata.labels } } : {}),
        ...(metadata.annotations ? { annotations: { ...annotations, ...metadata.annotations } } : {}),
      },
    };
  });
}
