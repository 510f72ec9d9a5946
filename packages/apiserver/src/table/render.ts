import type { KubeObject } from "@fairlead/apimachinery";
import type { Representation } from "../http/negotiate.ts";
import type { Query } from "../http/request-info.ts";
import { badRequest, StatusError } from "../http/status.ts";
import type { Resource } from "../registry/types.ts";

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** meta.k8s.io Table, rows for `objects`. */
export interface Table {
  readonly kind: "Table";
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** null in all but the first event of a watch. */
  readonly columnDefinitions: readonly unknown[] | null;
  readonly rows: readonly unknown[];
}

export type IncludeObject = "None" | "Metadata" | "Object";

/** @throws StatusError 400 for another value than those */
export function includeObjectOf(query: Query): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

export interface TableOptions {
  readonly include: IncludeObject;
  readonly metaVersion: "v1" | "v1beta1";
  readonly withColumns: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
}

export function tableOf(resource: Resource, objects: readonly KubeObject[], options: TableOptions): Table {
  const { printer } = resource;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.metaVersion}`,
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? printer.columns.map(columnDefinition) : null,
    rows: objects.map((object) => ({
      cells: printer.cells(object, options.nowMs),
      conditions: printer.conditions?.(object),
      object:
        options.include === "None"
          ? null
          : options.include === "Object"
            ? object
            : rowObject(object, options.metaVersion),
    })),
  };
}

function columnDefinition(column: Resource["printer"]["columns"][number]): unknown {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description ?? "",
    priority: column.priority ?? 0,
  };
}

export function partial(object: KubeObject, metaVersion: "v1" | "v1beta1"): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}

/** kube-apiserver makes rows of its internal form, to which the annotation of apps/v1 DaemonSets is a field of the spec. */
function rowObject(object: KubeObject, metaVersion: "v1" | "v1beta1"): KubeObject {
  const shown = partial(object, metaVersion);
  const { [TEMPLATE_GENERATION]: generation, ...annotations } = object.metadata.annotations ?? {};
  if (generation === undefined) return shown;
  const { annotations: _annotations, ...metadata } = object.metadata;
  return { ...shown, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
}

/** The words of kube-apiserver, which names the Go type. */
function notAList({ group, kind, isCustom }: Resource): StatusError {
  const type = isCustom
    ? "unstructured.Unstructured"
    : `${group === "" ? "core" : (group.split(".", 1)[0] ?? "")}.${kind}`;
  return new StatusError(
    406,
    "NotAcceptable",
    `you requested PartialObjectMetadataList, but the requested object is not a list (*${type})`,
  );
}

/** One object in the form the client asked for. */
export function represent(
  resource: Resource,
  object: KubeObject,
  representation: Representation,
  query: Query,
  nowMs: number,
): unknown {
  const metaVersion = representation.metaVersion ?? "v1";
  if (representation.as === "Table") {
    const { resourceVersion } = object.metadata;
    return tableOf(resource, [object], {
      include: includeObjectOf(query),
      metaVersion,
      withColumns: true,
      metadata: resourceVersion === undefined ? {} : { resourceVersion },
      nowMs,
    });
  }
  if (representation.as === "PartialObjectMetadataList") throw notAList(resource);
  if (representation.as === "PartialObjectMetadata") return partial(object, metaVersion);
  return object;
}
