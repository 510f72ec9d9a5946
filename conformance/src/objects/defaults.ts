import {
  applyDefaults,
  builtinSchemas,
  gvkOf,
  resetFields,
  storedForm,
  trackUpdate,
  type KubeObject,
} from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { JudgeClient } from "./client.ts";
import { differenceOf, withoutVolatile } from "./compare.ts";
import { MANIFESTS, type Manifest } from "./manifests.ts";
import type { Tally } from "./tally.ts";

/** Every built-in kind created as a dry run: our defaults and managedFields beside what comes back. */
export async function judgeDefaults(client: JudgeClient, tally: Tally): Promise<void> {
  for (const manifest of MANIFESTS) {
    const title = `create ${manifest.object.kind} ${manifest.object.metadata.name}`;
    const { status, body } = await client.send(
      "POST",
      `${manifest.path}?dryRun=All&fieldManager=judge`,
      manifest.object,
    );
    if (status !== 201) {
      tally.differs(title, `the server says ${status}: ${JSON.stringify(body["message"])}`);
      continue;
    }
    const fault = compareCreated(manifest, body as unknown as KubeObject);
    if (fault === undefined) tally.agrees();
    else tally.differs(title, fault);
  }
}

function compareCreated({ object, path }: Manifest, created: KubeObject): string | undefined {
  const schema = builtinSchemas().forKind(gvkOf(object));
  if (!schema) return "no schema";
  const sent = cloneJson(object);
  if (path.includes("/namespaces/default/")) sent.metadata.namespace = "default";
  const defaulted = applyDefaults(sent);
  const now = Date.parse(created.metadata.managedFields?.[0]?.time ?? "2024-01-01T00:00:00Z");
  const common = { manager: "judge", apiVersion: object.apiVersion, schema, now, reset: resetFields(gvkOf(object)) };
  const tracked = trackUpdate({ before: undefined, after: defaulted, ...common });
  const ours = withoutServerParts(storedForm(tracked));
  const theirs = withoutServerParts(created);
  return differenceOf(ours, theirs);
}

/** Takes out what the registry and admission add after defaulting: they aren't defaults of the object. */
function withoutServerParts(object: KubeObject): JsonObject {
  const copy = withoutVolatile(object) as KubeObject & { spec?: JsonObject };
  delete copy["status"];
  const { spec, metadata } = copy;
  if (copy.kind === "PersistentVolumeClaim" || copy.kind === "PersistentVolume") delete metadata.finalizers;
  if (!isJsonObject(spec)) return copy;
  const added: Record<string, readonly string[]> = {
    Service: ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"],
    Pod: ["priority", "preemptionPolicy", "tolerations"],
    Namespace: ["finalizers"],
    Node: ["podCIDRs", "taints"],
    Job: ["selector"],
  };
  for (const name of added[copy.kind] ?? []) delete spec[name];
  if (copy.kind === "Service" && Array.isArray(spec["ports"]))
    for (const port of spec["ports"]) dropField(port, "nodePort");
  if (copy.kind === "Job") {
    dropGeneratedLabels(copy);
    dropGeneratedLabels(spec["template"] as { metadata?: { labels?: Record<string, string> } });
  }
  if (copy.kind === "DaemonSet") delete metadata.annotations;
  if (copy.kind === "Namespace") delete copy.spec;
  return copy;
}

function dropField(value: Json, name: string): void {
  if (isJsonObject(value)) delete value[name];
}

function dropGeneratedLabels(owner: { metadata?: { labels?: Record<string, string> } }): void {
  const labels = owner.metadata?.labels ?? {};
  for (const key of Object.keys(labels)) if (/controller-uid|job-name/.test(key)) delete labels[key];
}
