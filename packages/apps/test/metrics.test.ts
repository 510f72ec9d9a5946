import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

test("metrics have Argo CD's names and say what happened", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  await world.settle();
  const text = world.apps.metrics();
  const app = 'name="one",namespace="argocd",project="default",dest_server="https://kubernetes.default.svc"';
  const request = 'name="one",namespace="argocd",project="default",server="https://kubernetes.default.svc"';
  for (const line of [
    `argocd_app_info{${app},autosync_enabled="true",dest_namespace="default",health_status="Healthy",operation="",repo="https://git.example.com/config",sync_status="Synced"} 1`,
    `argocd_app_sync_total{${app},phase="Succeeded",dry_run="false"} 2`,
    `fairlead_app_drift_total{${app},manager="kubectl-edit"} 1`,
    'argocd_cluster_connection_status{server="https://kubernetes.default.svc",k8s_version=""} 1',
    "fairlead_app_heal_seconds_count 1",
    `argocd_app_k8s_request_total{${request},response_code="201",verb="Patch",resource_kind="ConfigMap",resource_namespace="default",dry_run="false"} 1`,
    `argocd_app_k8s_request_total{${request},response_code="200",verb="Patch",resource_kind="ConfigMap",resource_namespace="default",dry_run="false"} 1`,
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
  }
  // Every line is a comment or a sample.
  for (const line of text.trimEnd().split("\n")) assert.match(line, /^(# TYPE \w+ \w+|\w+(\{.*\})? [\d.e+-]+)$/);
  await world.stopEngine();
});
