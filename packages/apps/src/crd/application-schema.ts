import { boolean, integer, list, object, string, stringMap, strings, time, type Schema } from "./schema.ts";
import { destinationSchema, ignoreDifferencesSchema, infoSchema, retrySchema, sourceSchema } from "./source-schema.ts";

/** `project` may be absent, which means `default`: Argo CD's own schema would refuse manifests that PRODUCT.md promises to take. */
export function applicationSpecSchema(): Schema {
  return object(
    {
      project: string(),
      source: sourceSchema(),
      sources: list(sourceSchema()),
      sourceHydrator: hydratorSchema(),
      destination: destinationSchema(),
      syncPolicy: syncPolicySchema(),
      ignoreDifferences: ignoreDifferencesSchema(),
      info: infoSchema(),
      revisionHistoryLimit: integer(),
    },
    ["destination"],
  );
}

function syncPolicySchema(): Schema {
  return object({
    automated: object({ enabled: boolean(), prune: boolean(), selfHeal: boolean(), allowEmpty: boolean() }),
    syncOptions: strings(),
    retry: retrySchema(),
    managedNamespaceMetadata: object({ labels: stringMap(), annotations: stringMap() }),
  });
}

function hydratorSchema(): Schema {
  const dry = sourceSchema();
  return object(
    {
      drySource: object(
        {
          ...(dry["properties"] as Record<string, Schema>),
        },
        ["path", "repoURL", "targetRevision"],
      ),
      syncSource: object({ targetBranch: string(), path: string(), repoURL: string() }, ["path", "targetBranch"]),
      hydrateTo: object({ targetBranch: string() }, ["targetBranch"]),
    },
    ["drySource", "syncSource"],
  );
}

export function operationSchema(): Schema {
  return object({
    sync: object({
      revision: string(),
      revisions: strings(),
      prune: boolean(),
      dryRun: boolean(),
      syncStrategy: object({ apply: object({ force: boolean() }), hook: object({ force: boolean() }) }),
      resources: list(
        object({ group: string(), kind: string(), name: string(), namespace: string(), exclude: boolean() }, [
          "kind",
          "name",
        ]),
      ),
      source: sourceSchema(),
      sources: list(sourceSchema()),
      manifests: strings(),
      syncOptions: strings(),
      autoHealAttemptsCount: integer(),
    }),
    initiatedBy: initiatedBySchema(),
    info: infoSchema(),
    retry: retrySchema(),
  });
}

function initiatedBySchema(): Schema {
  return object({ username: string(), automated: boolean() });
}

function healthSchema(): Schema {
  return object({ status: string(), message: string(), lastTransitionTime: time() });
}

function comparedToSchema(): Schema {
  return object(
    {
      source: sourceSchema(),
      sources: list(sourceSchema()),
      destination: destinationSchema(),
      ignoreDifferences: ignoreDifferencesSchema(),
    },
    ["destination"],
  );
}

function operationStateSchema(): Schema {
  const resource = object(
    {
      group: string(),
      version: string(),
      kind: string(),
      namespace: string(),
      name: string(),
      status: string(),
      message: string(),
      hookType: string(),
      hookPhase: string(),
      syncPhase: string(),
      images: strings(),
    },
    ["group", "kind", "name", "namespace", "version"],
  );
  return object(
    {
      operation: operationSchema(),
      phase: string(),
      message: string(),
      startedAt: time(),
      finishedAt: time(),
      retryCount: integer(),
      syncResult: object(
        {
          revision: string(),
          revisions: strings(),
          source: sourceSchema(),
          sources: list(sourceSchema()),
          resources: list(resource),
          managedNamespaceMetadata: object({ labels: stringMap(), annotations: stringMap() }),
        },
        ["revision"],
      ),
    },
    ["operation", "phase", "startedAt"],
  );
}

export function applicationStatusSchema(): Schema {
  return object({
    resources: list(
      object({
        group: string(),
        version: string(),
        kind: string(),
        namespace: string(),
        name: string(),
        status: string(),
        health: healthSchema(),
        hook: boolean(),
        requiresPruning: boolean(),
        requiresDeletionConfirmation: boolean(),
        syncWave: integer(),
      }),
    ),
    sync: object({ status: string(), revision: string(), revisions: strings(), comparedTo: comparedToSchema() }, [
      "status",
    ]),
    health: healthSchema(),
    history: list(
      object(
        {
          id: integer(),
          revision: string(),
          revisions: strings(),
          deployedAt: time(),
          deployStartedAt: time(),
          source: sourceSchema(),
          sources: list(sourceSchema()),
          initiatedBy: initiatedBySchema(),
        },
        ["deployedAt", "id"],
      ),
    ),
    conditions: list(object({ type: string(), message: string(), lastTransitionTime: time() }, ["message", "type"])),
    operationState: operationStateSchema(),
    reconciledAt: time(),
    observedAt: time(),
    sourceType: string(),
    sourceTypes: strings(),
    summary: object({ externalURLs: strings(), images: strings(), isAppOfApps: boolean() }),
    resourceHealthSource: string(),
    controllerNamespace: string(),
    sourceHydrator: hydratorStatusSchema(),
  });
}

function hydratorStatusSchema(): Schema {
  const operation = (): Schema =>
    object({
      phase: string(),
      message: string(),
      drySHA: string(),
      hydratedSHA: string(),
      startedAt: time(),
      finishedAt: time(),
      sourceHydrator: hydratorSchema(),
    });
  return object({ currentOperation: operation(), lastSuccessfulOperation: operation() });
}
