import type { Problem } from "@fairlead/base";
import { describeRef } from "@fairlead/apimachinery";
import type { Cluster, ClusterRegistry } from "../cluster/types.ts";
import { IN_CLUSTER } from "../names.ts";
import { permitsDestination, permitsNamespace, permitsSource, type Permission } from "../project/permit.ts";
import type { Project } from "../project/types.ts";
import type { Application } from "./types.ts";

/** The cluster an application goes to, by server or name; neither means the cluster we run in. */
export function findCluster(app: Application, clusters: ClusterRegistry): Cluster | Problem {
  const { server, name } = app.spec.destination;
  const object = describeRef({ kind: "Application", ...app.metadata });
  if (name !== undefined) {
    const found = clusters.byName(name);
    const [only] = found;
    if (found.length === 1 && only) return only;
    const known = clusters.list().map((cluster) => cluster.name);
    return {
      code: "UnknownCluster",
      object,
      message:
        found.length > 1
          ? `there are ${found.length} clusters with the name ${JSON.stringify(name)}: use spec.destination.server`
          : `there is no cluster with the name ${JSON.stringify(name)}`,
      hint: `clusters there: ${known.join(", ")}; add one with fairlead cluster add`,
    };
  }
  const wanted = server ?? IN_CLUSTER.server;
  const found = clusters.byServer(wanted);
  if (found) return found;
  const known = clusters.list().map((cluster) => cluster.server);
  return {
    code: "UnknownCluster",
    object,
    message: `there is no cluster with the server ${JSON.stringify(wanted)}`,
    hint: `servers there: ${known.join(", ")}; add one with fairlead cluster add`,
  };
}

/** Everything the project does not permit of the application itself; its objects are checked one by one as they are applied. */
export function checkProject(app: Application, project: Project, cluster: Cluster | undefined): Problem[] {
  const object = describeRef({ kind: "Application", ...app.metadata });
  const problems: Problem[] = [];
  const check = (permission: Permission, what: string, hint: string): void => {
    if (!permission.ok)
      problems.push({ code: "NotPermitted", object, message: `${what} is not permitted: ${permission.rule}`, hint });
  };
  check(
    permitsNamespace(project, app.metadata.namespace),
    `an Application of project ${project.name} in namespace ${app.metadata.namespace}`,
    "add the namespace to spec.sourceNamespaces of the project",
  );
  for (const source of app.spec.sources) {
    const what = `repository ${JSON.stringify(source.repoURL)}`;
    check(permitsSource(project, source.repoURL ?? ""), what, "add it to spec.sourceRepos of the project");
  }
  if (!cluster) return problems;
  const namespace = app.spec.destination.namespace ?? "";
  check(
    permitsDestination(project, { server: cluster.server, name: cluster.name, namespace }),
    `destination ${cluster.name} namespace ${JSON.stringify(namespace)}`,
    "add it to spec.destinations of the project",
  );
  const isScoped =
    cluster.project === undefined ? !project.spec.permitOnlyProjectScopedClusters : cluster.project === project.name;
  if (!isScoped) {
    const owner = cluster.project === undefined ? "no project" : `project ${cluster.project}`;
    check(
      { ok: false, rule: `the cluster belongs to ${owner}` },
      `cluster ${cluster.name}`,
      "use a cluster of this project",
    );
  }
  return problems;
}
