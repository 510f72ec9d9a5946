import type { Row } from "./row.ts";
import { inGroup } from "./steps.ts";

/** Rows of what belongs to the cluster. */
export const CLUSTER_ROWS: Readonly<Record<string, Row>> = {
  ClusterRole: {
    path: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    body: { metadata: { name: "{ns}" }, rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] },
  },
  ClusterRoleBinding: {
    path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    body: {
      metadata: { name: "{ns}" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "s", namespace: "n" }],
    },
  },
  Namespace: { path: "/api/v1/namespaces", body: { metadata: { name: "{ns}-x" } } },
  Node: {
    path: "/api/v1/nodes",
    body: {
      metadata: {
        name: "{ns}",
        labels: { "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/worker": "" },
      },
      spec: { unschedulable: true },
    },
    status: {
      addresses: [
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "ExternalIP", address: "9.9.9.9" },
      ],
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: {
        kubeletVersion: "v1.35.0",
        osImage: "Debian",
        kernelVersion: "6.1",
        containerRuntimeVersion: "containerd://2.0",
        machineID: "",
        systemUUID: "",
        bootID: "",
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  },
  PersistentVolume: {
    path: "/api/v1/persistentvolumes",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteMany"],
        persistentVolumeReclaimPolicy: "Delete",
        storageClassName: "fast",
        claimRef: { namespace: "n", name: "c" },
        hostPath: { path: "/x" },
      },
    },
    status: { phase: "Bound" },
  },
  StorageClass: {
    path: "/apis/storage.k8s.io/v1/storageclasses",
    body: {
      metadata: { name: "{ns}", annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
      provisioner: "example.com/p",
      allowVolumeExpansion: true,
    },
  },
  CSIDriver: {
    path: "/apis/storage.k8s.io/v1/csidrivers",
    body: { metadata: { name: "{ns}" }, spec: { attachRequired: false, podInfoOnMount: true } },
  },
  CSINode: {
    path: "/apis/storage.k8s.io/v1/csinodes",
    body: { metadata: { name: "{ns}" }, spec: { drivers: [{ name: "d", nodeID: "n" }] } },
  },
  VolumeAttachment: {
    path: "/apis/storage.k8s.io/v1/volumeattachments",
    body: { metadata: { name: "{ns}" }, spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "v" } } },
  },
  CSIStorageCapacity: {
    path: `${inGroup("storage.k8s.io/v1")}/csistoragecapacities`,
    body: { metadata: { name: "a" }, storageClassName: "fast", capacity: "10Gi" },
  },
  VolumeAttributesClass: {
    path: "/apis/storage.k8s.io/v1/volumeattributesclasses",
    body: { metadata: { name: "{ns}" }, driverName: "example.com", parameters: { a: "b" } },
  },
  PriorityClass: {
    path: "/apis/scheduling.k8s.io/v1/priorityclasses",
    body: { metadata: { name: "{ns}" }, value: 100, description: "for tests" },
  },
  RuntimeClass: { path: "/apis/node.k8s.io/v1/runtimeclasses", body: { metadata: { name: "{ns}" }, handler: "runc" } },
  IngressClass: {
    path: "/apis/networking.k8s.io/v1/ingressclasses",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        controller: "example.com/c",
        parameters: { apiGroup: "k8s.example.com", kind: "P", name: "p", scope: "Cluster" },
      },
    },
  },
  IPAddress: {
    path: "/apis/networking.k8s.io/v1/ipaddresses",
    body: {
      metadata: { name: "192.0.2.77" },
      spec: { parentRef: { resource: "services", namespace: "n", name: "s" } },
    },
  },
  CertificateSigningRequest: {
    headers: { "impersonate-user": "someone", "impersonate-uid": "u", "impersonate-group": "system:masters" },
    path: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        request:
          "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITE1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SGMyOXRaVzl1WlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJFM3I3dE0zR2lmYkxYWFE4bENYUURkQXpqZXB5Yjh6NDNCR21KZ215QTZqcXcwSzhVMTZ5SlJyCnhhcWxidzE5ZVllUXZ2ZlVVU2dBeHFqK2hSTHpaOU9nQURBS0JnZ3Foa2pPUFFRREFnTkhBREJFQWlCTDI5cGIKb0N2ZXFjR3BESHV0MEpZSDhnbGMwb1dIRzMzK0JUUXpZMHMrL0FJZ1YzZG01MmZnYm1FNFd1SWNBWkd2SlplaQpsakI2eXIxaVB3bzZrbWphMDMwPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
        signerName: "example.com/signer",
        usages: ["client auth"],
        expirationSeconds: 3600,
      },
    },
  },
  ValidatingWebhookConfiguration: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    body: { metadata: { name: "{ns}" }, webhooks: [] },
  },
  MutatingWebhookConfiguration: {
    path: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    body: { metadata: { name: "{ns}" } },
  },
  ValidatingAdmissionPolicy: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["podtemplates"] },
          ],
        },
        validations: [{ expression: "true" }],
      },
    },
  },
  ValidatingAdmissionPolicyBinding: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    body: { metadata: { name: "{ns}" }, spec: { policyName: "{ns}", validationActions: ["Deny"] } },
  },
  FlowSchema: {
    path: "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    settled: { "status.conditions[0].reason": "Found" },
    body: {
      metadata: { name: "{ns}" },
      spec: { priorityLevelConfiguration: { name: "global-default" }, distinguisherMethod: { type: "ByUser" } },
    },
  },
  PriorityLevelConfiguration: {
    path: "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    body: {
      metadata: { name: "{ns}" },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" } } },
    },
  },
  APIService: {
    path: "/apis/apiregistration.k8s.io/v1/apiservices",
    // Nothing answers for it, and a client that wants to know everything (kubectl 1.29) would say so.
    isDeletedAtOnce: true,
    settled: { "status.conditions[0].reason": "ServiceNotFound" },
    body: {
      metadata: { name: "v1.{ns}.example.com" },
      spec: {
        group: "{ns}.example.com",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: "{ns}", name: "s" },
      },
    },
  },
  DeviceClass: { path: "/apis/resource.k8s.io/v1/deviceclasses", body: { metadata: { name: "{ns}" }, spec: {} } },
  ResourceClaimTemplate: {
    path: `${inGroup("resource.k8s.io/v1")}/resourceclaimtemplates`,
    body: {
      metadata: { name: "a" },
      spec: { spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "d" } }] } } },
    },
  },
  ResourceClaim: {
    path: `${inGroup("resource.k8s.io/v1")}/resourceclaims`,
    body: {
      metadata: { name: "a" },
      spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "d" } }] } },
    },
  },
  ResourceSlice: {
    path: "/apis/resource.k8s.io/v1/resourceslices",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        driver: "d.example.com",
        nodeName: "n",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        devices: [{ name: "g" }],
      },
    },
  },
};
