import type { Json, JsonObject } from "@fairlead/base";
import type { GroupVersionKind } from "../object/types.ts";

export type SchemaType = "object" | "array" | "string" | "integer" | "number" | "boolean";

/** A validation rule in CEL, as CRDs carry them in x-kubernetes-validations. */
export interface CelRule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly messageExpression?: string | undefined;
  readonly reason?: string | undefined;
  readonly fieldPath?: string | undefined;
  readonly optionalOldSelf?: boolean | undefined;
}

/** What a schema says of a value itself, without its children. Names are those of OpenAPI, without the x-kubernetes- prefix. */
export interface SchemaFacts {
  /** Name of the definition this node is, or refers to; absent for nodes written in place and for CRDs. */
  readonly ref?: string | undefined;
  readonly type?: SchemaType | undefined;
  readonly format?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: Json | undefined;
  readonly required?: readonly string[] | undefined;
  readonly nullable?: boolean | undefined;
  readonly listType?: "atomic" | "set" | "map" | undefined;
  readonly listMapKeys?: readonly string[] | undefined;
  readonly mapType?: "atomic" | "granular" | undefined;
  readonly patchStrategy?: string | undefined;
  readonly patchMergeKey?: string | undefined;
  readonly preserveUnknown?: boolean | undefined;
  /** Set below a node that preserves unknown fields: structured merge lets that hold for everything inside. */
  readonly preserveUnknownInherited?: boolean | undefined;
  readonly embeddedResource?: boolean | undefined;
  readonly intOrString?: boolean | undefined;
  /**
   * How Go writes the field when it isn't set, where OpenAPI doesn't say: `omitted`, so are zero values that were set (`""`, 0,
   * false); `null` and `"0"`, that is written all the same. Only of built-in kinds.
   */
  readonly zeroValue?: "omitted" | "null" | "0" | undefined;
  /** A scalar whose text the server rewrites: a Quantity. */
  readonly untypedScalar?: boolean | undefined;
  readonly enum?: readonly Json[] | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly validations?: readonly CelRule[] | undefined;
  readonly kinds?: readonly GroupVersionKind[] | undefined;
  readonly unions?: readonly JsonObject[] | undefined;
}

/**
 * One node of a schema, whoever wrote it: a built-in kind of Kubernetes or a CRD. The same model serves structured merge,
 * strategic merge patch, pruning, defaulting, validation and OpenAPI output. Children are made when they are first asked for,
 * so recursive schemas are no problem and unused ones cost nothing.
 */
export interface SchemaNode extends SchemaFacts {
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly additionalProperties?: SchemaNode | boolean | undefined;
  readonly items?: SchemaNode | undefined;
  readonly allOf?: readonly SchemaNode[] | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly oneOf?: readonly SchemaNode[] | undefined;
  readonly not?: SchemaNode | undefined;
}

export interface SchemaSet {
  /** Version of the server the table was made from, as `v1.35.0`. */
  readonly serverVersion: string;
  /** The schema of a kind; undefined for kinds that are not built in. */
  forKind(gvk: GroupVersionKind): SchemaNode | undefined;
  /** By definition name, as `io.k8s.api.core.v1.Pod`. */
  definition(name: string): SchemaNode | undefined;
  readonly definitionNames: readonly string[];
}

/** A subresource in discovery. Its kind may be of another group: `scale` is autoscaling/v1 Scale. */
export interface ApiSubresource {
  readonly name: string;
  readonly kind: string;
  readonly kindGroup?: string | undefined;
  readonly kindVersion?: string | undefined;
  readonly verbs: readonly string[];
}

/** A resource as discovery tells of it. */
export interface ApiResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly verbs: readonly string[];
  readonly subresources?: readonly ApiSubresource[] | undefined;
}
