import type { KubeObject } from "@fairlead/apimachinery";
import { labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, ProblemError, problemsOf, type Clock, type JsonObject } from "@fairlead/base";
import { done, failed, isNotFound, type KubeClient, type Outcome } from "@fairlead/kube";
import { Fields, problemSink } from "../model/fields.ts";
import { CLUSTER_EXTERNAL_SECRET, EXTERNAL_SECRET } from "../model/names.ts";
import { parseExternalSecretSpec } from "../model/parse.ts";
import type { Observed } from "../observe.ts";
import { withCondition } from "./status.ts";

export interface ClusterDeps {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly observed: Observed;
}

interface Placement {
  readonly name: string;
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: unknown;
  readonly namespaces: readonly string[];
}

/** One ExternalSecret in each namespace that a ClusterExternalSecret selects; where it no longer does, they go. */
export async function reconcileCluster(object: KubeObject, deps: ClusterDeps): Promise<Outcome> {
  if (object.metadata.deletionTimestamp !== undefined) return done();
  const { problems, report } = problemSink(
    "InvalidExternalSecret",
    `ClusterExternalSecret ${object.metadata.name ?? ""}`,
  );
  const placement = parsePlacement(object, deps.observed.namespaces.list(), report);
  if (problems.length > 0) {
    await writeStatus(object, deps, placement, [{ namespace: "", reason: new ProblemError(problems).message }]);
    return done();
  }
  const faults: { namespace: string; reason: string }[] = [];
  for (const namespace of placement.namespaces) {
    const fault = await place(object, placement, namespace, deps);
    if (fault !== undefined) faults.push({ namespace, reason: fault });
  }
  for (const child of deps.observed.externalSecrets.list()) {
    const { namespace = "", name = "" } = child.metadata;
    const isWanted = placement.namespaces.includes(namespace) && name === placement.name;
    if (isOwned(child, object) && !isWanted) await ignoreGone(deps.hub.delete(EXTERNAL_SECRET, name, namespace));
  }
  await writeStatus(object, deps, placement, faults);
  return faults.length > 0 ? failed(new Error(faults[0]?.reason ?? "")) : done();
}

function parsePlacement(
  object: KubeObject,
  namespaces: readonly KubeObject[],
  report: (path: string, message: string) => void,
): Placement {
  const spec = new Fields(object["spec"], "spec", report);
  const name = spec.text("externalSecretName") || (object.metadata.name ?? "");
  parseExternalSecretSpec(spec.child("externalSecretSpec"), name);
  const metadata = spec.child("externalSecretMetadata");
  const selectors = [
    spec.raw("namespaceSelector"),
    ...(Array.isArray(spec.raw("namespaceSelectors")) ? (spec.raw("namespaceSelectors") as unknown[]) : []),
  ];
  const listed = spec.texts("namespaces");
  const selected = namespaces.filter((namespace) => {
    const labels = namespace.metadata.labels ?? {};
    if (namespace.metadata.deletionTimestamp !== undefined) return false;
    if (listed.includes(namespace.metadata.name ?? "")) return true;
    return selectors.some((selector) => {
      try {
        return selector !== undefined && matchesLabels(labelSelectorFromObject(selector), labels);
      } catch (error) {
        report("spec.namespaceSelectors", problemsOf(error)[0]?.message ?? "is not a selector");
        return false;
      }
    });
  });
  return {
    name,
    metadata: { labels: metadata.textMap("labels"), annotations: metadata.textMap("annotations") },
    spec: spec.raw("externalSecretSpec"),
    namespaces: selected.map((namespace) => namespace.metadata.name ?? "").sort(),
  };
}

/** What went wrong, or nothing. */
async function place(
  owner: KubeObject,
  placement: Placement,
  namespace: string,
  { hub, observed }: ClusterDeps,
): Promise<string | undefined> {
  const { name } = placement;
  const existing = observed.externalSecrets.get(`${namespace}/${name}`);
  if (existing !== undefined && !isOwned(existing, owner)) return "external secret already exists in namespace";
  const { name: ownerName = "", uid = "" } = owner.metadata;
  const wanted = {
    ...EXTERNAL_SECRET,
    metadata: {
      name,
      namespace,
      ...placement.metadata,
      ownerReferences: [
        { ...CLUSTER_EXTERNAL_SECRET, name: ownerName, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: placement.spec,
  } as unknown as KubeObject;
  try {
    await hub.apply(wanted, { fieldManager: "external-secrets", force: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isOwned(child: KubeObject, owner: KubeObject): boolean {
  return (child.metadata.ownerReferences ?? []).some(
    ({ uid, controller }) => controller === true && uid === owner.metadata.uid,
  );
}

async function writeStatus(
  object: KubeObject,
  { hub, clock }: ClusterDeps,
  placement: Placement,
  faults: readonly { namespace: string; reason: string }[],
): Promise<void> {
  const failedNames = faults.map(({ namespace }) => namespace);
  const message = faults.length === 0 ? "" : `one or more namespaces failed: ${faults[0]?.reason ?? ""}`;
  const reason = faults.length === 0 ? "ClusterExternalSecretSynced" : "NamespacesFailed";
  const status: JsonObject = {
    externalSecretName: placement.name,
    failedNamespaces: faults.map((fault) => ({ ...fault })),
    provisionedNamespaces: placement.namespaces.filter((name) => !failedNames.includes(name)),
    conditions: withCondition(object, "Ready", faults.length === 0, reason, message, clock.now()),
  };
  const before = isJsonObject(object["status"]) ? object["status"] : {};
  if (jsonEqual(before, status)) return;
  const ref = { ...CLUSTER_EXTERNAL_SECRET, name: object.metadata.name ?? "" };
  await ignoreGone(hub.patch(ref, { type: "merge", body: { status } }, { subresource: "status" }));
}

async function ignoreGone(action: Promise<unknown>): Promise<void> {
  await action.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
