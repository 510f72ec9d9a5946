import { readFileSync } from "node:fs";
import { ProblemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { decodeDocuments } from "@fairlead/yaml";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const KUBECTL_MANAGER = "kubectl-client-side-apply";

/**
 * `kubectl apply -f FILE` for objects that are not there yet: created with kubectl's own annotation and field manager, so that
 * the same command by hand says "unchanged" afterwards. Objects that exist are left to the person who edited them.
 * @throws ProblemError when the file is broken; ApiError when the server refuses
 */
export async function applyAsKubectl(client: KubeClient, file: string): Promise<void> {
  const { documents, problems } = decodeDocuments(readFileSync(file, "utf8"), { file });
  if (problems.length > 0) throw new ProblemError(problems);
  for (const { value } of documents) {
    const object = value as KubeObject;
    const { name = "", namespace } = object.metadata;
    if (await client.find(object, name, namespace)) continue;
    await client.create(withLastApplied(object), { fieldManager: KUBECTL_MANAGER, fieldValidation: "Strict" });
  }
}

/** kubectl annotates with the object as JSON in one line, annotations included but for this one, and a newline at the end. */
function withLastApplied(object: KubeObject): KubeObject {
  const annotations = object.metadata.annotations ?? {};
  const original = { ...object, metadata: { ...object.metadata, annotations } };
  const text = `${JSON.stringify(sortKeys(original))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

/** Go marshals maps with sorted keys. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, item]) => [key, sortKeys(item)]));
}
