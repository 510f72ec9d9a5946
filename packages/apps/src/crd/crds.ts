import type { KubeObject } from "@fairlead/apimachinery";
import { ARGO_GROUP } from "../names.ts";
import { applicationSpecSchema, applicationStatusSchema, operationSchema } from "./application-schema.ts";
import { applicationSetSpecSchema, applicationSetStatusSchema } from "./applicationset-schema.ts";
import { projectSpecSchema, projectStatusSchema } from "./project-schema.ts";
import { object, string, type Schema } from "./schema.ts";

interface CrdNames {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
}

interface CrdShape {
  readonly schema: Schema;
  /** Whether status is a subresource. Application: no, as in Argo CD, whose tools write status through the main endpoint. */
  readonly hasStatusSubresource: boolean;
  readonly columns?: readonly { name: string; jsonPath: string; priority?: number }[];
}

/**
 * The CustomResourceDefinitions of Application, AppProject and ApplicationSet: Argo CD's names, short names, printer columns and
 * subresources, with schemas written by us from the field list (facts/argocd.md §1). New objects on each call.
 */
export function applicationCrds(): KubeObject[] {
  return [
    crd(
      { kind: "Application", plural: "applications", singular: "application", shortNames: ["app", "apps"] },
      {
        schema: resource(
          { spec: applicationSpecSchema(), status: applicationStatusSchema(), operation: operationSchema() },
          ["metadata", "spec"],
        ),
        hasStatusSubresource: false,
        columns: [
          { name: "Sync Status", jsonPath: ".status.sync.status" },
          { name: "Health Status", jsonPath: ".status.health.status" },
          { name: "Revision", jsonPath: ".status.sync.revision", priority: 10 },
          { name: "Project", jsonPath: ".spec.project", priority: 10 },
        ],
      },
    ),
    crd(
      {
        kind: "AppProject",
        plural: "appprojects",
        singular: "appproject",
        shortNames: ["appproj", "appprojs"],
      },
      {
        schema: resource({ spec: projectSpecSchema(), status: projectStatusSchema() }, ["metadata", "spec"]),
        hasStatusSubresource: false,
      },
    ),
    crd(
      {
        kind: "ApplicationSet",
        plural: "applicationsets",
        singular: "applicationset",
        shortNames: ["appset", "appsets"],
      },
      {
        schema: resource({ spec: applicationSetSpecSchema(), status: applicationSetStatusSchema() }, [
          "metadata",
          "spec",
        ]),
        hasStatusSubresource: true,
      },
    ),
  ];
}

function resource(parts: Record<string, Schema>, required: readonly string[]): Schema {
  return object({ apiVersion: string(), kind: string(), metadata: { type: "object" }, ...parts }, required);
}

function crd(names: CrdNames, shape: CrdShape): KubeObject {
  const fullName = `${names.plural}.${ARGO_GROUP}`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: fullName,
      labels: { "app.kubernetes.io/name": fullName, "app.kubernetes.io/part-of": "argocd" },
    },
    spec: {
      group: ARGO_GROUP,
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.singular,
        shortNames: [...names.shortNames],
      },
      scope: "Namespaced",
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: shape.schema },
          subresources: shape.hasStatusSubresource ? { status: {} } : {},
          ...(shape.columns
            ? { additionalPrinterColumns: shape.columns.map((column) => ({ type: "string", ...column })) }
            : {}),
        },
      ],
    },
  };
}
