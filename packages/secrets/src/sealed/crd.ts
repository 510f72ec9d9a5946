import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";

const STRING = { type: "string" } as const;
const ANY = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const TIME = { type: "string", format: "date-time", nullable: true } as const;

/** bitnami.com/v1alpha1 SealedSecret (facts/secrets.md 1A). Unknown keys are kept: a wrong one should be told, not vanish. */
export function sealedSecretCrd(): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "sealedsecrets.bitnami.com" },
    spec: {
      group: "bitnami.com",
      names: { kind: "SealedSecret", listKind: "SealedSecretList", plural: "sealedsecrets", singular: "sealedsecret" },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { jsonPath: ".status.conditions[0].message", name: "Status", type: "string" },
            { jsonPath: ".status.conditions[0].status", name: "Synced", type: "string" },
            { jsonPath: ".metadata.creationTimestamp", name: "Age", type: "date" },
          ],
          schema: { openAPIV3Schema: schema() },
        },
      ],
    },
  };
}

function schema(): JsonObject {
  const template = {
    type: "object",
    properties: {
      data: { type: "object", additionalProperties: { ...STRING, nullable: true }, nullable: true },
      immutable: { type: "boolean" },
      metadata: { ...ANY, nullable: true },
      type: STRING,
    },
  };
  const condition = {
    type: "object",
    required: ["status", "type"],
    properties: {
      lastTransitionTime: TIME,
      lastUpdateTime: TIME,
      message: STRING,
      reason: STRING,
      status: STRING,
      type: STRING,
    },
  };
  const properties = {
    apiVersion: STRING,
    kind: STRING,
    metadata: { type: "object" },
    spec: {
      type: "object",
      required: ["encryptedData"],
      properties: { data: STRING, encryptedData: ANY, template },
    },
    status: {
      ...ANY,
      properties: {
        conditions: { type: "array", items: condition },
        observedGeneration: { type: "integer", format: "int64" },
      },
    },
  };
  return { type: "object", required: ["spec"], properties };
}
