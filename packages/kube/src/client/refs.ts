/** A kind as objects name it: `{apiVersion: "apps/v1", kind: "Deployment"}`. Any object is a KindRef too. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Names one object in the version it is to be asked for. `namespace` is ignored for cluster-scoped kinds. */
export interface NamedRef extends KindRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}
