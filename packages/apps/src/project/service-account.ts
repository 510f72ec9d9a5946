import { globMatches } from "../glob.ts";
import type { Project } from "./types.ts";

/**
 * Whom a sync acts as on its destination: the first of the project's destinationServiceAccounts that matches, as the user name of
 * that service account. Undefined when none matches, which is an error where impersonation is on (facts/argocd.md §1.7).
 */
export function serviceAccountFor(
  project: Project,
  destination: { readonly server: string; readonly namespace: string; readonly appNamespace: string },
): string | undefined {
  const found = project.spec.destinationServiceAccounts.find(
    ({ server, namespace }) =>
      globMatches(server, destination.server) && globMatches(namespace ?? "*", destination.namespace),
  );
  if (!found) return undefined;
  const [first = "", second] = found.defaultServiceAccount.split(":");
  const namespace = second === undefined ? destination.namespace || destination.appNamespace : first;
  return `system:serviceaccount:${namespace}:${second ?? first}`;
}
