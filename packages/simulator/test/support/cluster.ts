import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, type JsonObject, jsonEqual, setOwn } from "@fairlead/base";
import { isFinished } from "../../src/api/pods.ts";
import { timestamp } from "../../src/api/time.ts";
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Pod,
  ReplicaSet,
  StatefulSet,
} from "../../src/api/types.ts";
import { behaviourOf } from "../../src/behaviour/annotations.ts";
import { decideCronJob } from "../../src/cronjob/decide.ts";
import { decideDaemonSet } from "../../src/daemonset/decide.ts";
import { decideDeployment } from "../../src/deployment/decide.ts";
import type { Action, Decision } from "../../src/engine/action.ts";
import { decideJob } from "../../src/job/decide.ts";
import { decidePod } from "../../src/pod/decide.ts";
import { decideReplicaSet } from "../../src/replicaset/decide.ts";
import { decideSchedule } from "../../src/schedule/decide.ts";
import { type Node, requestsOf } from "../../src/schedule/fit.ts";
import { decideStatefulSet } from "../../src/statefulset/decide.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");

/** Every decider on objects in memory, one decision at a time, on virtual time: a cluster without a server. */
export class Cluster {
  nowMs = START_MS;
  readonly events: string[] = [];
  /** Called after every single action; where invariants are looked at. */
  onAction: (() => void) | undefined;
  readonly #objects = new Map<string, KubeObject>();
  #count = 0;

  constructor(nodes = 1) {
    for (let index = 0; index < nodes; index++) this.add(node(`node-${index}`));
  }

  add<T extends KubeObject>(object: T): T {
    const stored = cloneJson(object) as KubeObject;
    const { metadata } = stored;
    this.#count++;
    metadata.name ??= `${metadata.generateName}${String(this.#count).padStart(5, "0")}`;
    metadata.uid = `uid-${this.#count}`;
    metadata.creationTimestamp = timestamp(this.nowMs);
    metadata.generation = 1;
    if (this.find(stored.kind, metadata.name)) throw new Error(`${stored.kind} ${metadata.name} already exists`);
    this.#objects.set(`${stored.kind}/${metadata.name}`, stored);
    return stored as T;
  }

  find<T extends KubeObject>(kind: string, name: string): T | undefined {
    return this.#objects.get(`${kind}/${name}`) as T | undefined;
  }

  get<T extends KubeObject>(kind: string, name: string): T {
    const found = this.find<T>(kind, name);
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  list<T extends KubeObject>(kind: string): T[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind) as T[];
  }

  owned<T extends KubeObject>(kind: string, owner: KubeObject): T[] {
    return this.list<T>(kind).filter((object) => controllerOf(object)?.uid === owner.metadata.uid);
  }

  /** A merge patch, as a user or a controller sends one. */
  patch(kind: string, name: string, patch: JsonObject): void {
    const object = this.get(kind, name);
    const spec = cloneJson(object["spec"]);
    merge(object, patch);
    if (!jsonEqual(spec, object["spec"])) object.metadata.generation = (object.metadata.generation ?? 0) + 1;
  }

  /** Deletes as the API server does: a pod on a node lives on until its kubelet lets go. */
  delete(kind: string, name: string, isFinal = false): void {
    const object = this.get(kind, name);
    const isHeld = kind === "Pod" && !isFinal && (object as Pod).spec.nodeName !== undefined;
    if (isHeld) {
      object.metadata.deletionTimestamp ??= timestamp(this.nowMs);
      object.metadata.deletionGracePeriodSeconds = 30;
      return;
    }
    this.#objects.delete(`${kind}/${name}`);
    for (const child of Array.from(this.#objects.values())) {
      if (controllerOf(child)?.uid !== object.metadata.uid) continue;
      if (this.find(child.kind, child.metadata.name ?? "")) this.delete(child.kind, child.metadata.name ?? "");
    }
  }

  /** Lets every decider act until nothing is left to do at this moment, then goes on to the next one, until the time is over. */
  run(forMs: number): void {
    const until = this.nowMs + forMs;
    for (;;) {
      const wakeAtMs = this.#settle();
      if (wakeAtMs === undefined || wakeAtMs > until) break;
      this.nowMs = Math.max(wakeAtMs, this.nowMs + 1);
    }
    this.nowMs = until;
    this.#settle();
  }

  #settle(): number | undefined {
    for (let round = 0; round < 1_000; round++) {
      let isQuiet = true;
      let wakeAtMs: number | undefined;
      for (const object of Array.from(this.#objects.values())) {
        if (this.#objects.get(`${object.kind}/${object.metadata.name}`) !== object) continue;
        const decision = this.#decide(object);
        for (const action of decision.actions) {
          isQuiet &&= action.do === "event";
          this.#perform(action);
          this.onAction?.();
        }
        if (decision.wakeAtMs !== undefined) wakeAtMs = Math.min(wakeAtMs ?? decision.wakeAtMs, decision.wakeAtMs);
      }
      if (isQuiet) return wakeAtMs;
    }
    throw new Error("the deciders never come to rest");
  }

  #decide(object: KubeObject): Decision {
    const { nowMs } = this;
    switch (object.kind) {
      case "Deployment": {
        const podsOf = (set: ReplicaSet): Pod[] => this.owned<Pod>("Pod", set);
        const sets = this.owned<ReplicaSet>("ReplicaSet", object);
        return decideDeployment({ deployment: object as Deployment, sets, podsOf, nowMs });
      }
      case "ReplicaSet":
        return decideReplicaSet({ set: object as ReplicaSet, pods: this.owned<Pod>("Pod", object), nowMs });
      case "StatefulSet":
        return decideStatefulSet({
          set: object as StatefulSet,
          pods: this.owned<Pod>("Pod", object),
          revisions: this.owned<ControllerRevision>("ControllerRevision", object),
          claim: (name) => this.find("PersistentVolumeClaim", name),
          nowMs,
        });
      case "DaemonSet":
        return decideDaemonSet({
          set: object as DaemonSet,
          pods: this.owned<Pod>("Pod", object),
          nodes: this.list<Node>("Node"),
          revisions: this.owned<ControllerRevision>("ControllerRevision", object),
          nowMs,
        });
      case "Job":
        return decideJob({ job: object as Job, pods: this.owned<Pod>("Pod", object), nowMs });
      case "CronJob":
        return decideCronJob({ cron: object as CronJob, jobs: this.owned<Job>("Job", object), nowMs });
      case "Pod":
        return this.#decidePod(object as Pod);
      default:
        return { actions: [] };
    }
  }

  #decidePod(pod: Pod): Decision {
    const { nowMs } = this;
    const holders = this.#holders(pod);
    const images = pod.spec.containers.map(({ image = "" }) => image);
    const behaviour = behaviourOf(holders, images, { readyAfterMs: 300, runForMs: 500 });
    if (!pod.spec.nodeName) {
      const isForbidden = behaviour.failure?.kind === "unschedulable";
      return decideSchedule({ pod, loads: this.#loads(), nowMs, isForbidden });
    }
    const policy = pod.spec.restartPolicy;
    const failed = (holders[1]?.["status"] as { failed?: number } | undefined)?.failed;
    return decidePod({
      pod,
      plan: {
        behaviour,
        restartPolicy: policy === "Never" || policy === "OnFailure" ? policy : "Always",
        hasReadinessProbe: false,
        failuresBefore: failed ?? 0,
      },
      sinceMs: this.#memory(pod, "since"),
      leavingSinceMs: pod.metadata.deletionTimestamp === undefined ? undefined : this.#memory(pod, "leaving"),
      nowMs,
      podIp: "10.240.0.2",
      hostIp: "172.18.0.2",
      stopMs: 50,
    });
  }

  readonly #memories = new Map<string, number>();

  #memory(pod: Pod, what: string): number {
    const key = `${pod.metadata.uid}/${what}`;
    const known = this.#memories.get(key) ?? this.nowMs;
    this.#memories.set(key, known);
    return known;
  }

  #holders(pod: Pod): KubeObject[] {
    const holders: KubeObject[] = [pod];
    for (let current: KubeObject | undefined = pod; current;) {
      const reference = controllerOf(current);
      current = reference && this.find(reference.kind, reference.name);
      if (current) holders.push(current);
    }
    return holders;
  }

  #loads(): Parameters<typeof decideSchedule>[0]["loads"] {
    return this.list<Node>("Node").map((item) => {
      const there = this.list<Pod>("Pod").filter((pod) => pod.spec.nodeName === item.metadata.name && !isFinished(pod));
      const [first] = there;
      return { node: item, pods: there.length, used: first ? requestsOf(first) : new Map() };
    });
  }

  #perform(action: Action): void {
    switch (action.do) {
      case "create": {
        const made = this.add(action.object);
        if (action.created)
          this.#tell({
            ...action.created,
            message: action.created.message.replace("{name}", made.metadata.name ?? ""),
          });
        return;
      }
      case "patch":
        return this.patch(action.object.kind, action.object.metadata.name ?? "", action.patch);
      case "delete":
        if (!this.find(action.object.kind, action.object.metadata.name ?? "")) return;
        if (action.deleted) this.#tell(action.deleted);
        return this.delete(action.object.kind, action.object.metadata.name ?? "", action.graceSeconds === 0);
      case "bind":
        return this.patch("Pod", action.object.metadata.name ?? "", { spec: { nodeName: action.node } });
      case "event":
        return this.#tell(action);
    }
  }

  #tell({ about, reason, message }: { about: KubeObject; reason: string; message: string }): void {
    this.events.push(`${about.kind} ${reason}: ${message}`);
  }
}

export function node(name: string, labels: Record<string, string> = {}): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  };
}

/** A workload of one container, labelled with its name. */
export function workload<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  name: string,
  spec: JsonObject,
  pod: { readonly annotations?: Record<string, string>; readonly spec?: JsonObject; readonly image?: string } = {},
): T {
  const template = {
    metadata: { labels: { app: name }, ...(pod.annotations ? { annotations: pod.annotations } : {}) },
    spec: { containers: [{ name: "main", image: pod.image ?? "app:1" }], ...pod.spec },
  };
  const object: KubeObject = {
    apiVersion,
    kind,
    metadata: { name, namespace: "shop" },
    // A Job's selector is the server's to make.
    spec: { ...(kind === "Job" ? {} : { selector: { matchLabels: { app: name } } }), template, ...spec },
  };
  return object as T;
}

function merge(target: JsonObject, patch: JsonObject): void {
  for (const [key, value] of Object.entries(patch)) {
    const known = target[key];
    if (value === null) delete target[key];
    else if (isJsonObject(value)) {
      const inner = isJsonObject(known) ? known : {};
      merge(inner, value);
      setOwn(target, key, inner);
    } else if (value !== undefined) setOwn(target, key, cloneJson(value));
  }
}
