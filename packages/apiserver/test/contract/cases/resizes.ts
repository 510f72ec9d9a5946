import { pod } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { apply, get, NS, post, strategic } from "./steps.ts";

const PODS = `${NS}/pods`;

const made = (name: string, resources: object, more: object = {}): Step =>
  post(PODS, pod(name, { containers: [{ name: "main", image: "busybox:1", resources }], ...more }));

const resize = (name: string, resources: object | null, code = 422): Step =>
  strategic(`${PODS}/${name}/resize`, { spec: { containers: [{ name: "main", resources }] } }, code);

/** What a pod may be resized to (pods/NAME/resize). */
export const RESIZES: readonly Case[] = [
  {
    name: "a resize keeps the class of the pod",
    steps: [
      made("best-effort", {}),
      made("burstable", { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi" } }),
      made("guaranteed", { limits: { cpu: "1", memory: "1Gi" } }),
      resize("best-effort", { limits: { cpu: "1" } }),
      resize("best-effort", { requests: { memory: "1Gi" } }),
      resize("best-effort", { requests: { "ephemeral-storage": "1Gi" } }),
      resize("burstable", { requests: { cpu: "2" } }, 200),
      resize("burstable", { limits: { memory: "1500Mi" } }, 200),
      resize("burstable", { limits: { cpu: "4" } }, 200),
      resize("guaranteed", { limits: { cpu: "2" } }),
      resize("guaranteed", { limits: { cpu: "2" }, requests: { cpu: "2" } }, 200),
      get(`${PODS}/guaranteed/resize`),
    ],
  },
  {
    name: "a resize takes nothing away and changes nothing else",
    steps: [
      made("a", { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi", "ephemeral-storage": "1Gi" } }),
      resize("a", { limits: { memory: null } }),
      resize("a", { requests: { cpu: null } }),
      resize("a", { limits: { "ephemeral-storage": null } }),
      resize("a", { limits: { "ephemeral-storage": "2Gi" } }),
      resize("a", { limits: { cpu: "x" } }),
      strategic(`${PODS}/a/resize`, { spec: { containers: [{ name: "other", resources: {} }] } }, 422),
      strategic(
        `${PODS}/a/resize`,
        {
          spec: {
            containers: [{ name: "main", resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }],
          },
        },
        422,
      ),
      strategic(`${PODS}/none/resize`, { spec: {} }, 404),
    ],
  },
  {
    name: "a resize has owners of its own",
    steps: [
      made("a", { requests: { cpu: "1" } }),
      resize("a", { requests: { cpu: "2" } }, 200),
      apply(
        `${PODS}/a/resize`,
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "a" },
          spec: { containers: [{ name: "main", resources: { requests: { cpu: "3" } } }] },
        },
        409,
      ),
    ],
  },
  {
    name: "no pod for Windows is resized",
    steps: [
      made("a", { limits: { cpu: "1", memory: "1Gi" } }, { os: { name: "windows" } }),
      resize("a", { limits: { cpu: "2" }, requests: { cpu: "2" } }),
    ],
  },
];
