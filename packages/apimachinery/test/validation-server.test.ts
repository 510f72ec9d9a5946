import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { applyDefaults, describeFieldError, validateBuiltin, type KubeObject } from "@fairlead/apimachinery";

/** Faults as kube-apiserver 1.35 told them of these very objects. */

function object(apiVersion: string, kind: string, rest: JsonObject): KubeObject {
  return { apiVersion, kind, metadata: { name: "x", namespace: "default" }, ...rest } as KubeObject;
}

function faults(one: KubeObject, before?: KubeObject): string[] {
  return validateBuiltin(applyDefaults(one), before && applyDefaults(before)).map(describeFieldError);
}

function pod(spec: JsonObject, ...resources: JsonObject[]): KubeObject {
  const containers = resources.map((one, index) => ({ name: `c${index}`, image: "x:1", resources: one }));
  return object("v1", "Pod", { spec: { containers, ...spec } });
}

const HPA = { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } };
const policy = (protocol: string): JsonObject => ({
  spec: { podSelector: {}, egress: [{ ports: [{ port: 1, protocol }] }] },
});
const limits = (limit: JsonObject): KubeObject =>
  object("v1", "LimitRange", { spec: { limits: [{ type: "Container", ...limit }] } });
const node = (spec: JsonObject): KubeObject =>
  ({ apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec }) as unknown as KubeObject;

const CASES: readonly (readonly [what: string, object: KubeObject, expected: readonly string[]])[] = [
  [
    "of too many types of a policy none is looked at",
    object("networking.k8s.io/v1", "NetworkPolicy", {
      spec: { podSelector: {}, policyTypes: ["Ingress", "a/b", "a/b"] },
    }),
    ['spec.policyTypes: Invalid value: ["Ingress","a/b","a/b"]: may not specify more than two policyTypes'],
  ],
  [
    "an empty protocol of an endpoint is there and unknown",
    object("discovery.k8s.io/v1", "EndpointSlice", {
      addressType: "IPv4",
      endpoints: [],
      ports: [{ name: "a", port: 1, protocol: "" }],
    }),
    ['ports[0].protocol: Unsupported value: "": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    "a disruption budget's metadata is looked at last",
    {
      ...object("policy/v1", "PodDisruptionBudget", {
        spec: { selector: { matchLabels: { app: "x" } }, minAvailable: -1 },
      }),
      metadata: { namespace: "default" },
    },
    ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "containers of a pod need more than the pod has",
    pod(
      { resources: { requests: { cpu: "100m", memory: "1Mi" }, limits: { cpu: "1" } } },
      { requests: { cpu: "100m", memory: "2Mi" }, limits: { cpu: "2", memory: "3Mi" } },
      { requests: { cpu: "50m" } },
    ),
    [
      'spec.resources.requests[cpu]: Invalid value: "100m": must be greater than or equal to aggregate container requests of 150m',
      'spec.resources.requests[memory]: Invalid value: "1Mi": must be greater than or equal to aggregate container requests of 2Mi',
      'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ],
  ],
  [
    "resources that a whole pod cannot have",
    pod({ resources: { requests: { "ephemeral-storage": "1" } } }, {}),
    [
      'spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"',
    ],
  ],
  [
    "sidecars count among what a pod asks for when only its limit is set",
    pod(
      {
        resources: { limits: { memory: "1Mi" } },
        initContainers: [
          { name: "i0", image: "x:1", resources: { requests: { cpu: "3" } } },
          { name: "i1", image: "x:1", restartPolicy: "Always", resources: { limits: { memory: "9Gi" } } },
        ],
      },
      { requests: { cpu: "2", memory: "2Mi" } },
    ),
    ['spec.resources.requests: Invalid value: "9218Mi": must be less than or equal to memory limit of 1Mi'],
  ],
  [
    "an init container needs more than the pod has",
    pod(
      {
        resources: { requests: { cpu: "2" } },
        initContainers: [{ name: "i0", image: "x:1", resources: { requests: { cpu: "3" } } }],
      },
      { requests: { cpu: "1" } },
    ),
    [
      'spec.resources.requests[cpu]: Invalid value: "2": must be greater than or equal to aggregate container requests of 3',
    ],
  ],
  [
    "huge pages that are no whole pages",
    pod({}, { limits: { "hugepages-2Mi": "3Mi", cpu: "1" } }),
    [
      'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
    ],
  ],
  [
    "two containers without a name",
    object("v1", "Pod", { spec: { containers: [{ image: "x" }, { image: "x" }] } }),
    [
      "spec.containers[0].name: Required value",
      "spec.containers[1].name: Required value",
      'spec.containers[1].name: Duplicate value: ""',
    ],
  ],
  [
    "a token of an account that the pod doesn't have",
    pod({ volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] }, {}),
    [
      "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
    ],
  ],
  [
    "a field reference of another version, and a disk cached in no known way",
    pod(
      {
        volumes: [
          {
            name: "v",
            downwardAPI: { items: [{ path: "p", fieldRef: { apiVersion: "v2", fieldPath: "metadata.name" } }] },
          },
          { name: "w", azureDisk: { diskName: "d", diskURI: "https://x", kind: "Shared", cachingMode: "a/b" } },
        ],
      },
      {},
    ),
    [
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2',
      'spec.volumes[1].azureDisk.cachingMode: Unsupported value: "a/b": supported values: "None", "ReadOnly", "ReadWrite"',
    ],
  ],
  [
    "a default request above the default limit, and a limit above the greatest",
    limits({ default: { cpu: "2" }, defaultRequest: { cpu: "3" }, max: { cpu: "1" } }),
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
    ],
  ],
  [
    "a range of another family too many, and one that is none",
    node({ podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24", "valid"] }),
    [
      'spec.podCIDRs[1]: Invalid value: "valid": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      "spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: valid)",
      'spec.podCIDRs: Invalid value: ["10.1.0.0/24","valid"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    "a taint twice",
    node({
      taints: [
        { key: "a", effect: "NoSchedule" },
        { key: "a", effect: "NoSchedule" },
      ],
    }),
    [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
  ],
  [
    "an empty protocol, which no default fills in",
    object("networking.k8s.io/v1", "NetworkPolicy", policy("")),
    ['spec.egress[0].ports[0].protocol: Unsupported value: "": supported values: "TCP", "UDP", "SCTP"'],
  ],
  [
    "no policies where an empty list was written",
    object("autoscaling/v2", "HorizontalPodAutoscaler", {
      spec: { ...HPA, behavior: { scaleDown: { policies: [] } } },
    }),
    ["spec.behavior.scaleDown.policies: Required value: must specify at least one Policy"],
  ],
  [
    "no use of the processor to aim at",
    object("autoscaling/v1", "HorizontalPodAutoscaler", { spec: { ...HPA, targetCPUUtilizationPercentage: 0 } }),
    ["spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"],
  ],
];

for (const [what, one, expected] of CASES) {
  test(`the server's words for ${what}`, () => {
    const told = faults(one);
    assert.deepEqual(told, expected);
  });
}

test("claims of a StatefulSet may be doubled and say what they are without being changed", () => {
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  const set = (claims: JsonObject[]): KubeObject =>
    object("apps/v1", "StatefulSet", {
      metadata: { name: "x", namespace: "default", resourceVersion: "1" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
        volumeClaimTemplates: claims,
      },
    });
  assert.deepEqual(faults(set([{ ...claim, kind: "Other" }]), set([claim])), []);
  assert.deepEqual(
    faults(set([claim, claim]), set([claim])).map((fault) => fault.split(":")[0]),
    ["spec"],
  );
});
