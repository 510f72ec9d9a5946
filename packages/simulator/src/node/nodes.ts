import { createHash } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { isAlreadyExists } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { timestamp } from "../api/time.ts";
import type { World } from "../engine/world.ts";
import type { Settings } from "../options.ts";

/** Marks nodes that are simulated; pods on other nodes are left to their kubelets. */
export const NODE_LABEL = "simulator.fairlead.dev/node";
const KUBELET_VERSION = "v1.35.0";

/** A simulated node as its kubelet would have registered it. It is Ready for good (see heartbeat.ts for who would doubt it). */
function simulatedNode(settings: Settings, index: number, nowMs: number): KubeObject {
  const name = `${settings.nodePrefix}-${index}`;
  const address = `172.18.${Math.floor((index + 2) / 250)}.${((index + 2) % 250) + 1}`;
  const { cpu, memory, pods } = settings.nodeCapacity;
  const resources = {
    cpu,
    memory,
    pods: String(pods),
    "ephemeral-storage": "1Ti",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        [NODE_LABEL]: "true",
      },
      annotations: { "node.alpha.kubernetes.io/ttl": "0" },
    },
    spec: { podCIDR: `10.${240 + (index % 16)}.0.0/16`, podCIDRs: [`10.${240 + (index % 16)}.0.0/16`] },
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: conditions(nowMs),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: "amd64",
        bootID: idOf(name, "boot"),
        containerRuntimeVersion: "containerd://2.1.4",
        kernelVersion: "6.12.0",
        kubeProxyVersion: KUBELET_VERSION,
        kubeletVersion: KUBELET_VERSION,
        machineID: idOf(name, "machine"),
        operatingSystem: "linux",
        osImage: "Fairlead Simulator",
        systemUUID: idOf(name, "system"),
      },
    },
  };
}

/** Creates the nodes that are missing; those from an earlier start are kept as they are. */
export async function ensureNodes(world: World): Promise<void> {
  const store = world.store<KubeObject>(KINDS.node);
  const wanted = Array.from({ length: world.settings.nodes }, (_, index) =>
    simulatedNode(world.settings, index, world.clock.now()),
  ).filter((node) => store.get(node.metadata.name ?? "") === undefined);
  for (const node of wanted) {
    try {
      const { status, ...rest } = node;
      await world.client.create(rest as KubeObject, { fieldManager: MANAGERS.kubelet });
      const ref = { ...KINDS.node, name: node.metadata.name ?? "" };
      const options = { subresource: "status", fieldManager: MANAGERS.kubelet };
      const ready = await world.client.patch(ref, { type: "merge", body: { status } }, options);
      store.learn(await withoutStartTaint(world, ready));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}

/** Admission taints a new node until the node controller has seen it Ready, which is at once here. */
async function withoutStartTaint(world: World, node: KubeObject): Promise<KubeObject> {
  const { taints } = (node["spec"] ?? {}) as { taints?: { key: string }[] };
  const left = taints?.filter((taint) => taint.key !== "node.kubernetes.io/not-ready");
  if (left === undefined || left.length === taints?.length) return node;
  const body = { spec: { taints: left.length > 0 ? left : null } };
  const ref = { ...KINDS.node, name: node.metadata.name ?? "" };
  return world.client.patch(ref, { type: "merge", body }, { fieldManager: MANAGERS.controllers });
}

function conditions(nowMs: number): Array<Record<string, string>> {
  const at = timestamp(nowMs);
  const of = (type: string, status: string, reason: string, message: string): Record<string, string> => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return [
    of("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    of("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    of("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    of("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
  ];
}

function idOf(name: string, of: string): string {
  const hex = createHash("sha256").update(`${of}/${name}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
