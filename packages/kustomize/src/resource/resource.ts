import { copyNode, fieldOf, isEmpty, setField, textOf } from "../node/ops.ts";
import { untypedNode } from "../node/scalar.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import type { SchemaStore } from "../merge/schema.ts";
import { type Gvk, gvkFrom } from "./gvk.ts";
import { effectiveNamespaceOf, type ResourceId } from "./id.ts";
import type { Provenance } from "./provenance.ts";

/** What a resource was called before; the namespace is the effective one. */
export interface PreviousId {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
}

/** One object on its way through a build: its document, and the notes the real tool keeps in internal annotations. */
export class Resource {
  /** Undefined once a patch deleted it. */
  root: MappingNode | undefined;
  readonly schemas: SchemaStore;
  provenance: Provenance;
  /** Oldest first. */
  previous: PreviousId[] = [];
  prefixes: string[] = [];
  suffixes: string[] = [];
  /** Variables that read from this resource. */
  varNames: string[] = [];
  /** `create`, `merge`, `replace` or `unspecified`; "" for what no generator made. */
  behavior = "";
  needsHash = false;
  isHelmGenerated = false;
  /** Of patches: whether they may rename what they patch. */
  allowNameChange = false;
  allowKindChange = false;

  #id: { readonly apiVersion: string; readonly id: ResourceId } | undefined;

  constructor(root: MappingNode, schemas: SchemaStore, provenance: Provenance) {
    this.root = root;
    this.schemas = schemas;
    this.provenance = provenance;
  }

  get isGone(): boolean {
    return isEmpty(this.root);
  }

  get apiVersion(): string {
    return textOf(this.root?.fields.get("apiVersion"));
  }

  get kind(): string {
    return textOf(this.root?.fields.get("kind"));
  }

  get name(): string {
    return textOf(fieldOf(this.root?.fields.get("metadata"), "name"));
  }

  get namespace(): string {
    return textOf(fieldOf(this.root?.fields.get("metadata"), "namespace"));
  }

  get gvk(): Gvk {
    return this.currentId.gvk;
  }

  get isClusterScoped(): boolean {
    return this.schemas.isClusterScoped(this.apiVersion, this.kind);
  }

  /** Kept until one of the four texts changes: it is asked for far more often than that. */
  get currentId(): ResourceId {
    const { apiVersion, kind, name, namespace } = this;
    const known = this.#id;
    if (
      known?.apiVersion === apiVersion &&
      known.id.gvk.kind === kind &&
      known.id.name === name &&
      known.id.namespace === namespace
    ) {
      return known.id;
    }
    const effectiveNamespace = effectiveNamespaceOf(namespace, this.isClusterScoped);
    const id: ResourceId = { gvk: gvkFrom(apiVersion, kind), name, namespace, effectiveNamespace };
    this.#id = { apiVersion, id };
    return id;
  }

  get previousIds(): ResourceId[] {
    const { group, version } = this.gvk;
    return this.previous.map(({ name, namespace, kind }) => ({
      gvk: { group, version, kind },
      name,
      namespace,
      effectiveNamespace: namespace === "" ? "default" : namespace,
    }));
  }

  /** The first identity it ever had. */
  get originalId(): ResourceId {
    return this.previous.length > 0 ? (this.previousIds[0] as ResourceId) : this.currentId;
  }

  /** To be called before name, namespace or kind change. */
  rememberId(): void {
    const { name, effectiveNamespace, gvk } = this.currentId;
    this.previous.push({ name, namespace: effectiveNamespace, kind: gvk.kind });
  }

  setName(name: string): void {
    const metadata = this.#metadata();
    if (metadata) setField(metadata, "name", untypedNode(name));
  }

  setKind(kind: string): void {
    if (this.root) setField(this.root, "kind", untypedNode(kind));
  }

  setApiVersion(apiVersion: string): void {
    if (this.root) setField(this.root, "apiVersion", untypedNode(apiVersion));
  }

  /** An empty namespace takes the field away. */
  setNamespace(namespace: string): void {
    const metadata = this.#metadata();
    if (namespace === "") metadata?.fields.delete("namespace");
    else if (metadata) setField(metadata, "namespace", untypedNode(namespace));
  }

  #metadata(): MappingNode | undefined {
    const present: KNode | undefined = this.root?.fields.get("metadata");
    return present?.kind === "mapping" ? present : undefined;
  }

  copy(): Resource {
    const root: MappingNode = this.root ? copyNode(this.root) : { kind: "mapping", fields: new Map() };
    const copy = new Resource(root, this.schemas, { ...this.provenance, overlays: [...this.provenance.overlays] });
    copy.previous = [...this.previous];
    copy.prefixes = [...this.prefixes];
    copy.suffixes = [...this.suffixes];
    copy.varNames = [...this.varNames];
    copy.behavior = this.behavior;
    copy.needsHash = this.needsHash;
    copy.isHelmGenerated = this.isHelmGenerated;
    copy.allowNameChange = this.allowNameChange;
    copy.allowKindChange = this.allowKindChange;
    return copy;
  }
}

/** Where a problem about a resource is. */
export function addressOf(resource: Resource): { file: string; line: number | undefined; object: string } {
  const { namespace, name, kind, provenance } = resource;
  return { file: provenance.file, line: provenance.line, object: `${kind} ${namespace ? `${namespace}/` : ""}${name}` };
}
