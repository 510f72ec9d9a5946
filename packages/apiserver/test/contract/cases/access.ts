import { configMap } from "../objects.ts";
import type { Case } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";
const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}";
const AS_BOB = { "impersonate-user": "bob" };

export const ACCESS: readonly Case[] = [
  {
    name: "who may nothing is told what they may not",
    steps: [
      { do: `GET ${CMS}`, headers: AS_BOB, code: 403, expect: { reason: "Forbidden" } },
      { do: `GET ${CMS}/a`, headers: AS_BOB, code: 403 },
      {
        do: `POST ${CMS}`,
        body: configMap("a"),
        headers: { ...AS_BOB, "content-type": "application/json" },
        code: 403,
      },
      { do: "GET /api/v1/nodes", headers: AS_BOB, code: 403 },
      { do: "GET /apis/apps/v1/namespaces/{ns}/deployments/a/scale", headers: AS_BOB, code: 403 },
      { do: "GET /metrics", headers: AS_BOB, code: 403 },
      { do: "GET /version", headers: AS_BOB, code: 200, ignoreBody: true },
      { do: "GET /healthz", headers: AS_BOB, code: 200 },
    ],
  },
  {
    name: "a binding gives what its role says, where it stands",
    steps: [
      {
        do: `POST ${RBAC}/roles`,
        body: {
          metadata: { name: "r" },
          rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"], resourceNames: ["a"] }],
        },
        code: 201,
      },
      {
        do: `POST ${RBAC}/rolebindings`,
        body: {
          metadata: { name: "b" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }],
        },
        code: 201,
      },
      { do: `POST ${CMS}`, body: configMap("a"), code: 201 },
      { do: `GET ${CMS}/a`, headers: AS_BOB, code: 200, eventually: true },
      { do: `GET ${CMS}/b`, headers: AS_BOB, code: 403 },
      { do: `GET ${CMS}?fieldSelector=metadata.name%3Da`, headers: AS_BOB, code: 200 },
      { do: `GET ${CMS}`, headers: AS_BOB, code: 403 },
    ],
  },
  {
    name: "nobody grants what they do not have",
    steps: [
      {
        do: `POST ${RBAC}/roles`,
        body: {
          metadata: { name: "maker" },
          rules: [
            { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["create"] },
          ],
        },
        code: 201,
      },
      {
        do: `POST ${RBAC}/rolebindings`,
        body: {
          metadata: { name: "maker" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "maker" },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
        },
        code: 201,
      },
      {
        do: `POST ${RBAC}/roles`,
        body: { metadata: { name: "own" }, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] },
        headers: { "impersonate-user": "eve", "content-type": "application/json" },
        code: 403,
        eventually: true,
        ignoreBody: true,
      },
    ],
  },
  {
    name: "access reviews answer for oneself and for others",
    steps: [
      {
        do: "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: { spec: { resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } } },
        code: 201,
        expect: { "status.allowed": true },
      },
      {
        do: "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: { spec: { user: "bob", resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } } },
        code: 201,
        expect: { "status.allowed": false },
      },
      {
        do: "POST /apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews",
        body: {
          metadata: { namespace: "{ns}" },
          spec: { user: "bob", resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } },
        },
        code: 201,
      },
      { do: "POST /apis/authorization.k8s.io/v1/subjectaccessreviews", body: { spec: { user: "bob" } }, code: 422 },
      {
        do: "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        body: { spec: { namespace: "{ns}" } },
        code: 201,
        ignoreBody: true,
      },
      { do: "POST /apis/authentication.k8s.io/v1/selfsubjectreviews", body: {}, code: 201, ignoreBody: true },
      {
        do: "POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
        body: {},
        headers: { "impersonate-user": "bob", "impersonate-group": "devs", "content-type": "application/json" },
        code: 201,
        ignoreBody: true,
        expect: { "status.userInfo.groups": ["devs", "system:authenticated"] },
      },
    ],
  },
  {
    name: "service accounts are given tokens",
    steps: [
      { do: "POST /api/v1/namespaces/{ns}/serviceaccounts", body: { metadata: { name: "robot" } }, code: 201 },
      {
        do: "POST /api/v1/namespaces/{ns}/serviceaccounts/robot/token",
        body: { spec: {} },
        code: 201,
        keep: { token: "status.token" },
        ignoreBody: true,
      },
      { do: `GET ${CMS}`, headers: { authorization: "Bearer nonsense" }, code: 401 },
      {
        do: "POST /apis/authentication.k8s.io/v1/tokenreviews",
        body: { spec: { token: "{token}" } },
        code: 201,
        expect: { "status.authenticated": true, "status.user.username": "system:serviceaccount:{ns}:robot" },
        ignoreBody: true,
      },
      {
        do: "POST /api/v1/namespaces/{ns}/serviceaccounts/robot/token",
        body: { spec: { expirationSeconds: 5 } },
        code: 422,
      },
      { do: "POST /api/v1/namespaces/{ns}/serviceaccounts/nobody/token", body: { spec: {} }, code: 404 },
    ],
  },
];
