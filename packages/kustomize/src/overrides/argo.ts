import {
  cloneJson,
  type FileTree,
  isJsonObject,
  joinPath,
  type Json,
  type JsonObject,
  problemError,
  setOwn,
} from "@fairlead/base";
import { splitImage } from "../transform/image.ts";
import {
  type EditableKustomization,
  findKustomization,
  layOver,
  listIn,
  objectIn,
  textIn,
} from "./kustomization-file.ts";

/** `spec.source.kustomize` of an Argo CD Application, without what is about versions of tools. */
export interface ArgoKustomizeOverrides {
  readonly namePrefix?: string | undefined;
  readonly nameSuffix?: string | undefined;
  /** `name:tag`, `name@digest`, `name=newname:tag`; `*` keeps what the kustomization says. */
  readonly images?: readonly string[] | undefined;
  readonly replicas?: readonly { readonly name: string; readonly count: number | string }[] | undefined;
  readonly commonLabels?: Readonly<Record<string, string>> | undefined;
  readonly forceCommonLabels?: boolean | undefined;
  readonly labelWithoutSelector?: boolean | undefined;
  readonly labelIncludeTemplates?: boolean | undefined;
  readonly commonAnnotations?: Readonly<Record<string, string>> | undefined;
  readonly forceCommonAnnotations?: boolean | undefined;
  readonly commonAnnotationsEnvsubst?: boolean | undefined;
  readonly namespace?: string | undefined;
  readonly patches?: readonly JsonObject[] | undefined;
  readonly components?: readonly string[] | undefined;
  readonly ignoreMissingComponents?: boolean | undefined;
}

/** Build environment variables (`ARGOCD_APP_NAME` and its like) in the form `${NAME}` or `$NAME`. */
export type Environment = Readonly<Record<string, string>>;

/**
 * The tree with an Application's overrides written into the kustomization, as Argo CD does with `kustomize edit` before it builds.
 * @throws ProblemError KustomizationInvalid for an override that cannot be written
 */
export function withArgoOverrides(
  tree: FileTree,
  directory: string,
  overrides: ArgoKustomizeOverrides,
  environment: Environment = {},
): FileTree {
  if (Object.values(overrides).every((value) => value === undefined)) return tree;
  const found = findKustomization(tree, directory);
  if (!found) {
    throw problemError("KustomizationMissing", "kustomization file not found in the path", { file: directory });
  }
  const file = { path: found.path, content: cloneJson(found.content) };
  const { content } = file;
  if (overrides.namePrefix) content["namePrefix"] = overrides.namePrefix;
  if (overrides.nameSuffix) content["nameSuffix"] = overrides.nameSuffix;
  if (overrides.images?.length) {
    setImages(
      file,
      overrides.images.map((image) => substitute(image, environment)),
    );
  }
  if (overrides.replicas?.length) setReplicas(file, overrides.replicas);
  addLabels(file, overrides, environment);
  addAnnotations(file, overrides, environment);
  if (overrides.namespace) content["namespace"] = overrides.namespace;
  if (overrides.patches?.length) content["patches"] = [...listIn(file, "patches"), ...cloneJson(overrides.patches)];
  addComponents(tree, directory, file, overrides);
  return layOver(tree, file);
}

function substitute(text: string, environment: Environment): string {
  return text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g,
    (_, braced: string, bare: string) => {
      const name = braced ?? bare;
      return Object.hasOwn(environment, name) ? (environment[name] ?? "") : "";
    },
  );
}

const KEEP = "*";

/** As `kustomize edit set image`: entries of the same name are replaced, all are sorted by name. */
function setImages(file: EditableKustomization, images: readonly string[]): void {
  const entries = new Map<string, JsonObject>();
  const asked = new Map(
    images.map((image) => parseImage(image, file.path)).map((image) => [textIn(image, "name"), image]),
  );
  for (const [name, image] of asked) entries.set(name, image);
  for (const present of listIn(file, "images")) {
    if (!isJsonObject(present)) continue;
    const name = textIn(present, "name");
    const image = asked.get(name);
    entries.set(name, image ? kept(image, present) : present);
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => kept(image, {}));
  file.content["images"] = sorted;
}

function kept(image: JsonObject, present: JsonObject): JsonObject {
  const result: JsonObject = { ...image };
  for (const field of ["newName", "newTag", "digest"]) {
    if (image[field] !== KEEP) continue;
    if (present[field] === undefined) delete result[field];
    else result[field] = present[field];
  }
  return result;
}

function parseImage(text: string, file: string): JsonObject {
  const equals = text.indexOf("=");
  const value = equals < 0 ? text : text.slice(equals + 1);
  const { name, tag, digest } = splitImage(value);
  if (name === text) {
    throw problemError("KustomizationInvalid", `invalid format of image ${JSON.stringify(text)}`, {
      file,
      hint: "write name:tag, name@digest, or name=newname with a tag or digest behind it",
    });
  }
  return {
    name: equals < 0 ? name : text.slice(0, equals),
    ...(equals < 0 ? {} : { newName: name }),
    ...(tag === "" ? {} : { newTag: tag }),
    ...(digest === "" ? {} : { digest }),
  };
}

function setReplicas(file: EditableKustomization, replicas: NonNullable<ArgoKustomizeOverrides["replicas"]>): void {
  const entries = new Map<string, Json>();
  for (const present of listIn(file, "replicas"))
    if (isJsonObject(present)) entries.set(textIn(present, "name"), present);
  for (const { name, count } of replicas) {
    const number = Number(count);
    if (!Number.isInteger(number) || number < 0) {
      const message = `replicas of ${name}: ${JSON.stringify(count)} is no count`;
      throw problemError("KustomizationInvalid", message, { file: file.path });
    }
    entries.set(name, { name, count: number });
  }
  file.content["replicas"] = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function addLabels(file: EditableKustomization, overrides: ArgoKustomizeOverrides, environment: Environment): void {
  const labels = Object.entries(overrides.commonLabels ?? {});
  if (labels.length === 0) return;
  const { labelWithoutSelector, labelIncludeTemplates = false, forceCommonLabels = false } = overrides;
  if (labelIncludeTemplates && !labelWithoutSelector) {
    const message = "--without-selector flag must be specified for --include-templates to work";
    throw problemError("KustomizationInvalid", message, { hint: "set labelWithoutSelector too" });
  }
  const values = labels.map(([key, value]) => [key, substitute(value, environment)] as const);
  if (!labelWithoutSelector) {
    file.content["commonLabels"] = merged(objectIn(file, "commonLabels"), values, forceCommonLabels, "label", file);
    return;
  }
  const entries = listIn(file, "labels").map((entry) => (isJsonObject(entry) ? { ...entry } : {}));
  let entry = entries.find(
    (one) => !one["includeSelectors"] && Boolean(one["includeTemplates"]) === labelIncludeTemplates,
  );
  if (!entry) entries.push((entry = labelIncludeTemplates ? { includeTemplates: true } : {}));
  const pairs = entry["pairs"];
  entry["pairs"] = merged(isJsonObject(pairs) ? pairs : {}, values, forceCommonLabels, "label", file);
  file.content["labels"] = entries;
}

function addAnnotations(
  file: EditableKustomization,
  overrides: ArgoKustomizeOverrides,
  environment: Environment,
): void {
  const { commonAnnotations = {}, forceCommonAnnotations = false, commonAnnotationsEnvsubst } = overrides;
  const values = Object.entries(commonAnnotations).map(
    ([key, value]) => [key, commonAnnotationsEnvsubst ? substitute(value, environment) : value] as const,
  );
  if (values.length === 0) return;
  const present = objectIn(file, "commonAnnotations");
  file.content["commonAnnotations"] = merged(present, values, forceCommonAnnotations, "annotation", file);
}

function merged(
  present: JsonObject,
  values: readonly (readonly [string, string])[],
  isForced: boolean,
  kind: string,
  { path }: EditableKustomization,
): JsonObject {
  const result = { ...present };
  for (const [key, value] of values) {
    if (Object.hasOwn(present, key) && !isForced) {
      const message = `${kind} ${key} already in kustomization file. Use --force to override.`;
      throw problemError("KustomizationInvalid", message, {
        file: path,
        hint: `set forceCommon${kind === "label" ? "Labels" : "Annotations"}`,
      });
    }
    setOwn(result, key, value);
  }
  return result;
}

function addComponents(
  tree: FileTree,
  directory: string,
  file: EditableKustomization,
  { components = [], ignoreMissingComponents }: ArgoKustomizeOverrides,
): void {
  const present = listIn(file, "components");
  const wanted = components.filter(
    (path) =>
      !present.includes(path) && (!ignoreMissingComponents || tree.stat(joinPath(directory, path)) !== undefined),
  );
  if (wanted.length > 0) file.content["components"] = [...present, ...wanted];
}
