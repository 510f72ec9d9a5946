import { configMap } from "../objects.ts";
import type { Case, Step } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";
const NEEDS_CONTROLLERS = "kube-apiserver alone has no garbage collector and no namespace controller";

function owned(name: string, owner: string, uid: string, more: object = {}): object {
  return configMap(name, {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: owner, uid, ...more }] });
}

const family: readonly Step[] = [
  { do: `POST ${CMS}`, body: configMap("owner"), code: 201, keep: { uid: "metadata.uid" } },
  {
    do: `POST ${CMS}`,
    body: owned("child", "owner", "{uid}", { blockOwnerDeletion: true }),
    code: 201,
    keep: { child: "metadata.uid" },
  },
  { do: `POST ${CMS}`, body: owned("grandchild", "child", "{child}"), code: 201 },
];

export const OWNERS: readonly Case[] = [
  {
    name: "background deletion takes dependents along",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      ...family,
      { do: `DELETE ${CMS}/owner`, code: 200 },
      { do: `GET ${CMS}/child`, code: 404, eventually: true },
      { do: `GET ${CMS}/grandchild`, code: 404, eventually: true },
    ],
  },
  {
    name: "foreground deletion waits for dependents",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      ...family,
      { do: `DELETE ${CMS}/owner?propagationPolicy=Foreground`, code: 200 },
      { do: `GET ${CMS}/owner`, code: 404, eventually: true },
      { do: `GET ${CMS}/child`, code: 404 },
    ],
  },
  {
    name: "orphaned dependents lose the reference and live",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      ...family,
      { do: `DELETE ${CMS}/owner?propagationPolicy=Orphan`, code: 200 },
      { do: `GET ${CMS}/owner`, code: 404, eventually: true },
      { do: `GET ${CMS}/child`, code: 200, expect: { "metadata.ownerReferences": undefined } },
    ],
  },
  {
    name: "a dependent of nobody does not live",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      { do: `POST ${CMS}`, body: owned("lost", "nobody", "00000000-0000-4000-8000-000000000000"), code: 201 },
      { do: `GET ${CMS}/lost`, code: 404, eventually: true },
    ],
  },
  {
    name: "a deleted namespace is emptied, then gone",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      { do: "POST /api/v1/namespaces", body: { metadata: { name: "{ns}-gone" } }, code: 201 },
      {
        do: "POST /api/v1/namespaces/{ns}-gone/configmaps",
        body: configMap("a", {}, { finalizers: ["example.com/hold"] }),
        code: 201,
      },
      { do: "DELETE /api/v1/namespaces/{ns}-gone", code: 200, expect: { "status.phase": "Terminating" } },
      { do: "POST /api/v1/namespaces/{ns}-gone/configmaps", body: configMap("b"), code: 403 },
      {
        do: "GET /api/v1/namespaces/{ns}-gone",
        code: 200,
        eventually: true,
        expect: { "status.conditions.length": 5 },
      },
      { do: "PUT /api/v1/namespaces/{ns}-gone/configmaps/a", body: configMap("a"), code: 200 },
      { do: "GET /api/v1/namespaces/{ns}-gone", code: 404, eventually: true },
    ],
  },
  {
    name: "a namespace has its account and its certificate",
    onlyHere: NEEDS_CONTROLLERS,
    steps: [
      { do: "GET /api/v1/namespaces/{ns}/serviceaccounts/default", code: 200, eventually: true },
      { do: "GET /api/v1/namespaces/{ns}/configmaps/kube-root-ca.crt", code: 200, eventually: true },
      { do: "DELETE /api/v1/namespaces/{ns}/serviceaccounts/default", code: 200 },
      { do: "GET /api/v1/namespaces/{ns}/serviceaccounts/default", code: 200, eventually: true },
    ],
  },
  {
    name: "a class of attributes goes when nothing has it any more",
    onlyHere: "the real one's controllers are in kube-controller-manager",
    steps: [
      {
        do: "POST /apis/storage.k8s.io/v1/volumeattributesclasses",
        body: { metadata: { name: "{ns}" }, driverName: "example.com", parameters: { a: "b" } },
        code: 201,
      },
      {
        do: "POST /api/v1/namespaces/{ns}/persistentvolumeclaims",
        body: {
          metadata: { name: "c" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            volumeAttributesClassName: "{ns}",
            resources: { requests: { storage: "1Gi" } },
          },
        },
        code: 201,
      },
      { do: "DELETE /apis/storage.k8s.io/v1/volumeattributesclasses/{ns}", code: 200 },
      { do: "GET /apis/storage.k8s.io/v1/volumeattributesclasses/{ns}", code: 200 },
      { do: "DELETE /api/v1/namespaces/{ns}/persistentvolumeclaims/c", code: 200, ignoreBody: true },
      { do: "GET /apis/storage.k8s.io/v1/volumeattributesclasses/{ns}", code: 404, eventually: true },
    ],
  },
];
