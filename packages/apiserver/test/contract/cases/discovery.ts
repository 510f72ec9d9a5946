import type { Case } from "../types.ts";
import { get } from "./steps.ts";

const GROUPS = [
  "admissionregistration.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "apiregistration.k8s.io/v1",
  "apps/v1",
  "authentication.k8s.io/v1",
  "authorization.k8s.io/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "batch/v1",
  "certificates.k8s.io/v1",
  "coordination.k8s.io/v1",
  "discovery.k8s.io/v1",
  "events.k8s.io/v1",
  "flowcontrol.apiserver.k8s.io/v1",
  "networking.k8s.io/v1",
  "node.k8s.io/v1",
  "policy/v1",
  "rbac.authorization.k8s.io/v1",
  "resource.k8s.io/v1",
  "scheduling.k8s.io/v1",
  "storage.k8s.io/v1",
];
const AGGREGATED = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

/** Everything that says what is served, compared whole. */
export const DISCOVERY: readonly Case[] = [
  ...GROUPS.map((groupVersion) => ({
    name: `${groupVersion} lists its resources`,
    steps: [get(`/apis/${groupVersion}`), get(`/apis/${groupVersion.split("/", 1)[0] ?? ""}`)],
  })),
  { name: "the core group lists its resources", steps: [get("/api/v1")] },
  {
    name: "all groups are listed, in either form",
    steps: [
      get("/apis"),
      { do: "GET /apis", headers: AGGREGATED, code: 200 },
      { do: "GET /api", headers: AGGREGATED, code: 200 },
    ],
  },
  {
    name: "health is told by name",
    steps: ["healthz", "livez", "readyz", "healthz/ping", "livez/ping", "readyz/ping", "readyz/etcd"].map((path) =>
      get(`/${path}`),
    ),
  },
  {
    name: "groups and versions that nobody serves",
    steps: [
      get("/apis/none.example.com", 404),
      get("/apis/apps/v9", 404),
      get("/apis/none.example.com/v1", 404),
      get("/api/v9", 404),
    ],
  },
];
