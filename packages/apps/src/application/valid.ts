import { isJsonObject } from "@fairlead/base";
import { describeRef } from "@fairlead/apimachinery";
import { CRD_KIND } from "../names.ts";
import { permitsObject } from "../project/permit.ts";
import type { Task } from "../sync/tasks.ts";
import type { Target } from "./target.ts";

/** Why an object may not be applied, whatever the cluster would say to it. */
export function refusalOf({ project, cluster }: Target, task: Task): string | undefined {
  const { desired, ref, sharedWith } = task;
  if (sharedWith !== undefined)
    return `${describeRef(ref)} is part of application ${sharedWith}, and FailOnSharedResource is set`;
  const permission = permitsObject(project, ref, desired?.isNamespaced === true, cluster);
  if (!permission.ok)
    return `resource ${ref.group}/${ref.kind} is not permitted in project ${project.name}: ${permission.rule}`;
  if (!desired?.isNamespaced || ref.namespace !== undefined) return undefined;
  return `${describeRef(ref)} has no namespace: set spec.destination.namespace, or metadata.namespace in the manifest`;
}

export function unservedKind({ live, cluster }: Target, { desired, ref }: Task): string | undefined {
  if (!desired || live.stateOf(desired.object) !== "notServed") return undefined;
  const { apiVersion } = desired.object;
  return `cluster ${cluster.name} does not serve ${apiVersion} ${ref.kind}: install its CustomResourceDefinition first, or in an earlier wave`;
}

/**
 * What can be told to fail before anything is sent, by task id: one such object, and nothing of the operation is begun, hooks of a
 * failed sync included (facts/argocd.md §1.3). Kinds whose definition comes with the operation, or that may be missing by their
 * option, are seen when their turn comes.
 */
export function invalidTasks(target: Target, tasks: readonly Task[]): ReadonlyMap<string, string> {
  const coming = new Set(tasks.flatMap((task) => definedKind(task) ?? []));
  const found = new Map<string, string>();
  for (const task of tasks) {
    if (task.kind === "prune") continue;
    const mayBeMissing = task.options.skipDryRunOnMissingResource || coming.has(`${task.ref.group}/${task.ref.kind}`);
    const fault = refusalOf(target, task) ?? (mayBeMissing ? undefined : unservedKind(target, task));
    if (fault !== undefined) found.set(task.id, fault);
  }
  return found;
}

/** `group/Kind` of a CustomResourceDefinition. */
function definedKind({ ref, desired }: Task): string | undefined {
  const spec = ref.kind === CRD_KIND.kind ? desired?.object["spec"] : undefined;
  if (!isJsonObject(spec) || !isJsonObject(spec["names"])) return undefined;
  return `${String(spec["group"])}/${String(spec["names"]["kind"])}`;
}
