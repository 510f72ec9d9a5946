import {
  anyObject,
  anyValue,
  boolean,
  integer,
  intOrString,
  list,
  map,
  object,
  string,
  stringMap,
  strings,
  time,
  type Schema,
} from "./schema.ts";

/**
 * ApplicationSet.spec (facts/argocd.md §1.11). The template is taken as it is: flags and numbers in it may be templates, and what is
 * made of it is checked once it is filled.
 */
export function applicationSetSpecSchema(): Schema {
  return object(
    {
      generators: list(generatorSchema(2)),
      template: templateSchema(),
      templatePatch: string(),
      goTemplate: boolean(),
      goTemplateOptions: strings(),
      applyNestedSelectors: boolean(),
      syncPolicy: object({
        applicationsSync: string({ enum: ["create-only", "create-update", "create-delete", "sync"] }),
        preserveResourcesOnDeletion: boolean(),
      }),
      strategy: strategySchema(),
      preservedFields: object({ annotations: strings(), labels: strings() }),
      ignoreApplicationDifferences: list(
        object({ name: string(), jsonPointers: strings(), jqPathExpressions: strings() }),
      ),
    },
    ["generators", "template"],
  );
}

export function applicationSetStatusSchema(): Schema {
  return object({
    conditions: list(
      object({ type: string(), status: string(), reason: string(), message: string(), lastTransitionTime: time() }, [
        "message",
        "reason",
        "status",
        "type",
      ]),
    ),
    applicationStatus: list(
      object({
        application: string(),
        status: string(),
        message: string(),
        step: string(),
        targetRevisions: strings(),
        lastTransitionTime: time(),
      }),
    ),
    resources: list(anyObject()),
    resourcesCount: integer(),
    previews: list(anyObject()),
    health: object({ status: string(), message: string(), lastTransitionTime: time() }),
  });
}

function templateSchema(): Schema {
  return object({ metadata: anyObject(), spec: anyObject() }, ["metadata", "spec"]);
}

/** A template inside a generator overrides single fields, so nothing in it is required; its shape is checked when it is used. */
function overrideSchema(): Schema {
  return object({ metadata: anyObject(), spec: anyObject() });
}

function selectorSchema(): Schema {
  return object({
    matchLabels: stringMap(),
    matchExpressions: list(object({ key: string(), operator: string(), values: strings() }, ["key", "operator"])),
  });
}

/** Matrix and merge hold generators; beyond `depth` they are kept unchecked here and refused when the set is read. */
function generatorSchema(depth: number): Schema {
  const nested = (): Schema => (depth > 0 ? generatorSchema(depth - 1) : anyObject());
  return object({
    selector: selectorSchema(),
    list: object({ elements: list(anyValue()), elementsYaml: string(), template: overrideSchema() }),
    clusters: object({
      selector: selectorSchema(),
      values: stringMap(),
      flatList: boolean(),
      template: overrideSchema(),
    }),
    git: gitSchema(),
    scmProvider: scmProviderSchema(),
    pullRequest: pullRequestSchema(),
    clusterDecisionResource: object(
      {
        configMapRef: string(),
        name: string(),
        labelSelector: selectorSchema(),
        requeueAfterSeconds: integer(),
        values: stringMap(),
        template: overrideSchema(),
      },
      ["configMapRef"],
    ),
    plugin: object(
      {
        configMapRef: object({ name: string() }, ["name"]),
        input: object({ parameters: map(anyValue()) }),
        requeueAfterSeconds: integer(),
        values: stringMap(),
        template: overrideSchema(),
      },
      ["configMapRef"],
    ),
    matrix: object({ generators: list(nested()), template: overrideSchema() }, ["generators"]),
    merge: object({ generators: list(nested()), mergeKeys: strings(), template: overrideSchema() }, [
      "generators",
      "mergeKeys",
    ]),
  });
}

function gitSchema(): Schema {
  return object(
    {
      repoURL: string(),
      revision: string(),
      directories: list(object({ path: string(), exclude: boolean() }, ["path"])),
      files: list(object({ path: string(), exclude: boolean() }, ["path"])),
      branches: list(anyValue()),
      pathParamPrefix: string(),
      requeueAfterSeconds: integer(),
      values: stringMap(),
      template: overrideSchema(),
    },
    ["repoURL"],
  );
}

function secretRef(): Schema {
  return object({ secretName: string(), key: string() }, ["key", "secretName"]);
}

function configMapRef(): Schema {
  return object({ configMapName: string(), key: string() }, ["configMapName", "key"]);
}

function scmProviderSchema(): Schema {
  const filter = object({
    repositoryMatch: string(),
    pathsExist: strings(),
    pathsDoNotExist: strings(),
    labelMatch: string(),
    branchMatch: string(),
  });
  return object({
    cloneProtocol: string(),
    github: object(
      {
        organization: string(),
        api: string(),
        tokenRef: secretRef(),
        appSecretName: string(),
        allBranches: boolean(),
        excludeArchivedRepos: boolean(),
      },
      ["organization"],
    ),
    gitlab: object(
      {
        group: string(),
        api: string(),
        tokenRef: secretRef(),
        includeSubgroups: boolean(),
        includeSharedProjects: boolean(),
        includeArchivedRepos: boolean(),
        allBranches: boolean(),
        topic: string(),
        insecure: boolean(),
        caRef: configMapRef(),
      },
      ["group"],
    ),
    gitea: object(
      {
        owner: string(),
        api: string(),
        tokenRef: secretRef(),
        allBranches: boolean(),
        insecure: boolean(),
        excludeArchivedRepos: boolean(),
      },
      ["api", "owner"],
    ),
    bitbucket: object(
      { owner: string(), user: string(), api: string(), appPasswordRef: secretRef(), allBranches: boolean() },
      ["owner"],
    ),
    bitbucketServer: object(
      {
        project: string(),
        api: string(),
        basicAuth: object({ username: string(), passwordRef: secretRef() }),
        bearerToken: object({ tokenRef: secretRef() }),
        allBranches: boolean(),
        insecure: boolean(),
        caRef: configMapRef(),
      },
      ["api", "project"],
    ),
    azureDevOps: object(
      {
        organization: string(),
        teamProject: string(),
        api: string(),
        accessTokenRef: secretRef(),
        allBranches: boolean(),
      },
      ["organization", "teamProject"],
    ),
    awsCodeCommit: object({
      role: string(),
      region: string(),
      allBranches: boolean(),
      tagFilters: list(object({ key: string(), value: string() }, ["key"])),
    }),
    filters: list(filter),
    requeueAfterSeconds: integer(),
    values: stringMap(),
    template: overrideSchema(),
  });
}

function pullRequestSchema(): Schema {
  return object({
    github: object(
      {
        owner: string(),
        repo: string(),
        api: string(),
        tokenRef: secretRef(),
        appSecretName: string(),
        labels: strings(),
      },
      ["owner", "repo"],
    ),
    gitlab: object(
      {
        project: string(),
        api: string(),
        tokenRef: secretRef(),
        labels: strings(),
        pullRequestState: string(),
        insecure: boolean(),
        caRef: configMapRef(),
      },
      ["project"],
    ),
    gitea: object(
      {
        owner: string(),
        repo: string(),
        api: string(),
        tokenRef: secretRef(),
        labels: strings(),
        insecure: boolean(),
      },
      ["api", "owner", "repo"],
    ),
    bitbucketServer: object(
      {
        project: string(),
        repo: string(),
        api: string(),
        basicAuth: object({ username: string(), passwordRef: secretRef() }),
        bearerToken: object({ tokenRef: secretRef() }),
        insecure: boolean(),
        caRef: configMapRef(),
      },
      ["api", "project", "repo"],
    ),
    bitbucket: object(
      {
        owner: string(),
        repo: string(),
        api: string(),
        basicAuth: object({ username: string(), passwordRef: secretRef() }),
        bearerToken: object({ tokenRef: secretRef() }),
      },
      ["owner", "repo"],
    ),
    azuredevops: object(
      {
        organization: string(),
        project: string(),
        repo: string(),
        api: string(),
        tokenRef: secretRef(),
        labels: strings(),
      },
      ["organization", "project", "repo"],
    ),
    filters: list(object({ branchMatch: string(), targetBranchMatch: string(), titleMatch: string() })),
    continueOnRepoNotFoundError: boolean(),
    requeueAfterSeconds: integer(),
    values: stringMap(),
    template: overrideSchema(),
  });
}

function strategySchema(): Schema {
  const expression = object({ key: string(), operator: string(), values: strings() });
  return object({
    type: string(),
    deletionOrder: string(),
    rollingSync: object({
      steps: list(object({ matchExpressions: list(expression), maxUpdate: intOrString() })),
    }),
  });
}
