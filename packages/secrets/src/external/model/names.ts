/** Group, labels, annotations and finalizers as External Secrets has them (facts/secrets.md §1D): tools and dashboards know these. */
export const GROUP = "external-secrets.io";
export const GENERATORS_GROUP = "generators.external-secrets.io";
export const CLUSTER_GENERATOR = "ClusterGenerator";
const V1 = `${GROUP}/v1`;

export const EXTERNAL_SECRET = { apiVersion: V1, kind: "ExternalSecret" } as const;
export const CLUSTER_EXTERNAL_SECRET = { apiVersion: V1, kind: "ClusterExternalSecret" } as const;
export const SECRET_STORE = { apiVersion: V1, kind: "SecretStore" } as const;
export const CLUSTER_SECRET_STORE = { apiVersion: V1, kind: "ClusterSecretStore" } as const;
const ALPHA = `${GROUP}/v1alpha1`;
export const PUSH_SECRET = { apiVersion: ALPHA, kind: "PushSecret" } as const;
export const CLUSTER_PUSH_SECRET = { apiVersion: ALPHA, kind: "ClusterPushSecret" } as const;
export const GENERATOR_STATE = { apiVersion: `${GENERATORS_GROUP}/v1alpha1`, kind: "GeneratorState" } as const;
export const SECRET = { apiVersion: "v1", kind: "Secret" } as const;

export const LABEL_MANAGED = "reconcile.external-secrets.io/managed";
export const LABEL_OWNER = "reconcile.external-secrets.io/created-by";
export const ANNOTATION_DATA_HASH = "reconcile.external-secrets.io/data-hash";
/** Whose a GeneratorState is: a hash of kind, namespace, name and the place in its spec. */
export const LABEL_STATE_OWNER = "generators.external-secrets.io/owner-key";
export const STATE_FINALIZER = "generatorstate.externalsecrets.io/finalizer";
export const CLEANUP_FINALIZER = "externalsecrets.external-secrets.io/externalsecret-cleanup";
