import { boolean, integer, list, object, string, strings, map, type Schema } from "./schema.ts";

/** AppProject.spec (facts/argocd.md §1.7). */
export function projectSpecSchema(): Schema {
  const kind = (): Schema => list(object({ group: string(), kind: string() }, ["group", "kind"]));
  const clusterKind = (): Schema =>
    list(object({ group: string(), kind: string(), name: string() }, ["group", "kind"]));
  return object({
    description: string({ maxLength: 255 }),
    sourceRepos: strings(),
    sourceNamespaces: strings(),
    destinations: list(object({ server: string(), name: string(), namespace: string() })),
    destinationServiceAccounts: list(
      object({ server: string(), namespace: string(), defaultServiceAccount: string() }, [
        "defaultServiceAccount",
        "server",
      ]),
    ),
    clusterResourceWhitelist: clusterKind(),
    clusterResourceBlacklist: clusterKind(),
    namespaceResourceWhitelist: kind(),
    namespaceResourceBlacklist: kind(),
    roles: list(
      object(
        {
          name: string(),
          description: string(),
          policies: strings(),
          groups: strings(),
          jwtTokens: list(jwtToken()),
        },
        ["name"],
      ),
    ),
    syncWindows: list(syncWindow()),
    orphanedResources: object({
      warn: boolean(),
      ignore: list(object({ group: string(), kind: string(), name: string() })),
    }),
    signatureKeys: list(object({ keyID: string() }, ["keyID"])),
    sourceIntegrity: sourceIntegrity(),
    permitOnlyProjectScopedClusters: boolean(),
  });
}

export function projectStatusSchema(): Schema {
  return object({ jwtTokensByRole: map(object({ items: list(jwtToken()) })) });
}

function jwtToken(): Schema {
  return object({ iat: integer(), exp: integer(), id: string() }, ["iat"]);
}

function syncWindow(): Schema {
  return object({
    kind: string(),
    schedule: string(),
    duration: string(),
    applications: strings(),
    namespaces: strings(),
    clusters: strings(),
    andOperator: boolean(),
    manualSync: boolean(),
    syncOverrun: boolean(),
    timeZone: string(),
    description: string({ maxLength: 255 }),
  });
}

function sourceIntegrity(): Schema {
  const gpg = object({ mode: string({ enum: ["none", "head", "strict"] }), keys: strings() });
  return object({ git: object({ policies: list(object({ repos: list(object({ url: string() })), gpg })) }) });
}
