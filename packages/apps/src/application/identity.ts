import { problemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import type { Engine } from "../apps/engine.ts";
import type { Cluster } from "../cluster/types.ts";
import { serviceAccountFor } from "../project/service-account.ts";
import type { Project } from "../project/types.ts";
import type { Application } from "./types.ts";

/**
 * The client through which a sync or a deletion writes to its destination: our own, or one that acts as the service account which
 * the project names for it, where the installation asks for that. @throws ProblemError NoServiceAccount
 */
export function writerFor(engine: Engine, app: Application, project: Project, cluster: Cluster): KubeClient {
  const own = engine.live(cluster).client;
  if (!engine.settings.impersonates) return own;
  const { namespace = "" } = app.spec.destination;
  const user = serviceAccountFor(project, {
    server: cluster.server,
    namespace,
    appNamespace: app.metadata.namespace,
  });
  if (user === undefined) {
    throw problemError(
      "NoServiceAccount",
      `no matching service account found for destination server ${cluster.server} and namespace ${namespace}`,
      { hint: `add one to spec.destinationServiceAccounts of project ${project.name}` },
    );
  }
  const client = engine.clusters.impersonate?.(cluster.server, user);
  if (!client) throw problemError("NoServiceAccount", `cluster ${cluster.name} cannot be used as ${user} from here`);
  return client;
}
