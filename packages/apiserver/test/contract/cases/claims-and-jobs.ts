import type { Case } from "../types.ts";
import { inGroup, merge, NS, post } from "./steps.ts";

const CLAIMS = `${NS}/persistentvolumeclaims`;
const JOBS = `${inGroup("batch/v1")}/jobs`;

function claim(spec: object): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  };
}

const claims = (name: string, spec: object, code = 201): Case => ({
  name,
  steps: [post(`${CLAIMS}?dryRun=All`, claim(spec), code)],
});

const snapshot = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" };
const populator = { apiGroup: "x.y", kind: "Foo", name: "s" };
const other = { kind: "PersistentVolumeClaim", name: "a" };

function job(spec: object, labels: object): object {
  const containers = [{ name: "main", image: "i" }];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: { template: { metadata: { labels }, spec: { restartPolicy: "Never", containers } }, ...spec },
  };
}

const jobs = (name: string, spec: object, labels: object, code = 422): Case => ({
  name,
  steps: [post(`${JOBS}?dryRun=All`, job(spec, labels), code)],
});

/** What claims begin with, and whose pods are a job's. */
export const CLAIMS_AND_JOBS: readonly Case[] = [
  claims("a snapshot is said in both fields", { dataSource: snapshot }),
  claims("another claim is said in both fields", { dataSource: other }),
  claims("the older field knows no other kinds", { dataSource: populator }),
  claims("the newer field knows all", { dataSourceRef: populator }),
  claims("both fields agree", { dataSource: other, dataSourceRef: other }),
  claims("both fields differ", { dataSource: other, dataSourceRef: { ...other, name: "b" } }, 422),
  claims("a source in another namespace", { dataSourceRef: { ...other, namespace: "other" } }),
  claims("a kind of no group", { dataSource: { kind: "Foo", name: "s" } }),
  claims("a reference of no group", { dataSourceRef: { kind: "Foo", name: "s" } }, 422),
  claims("a reference without names", { dataSourceRef: { kind: "", name: "", apiGroup: "x y" } }, 422),
  claims("modes that there are not", { accessModes: ["Foo"], volumeMode: "Bar" }, 422),
  claims("one pod alone, and others", { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] }, 422),
  {
    name: "what may change of a claim that is bound",
    steps: [
      post(CLAIMS, claim({ storageClassName: "x" })),
      merge(`${CLAIMS}/c`, { spec: { storageClassName: "y" } }, 422),
      merge(`${CLAIMS}/c/status`, { status: { phase: "Bound", capacity: { storage: "1Gi" } } }),
      merge(`${CLAIMS}/c`, { spec: { resources: { requests: { storage: "512Mi" } } } }, 422),
      merge(`${CLAIMS}/c`, { spec: { dataSource: { kind: "PersistentVolumeClaim", name: "z" } } }, 422),
      merge(`${CLAIMS}/c`, { spec: { accessModes: ["ReadWriteMany"] } }, 422),
    ],
  },
  jobs("a selector that the server did not make", { selector: { matchLabels: { a: "b" } } }, { a: "b" }),
  jobs(
    "a selector of one's own that does not fit",
    { manualSelector: true, selector: { matchLabels: { a: "b" } } },
    { a: "c" },
  ),
  jobs("a selector of one's own", { manualSelector: true, selector: { matchLabels: { a: "b" } } }, { a: "b" }, 201),
  jobs("labels that the server makes", {}, { "controller-uid": "x", "job-name": "y" }),
  jobs(
    "labels that the server makes, by their newer names",
    {},
    { "batch.kubernetes.io/controller-uid": "x", "batch.kubernetes.io/job-name": "y" },
  ),
];
