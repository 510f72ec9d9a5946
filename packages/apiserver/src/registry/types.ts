import type { ApiSubresource, KubeObject, SchemaNode } from "@fairlead/apimachinery";
import type { FieldFault } from "../http/status.ts";
import type { Entry } from "../storage/entry.ts";

/** Who makes a request, after authentication and impersonation. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What the audit log wants to know of a request; filled on the way. */
export interface AuditRecord {
  readonly level: "None" | "Metadata" | "Request" | "RequestResponse";
  request?: Uint8Array;
  response?: Uint8Array;
}

/** What goes with one request through all layers. */
export interface RequestContext {
  readonly user: UserInfo;
  readonly userAgent: string;
  /** Names the request in the answer's header and in the audit log; absent for requests of the server itself. */
  readonly auditId?: string;
  /** The flow schema it falls under and its priority level; absent where requests are not told apart. */
  readonly flow?: FlowNames | undefined;
  /** What the audit log is to say; the bodies are kept where it wants them. */
  readonly audit?: AuditRecord;
  /** Sent as `Warning: 299` headers. */
  readonly warnings: string[];
  readonly auditAnnotations: Record<string, string>;
  /** Requests of the server itself skip webhooks and policies. */
  readonly isInternal?: boolean;
}

/** What the headers X-Kubernetes-PF-* say. */
export interface FlowNames {
  readonly schemaUid: string;
  readonly levelUid: string;
}

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  /** What of these the client said itself, as webhooks are told. */
  readonly given?: { readonly fieldManager?: string; readonly fieldValidation?: string };
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined };
}

/** One column of a Table, and how its cell is made. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description?: string;
  /** Above 0: only in wide output. */
  readonly priority?: number;
}

/** meta.k8s.io TableRowCondition. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface TablePrinter {
  readonly columns: readonly Column[];
  cells(object: KubeObject, nowMs: number): unknown[];
  /** What a row says about its object beside the cells; clients grey completed ones out. */
  readonly conditions?: (object: KubeObject) => readonly RowCondition[] | undefined;
}

/** The rules of one kind that are not in its schema: k8s.io/kubernetes/pkg/registry/<group>/<kind>/strategy.go. */
export interface Strategy {
  /** Whether a change raises metadata.generation; undefined: the kind has no generation. */
  readonly generation?: ((before: KubeObject, after: KubeObject) => boolean) | undefined;
  /** The first change makes the generation 1, not the creation. */
  readonly startsAtZero?: boolean;
  /** A write of status leaves labels as they are; of custom kinds it always does. */
  readonly keepsLabelsOfStatus?: boolean;
  /** PUT of an absent object creates it. */
  readonly createsOnUpdate?: boolean;
  /** PUT without resourceVersion is refused. */
  readonly needsResourceVersion?: boolean;
  /** /status is a subresource: writes elsewhere leave status alone, and the other way round. */
  readonly hasStatus: boolean;
  readonly prepareForCreate?: ((object: KubeObject, context: RequestContext) => void) | undefined;
  readonly prepareForUpdate?: ((after: KubeObject, before: KubeObject, context: RequestContext) => void) | undefined;
  readonly prepareForStatusUpdate?: ((after: KubeObject, before: KubeObject, nowMs: number) => void) | undefined;
  /** Endpoints that write a part of the status by rules of their own, `status` itself among them. */
  readonly endpoints?: Readonly<Record<string, StatusEndpoint>>;
  /** Called on the object when its deletion is asked for, before finalizers are looked at. */
  readonly prepareForDelete?: ((object: KubeObject, nowMs: number) => void) | undefined;
  /** Seconds an object lives on after a deletion; undefined: the kind has no graceful deletion. */
  readonly gracePeriodSeconds?: ((object: KubeObject, asked: number | undefined) => number) | undefined;
  readonly defaultPropagation?: "Orphan" | "Background";
  /** What a name may be: `dns1123Subdomain` unless the schema's validation says otherwise. */
  readonly name?: "subdomain" | "label" | "path" | "label1035";
}

/** What an endpoint may change of the status: `prepare` takes back the rest, `faults` says what is wrong with what is left. */
export interface StatusEndpoint {
  prepare(after: KubeObject, before: KubeObject, nowMs: number): void;
  faults(after: KubeObject, before: KubeObject): FieldFault[];
}

/** One resource as it is served in one version. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: ReadonlySet<string>;
  readonly subresources: readonly ApiSubresource[];
  /** Where objects are kept, `group/plural`: versions of a kind share it, and both groups of events do. */
  readonly storage: string;
  /** The version objects are kept in. */
  readonly storageVersion: string;
  readonly isCustom: boolean;
  readonly schema: SchemaNode | undefined;
  readonly strategy: Strategy;
  readonly printer: TablePrinter;
  /** From the stored version to this one and back; undefined: the versions differ in nothing. */
  readonly conversion?: Conversion | undefined;
  /** Set for custom resources. */
  readonly custom?: CustomRules | undefined;
}

export interface Conversion {
  toServed(stored: KubeObject): KubeObject;
  toStored(served: KubeObject): KubeObject;
}

/** What a CRD says beyond a schema. */
export interface CustomRules {
  readonly crdName: string;
  /** Paths a fieldSelector may name, as `spec.colour`. */
  readonly selectableFields: readonly string[];
  readonly scale?:
    | {
        readonly specReplicasPath: string;
        readonly statusReplicasPath: string;
        readonly labelSelectorPath?: string | undefined;
      }
    | undefined;
  /** Unknown fields taken away and named, metadata in its form, defaults filled in. */
  readonly decode: (object: KubeObject) => { readonly object: KubeObject; readonly unknown: readonly string[] };
  readonly validate: (object: KubeObject, before: KubeObject | undefined) => FieldFault[];
  /** Whether reading may change what is stored: the schema has defaults, or versions are converted. */
  readonly rewritesOnRead: boolean;
  /** Conversion by webhook. */
  readonly converter?: CustomConverter | undefined;
}

/** Thrown where work that cannot wait needs an object in another version; `convert` waits, then the work is done again. */
export class ConversionNeeded extends Error {
  readonly convert: () => Promise<void>;

  constructor(convert: () => Promise<void>) {
    super("the object is needed in another version");
    this.convert = convert;
  }
}

/** Versions that only a webhook can make of each other; see crd/converter.ts. */
export interface CustomConverter {
  formsOf(object: KubeObject, version: string): Promise<Map<string, KubeObject>>;
  attach(entry: Entry, forms: Map<string, KubeObject>): void;
  leave(entry: Entry): void;
  prepare(resource: Resource, entries: readonly Entry[]): Promise<void>;
  decode(resource: Resource, entry: Entry): KubeObject;
  /** @throws ConversionNeeded */
  made(object: Partial<KubeObject>, own: string, version: string): KubeObject;
}
