import type { TablePrinter } from "../registry/types.ts";
import { isCondition, labelsText, printer, textOf, type Reader } from "./columns.ts";
import { POD_PRINTER } from "./pods.ts";

const TEMPLATE = "spec.template.spec.containers";

/** apps, batch and the pods' kinds. */
export const WORKLOAD_PRINTERS: Readonly<Record<string, TablePrinter>> = {
  "/Pod": POD_PRINTER,
  "/PodTemplate": printer("Name! Containers Images Pod_Labels", (o) => [
    o.name,
    ...o.containers("template.spec.containers"),
    labelsText(o.value("template.metadata.labels")),
  ]),
  "/ReplicationController": replicas((o) => labelsText(o.value("spec.selector"))),
  "apps/ReplicaSet": replicas((o) => o.selector("spec.selector")),
  "apps/Deployment": printer("Name! Ready Up-to-date Available Age Containers+ Images+ Selector+", (o) => [
    o.name,
    `${o.number("status.readyReplicas")}/${o.number("spec.replicas")}`,
    o.number("status.updatedReplicas"),
    o.number("status.availableReplicas"),
    o.age,
    ...o.containers(TEMPLATE),
    o.selector("spec.selector"),
  ]),
  "apps/StatefulSet": printer("Name! Ready Age Containers+ Images+", (o) => [
    o.name,
    `${o.number("status.readyReplicas")}/${o.number("spec.replicas")}`,
    o.age,
    ...o.containers(TEMPLATE),
  ]),
  "apps/DaemonSet": printer(
    "Name! Desired:i Current:i Ready:i Up-to-date:i Available:i Node_Selector Age Containers+ Images+ Selector+",
    (o) => [
      o.name,
      o.number("status.desiredNumberScheduled"),
      o.number("status.currentNumberScheduled"),
      o.number("status.numberReady"),
      o.number("status.updatedNumberScheduled"),
      o.number("status.numberAvailable"),
      labelsText(o.value("spec.template.spec.nodeSelector")),
      o.age,
      ...o.containers(TEMPLATE),
      o.selector("spec.selector"),
    ],
  ),
  "apps/ControllerRevision": printer("Name! Controller Revision Age", (o) => [
    o.name,
    controller(o),
    o.number("revision"),
    o.age,
  ]),
  "batch/Job": printer("Name! Status Completions Duration Age Containers+ Images+ Selector+", (o) => [
    o.name,
    jobStatus(o),
    completions(o),
    jobDuration(o),
    o.age,
    ...o.containers(TEMPLATE),
    o.selector("spec.selector"),
  ]),
  "batch/CronJob": printer(
    "Name! Schedule Timezone Suspend:b Active:i Last_Schedule Age Containers+ Images+ Selector+",
    (o) => [
      o.name,
      o.text("spec.schedule"),
      o.text("spec.timeZone", "<none>"),
      o.value("spec.suspend") === undefined ? "<unset>" : o.value("spec.suspend") === true ? "True" : "False",
      o.list("status.active").length,
      o.text("status.lastScheduleTime") === "" ? "<none>" : o.since("status.lastScheduleTime"),
      o.age,
      ...o.containers("spec.jobTemplate.spec.template.spec.containers"),
      o.value("spec.jobTemplate.spec.selector") === undefined ? "<none>" : o.selector("spec.jobTemplate.spec.selector"),
    ],
  ),
  "autoscaling/HorizontalPodAutoscaler": printer("Name! Reference Targets MinPods MaxPods Replicas Age", (o) => [
    o.name,
    `${o.text("spec.scaleTargetRef.kind")}/${o.text("spec.scaleTargetRef.name")}`,
    hpaTargets(o),
    o.text("spec.minReplicas", "<unset>"),
    o.number("spec.maxReplicas"),
    o.number("status.currentReplicas"),
    o.age,
  ]),
  "policy/PodDisruptionBudget": printer("Name! Min_Available Max_Unavailable Allowed_Disruptions:i Age", (o) => [
    o.name,
    o.text("spec.minAvailable", "N/A"),
    o.text("spec.maxUnavailable", "N/A"),
    o.number("status.disruptionsAllowed"),
    o.age,
  ]),
};

function replicas(selector: (o: Reader) => string): TablePrinter {
  return printer("Name! Desired:i Current:i Ready:i Age Containers+ Images+ Selector+", (o) => [
    o.name,
    o.number("spec.replicas"),
    o.number("status.replicas"),
    o.number("status.readyReplicas"),
    o.age,
    ...o.containers(TEMPLATE),
    selector(o),
  ]);
}

function controller(o: Reader): string {
  const owner = o.object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

function jobStatus(o: Reader): string {
  const conditions = o.list("status.conditions");
  if (isCondition(conditions, "Complete")) return "Complete";
  if (isCondition(conditions, "Failed")) return "Failed";
  if (o.isDeleting) return "Terminating";
  const others = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];
  return others.find((type) => isCondition(conditions, type)) ?? "Running";
}

function completions(o: Reader): string {
  const succeeded = o.number("status.succeeded");
  if (o.value("spec.completions") !== undefined) return `${succeeded}/${o.number("spec.completions")}`;
  const parallelism = o.number("spec.parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(o: Reader): string {
  const start = o.text("status.startTime");
  if (start === "") return "";
  const end = o.text("status.completionTime");
  return o.elapsed(Date.parse(start), end === "" ? undefined : Date.parse(end));
}

/** Current and wanted value of each metric, the first two. */
function hpaTargets(o: Reader): string {
  const statuses = o.list("status.currentMetrics");
  const targets = o.list("spec.metrics").map((metric, index) => {
    const type = textOf(metric["type"]);
    const key = type.charAt(0).toLowerCase() + type.slice(1);
    const read = (source: unknown, path: string): string => readPath(source, `${key}.${path}`);
    const status = statuses[index];
    const average = read(metric, "target.averageValue");
    if (type === "Resource" || type === "ContainerResource") {
      const name = `${read(metric, "name")}: `;
      if (average !== "") return `${name}${read(status, "current.averageValue") || "<unknown>"}/${average}`;
      const current = read(status, "current.averageUtilization");
      const target = read(metric, "target.averageUtilization");
      return `${name}${current === "" ? "<unknown>" : `${current}%`}/${target === "" ? "<auto>" : `${target}%`}`;
    }
    if (type === "Pods") return `${read(status, "current.averageValue") || "<unknown>"}/${average}`;
    if (type !== "External" && type !== "Object") return "<unknown type>";
    if (average !== "") return `${read(status, "current.averageValue") || "<unknown>"}/${average} (avg)`;
    return `${read(status, "current.value") || "<unknown>"}/${read(metric, "target.value")}`;
  });
  if (targets.length === 0) return "<none>";
  const shown = targets.slice(0, 2).join(", ");
  return targets.length > 2 ? `${shown} + ${targets.length - 2} more...` : shown;
}

function readPath(source: unknown, path: string): string {
  let value = source;
  for (const part of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined || value === null ? "" : String(value);
}
