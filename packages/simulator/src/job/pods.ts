import { controllerReference } from "@fairlead/apimachinery";
import type { Container, Job, Pod } from "../api/types.ts";
import type { Action } from "../engine/action.ts";

const INDEX = "batch.kubernetes.io/job-completion-index";
const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

/** The completion index a pod works on; undefined for pods of other Jobs. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX] ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

/** How often the index of a pod had failed before the pod was made. */
export function indexFailuresOf(pod: Pod): number {
  const text = pod.metadata.annotations?.[INDEX_FAILURES] ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

/** `failures`: of its index so far, where each index has a limit of its own. */
export function jobPod(job: Job, index: number | undefined, failures?: number): Action {
  const { template } = job.spec;
  const { name = "", namespace, uid = "" } = job.metadata;
  const numbered = index === undefined ? {} : { [INDEX]: String(index) };
  const counted = failures === undefined ? {} : { [INDEX_FAILURES]: String(failures) };
  const object: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: index === undefined ? `${name}-` : `${name}-${index}-`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...template.metadata?.labels,
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
        ...numbered,
      },
      ...(template.metadata?.annotations || index !== undefined
        ? { annotations: { ...template.metadata?.annotations, ...numbered, ...counted } }
        : {}),
      ownerReferences: [controllerReference(job)],
    },
    spec:
      index === undefined
        ? template.spec
        : {
            ...template.spec,
            hostname: `${name}-${index}`,
            containers: template.spec.containers.map(withIndex),
            ...(template.spec.initContainers ? { initContainers: template.spec.initContainers.map(withIndex) } : {}),
          },
  };
  return {
    do: "create",
    object,
    created: { about: job, type: "Normal", reason: "SuccessfulCreate", message: "Created pod: {name}" },
    failed: { about: job, type: "Warning", reason: "FailedCreate", message: "Error creating: {error}" },
  };
}

function withIndex(container: Container): Container {
  const env = (container["env"] ?? []) as Array<{ name: string }>;
  if (env.some(({ name }) => name === "JOB_COMPLETION_INDEX")) return container;
  const valueFrom = { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX}']` } };
  return { ...container, env: [...env, { name: "JOB_COMPLETION_INDEX", valueFrom }] } as Container;
}
