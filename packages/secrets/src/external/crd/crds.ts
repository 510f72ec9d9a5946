import type { KubeObject } from "@fairlead/apimachinery";
import { GENERATORS } from "../generators/index.ts";
import { CLUSTER_GENERATOR, GENERATORS_GROUP, GROUP } from "../model/names.ts";
import {
  clusterExternalSecretSpec,
  conditionsStatus,
  externalSecretSpec,
  externalSecretStatus,
  free,
  generatorStateSpec,
  clusterPushSecretSpec,
  pushSecretSpec,
  pushSecretStatus,
  storeSpec,
  type Schema,
} from "./schema.ts";

interface Definition {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  readonly versions: readonly string[];
  readonly spec: Schema;
  readonly status: Schema;
  /** Whether status is written apart. Default true. */
  readonly hasStatusApart?: boolean;
  readonly columns?: readonly { name: string; jsonPath: string; type?: string }[];
}

const READY = (name: string, field: string) => ({ name, jsonPath: `.status.conditions[?(@.type=="Ready")].${field}` });
const SYNC_COLUMNS = [
  { name: "StoreType", jsonPath: ".spec.secretStoreRef.kind" },
  { name: "Store", jsonPath: ".spec.secretStoreRef.name" },
  { name: "Refresh Interval", jsonPath: ".spec.refreshInterval" },
  READY("Status", "reason"),
  READY("Ready", "status"),
  { name: "Last Sync", jsonPath: ".status.refreshTime", type: "date" },
];
const AGE = { name: "AGE", jsonPath: ".metadata.creationTimestamp", type: "date" };
const STORE_COLUMNS = [
  AGE,
  READY("Status", "reason"),
  { name: "Capabilities", jsonPath: ".status.capabilities" },
  READY("Ready", "status"),
];
/** v1 and v1beta1 are one shape, so both are served and nothing has to be converted; External Secrets stopped serving the second. */
const BOTH = ["v1", "v1beta1"];

/** The kinds of External Secrets that are looked after here, with their own names and columns. New objects on each call. */
export function externalSecretsCrds(): KubeObject[] {
  const common = { group: GROUP, versions: BOTH };
  const definitions: Definition[] = [
    {
      ...common,
      kind: "ExternalSecret",
      plural: "externalsecrets",
      shortNames: ["es"],
      isNamespaced: true,
      spec: externalSecretSpec(),
      status: externalSecretStatus(),
      columns: SYNC_COLUMNS,
    },
    {
      ...common,
      kind: "ClusterExternalSecret",
      plural: "clusterexternalsecrets",
      shortNames: ["ces"],
      isNamespaced: false,
      spec: clusterExternalSecretSpec(),
      status: conditionsStatus(),
      columns: [READY("Ready", "status")],
    },
    {
      ...common,
      kind: "SecretStore",
      plural: "secretstores",
      shortNames: ["ss"],
      isNamespaced: true,
      spec: storeSpec(),
      status: conditionsStatus(),
      columns: STORE_COLUMNS,
    },
    {
      ...common,
      kind: "ClusterSecretStore",
      plural: "clustersecretstores",
      shortNames: ["css"],
      isNamespaced: false,
      spec: storeSpec(),
      status: conditionsStatus(),
      columns: STORE_COLUMNS,
    },
    {
      group: GROUP,
      versions: ["v1alpha1"],
      kind: "PushSecret",
      plural: "pushsecrets",
      shortNames: ["ps"],
      isNamespaced: true,
      spec: pushSecretSpec(),
      status: pushSecretStatus(),
      columns: [AGE, READY("Status", "reason"), { name: "Last Sync", jsonPath: ".status.refreshTime", type: "date" }],
    },
    {
      group: GROUP,
      versions: ["v1alpha1"],
      kind: "ClusterPushSecret",
      plural: "clusterpushsecrets",
      shortNames: [],
      isNamespaced: false,
      spec: clusterPushSecretSpec(),
      status: conditionsStatus(),
      columns: [AGE, READY("Status", "reason")],
    },
    ...generatorDefinitions(),
  ];
  return definitions.map(crd);
}

function generatorDefinitions(): Definition[] {
  return [
    {
      group: GENERATORS_GROUP,
      versions: ["v1alpha1"],
      kind: "GeneratorState",
      plural: "generatorstates",
      shortNames: ["gs"],
      isNamespaced: true,
      spec: generatorStateSpec(),
      status: conditionsStatus(),
      hasStatusApart: false,
      columns: [
        { name: "GC Deadline", jsonPath: ".spec.garbageCollectionDeadline" },
        { name: "Age", jsonPath: ".metadata.creationTimestamp", type: "date" },
      ],
    },
    ...[CLUSTER_GENERATOR, ...GENERATORS.map(({ kind }) => kind)].map((kind) => ({
      group: GENERATORS_GROUP,
      versions: ["v1alpha1"],
      kind,
      plural: `${kind.toLowerCase()}s`,
      shortNames: [],
      isNamespaced: kind !== CLUSTER_GENERATOR,
      spec: free(),
      status: free(),
    })),
  ];
}

function crd({
  group,
  kind,
  plural,
  shortNames,
  isNamespaced,
  versions,
  spec,
  status,
  columns = [],
  hasStatusApart = true,
}: Definition): KubeObject {
  const singular = kind.toLowerCase();
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { type: "object" },
        spec,
        status,
      },
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: isNamespaced ? "Namespaced" : "Cluster",
      names: {
        kind,
        plural,
        singular,
        listKind: `${kind}List`,
        shortNames: [...shortNames],
        categories: ["external-secrets"],
      },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema,
        subresources: hasStatusApart ? { status: {} } : {},
        additionalPrinterColumns: columns.map((column) => ({ type: "string", ...column })),
      })),
    },
  } as unknown as KubeObject;
}
