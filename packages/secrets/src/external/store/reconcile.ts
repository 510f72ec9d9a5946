import type { KubeObject } from "@fairlead/apimachinery";
import { problemsOf, ProblemError, type Clock } from "@fairlead/base";
import { again, isNotFound, type EventRecorder, type KubeClient, type Outcome } from "@fairlead/kube";
import type { Metrics } from "../metrics.ts";
import { withCondition } from "../sync/status.ts";
import { isSetting } from "./gate.ts";
import type { StoreRegistry } from "./registry.ts";

const REVALIDATE_MS = 300_000;
const RETRY_MS = 10_000;

export interface StoreCheckDeps {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly registry: StoreRegistry;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** The store can be used now and could not before, or the reverse. */
  readonly onVerdict: (store: KubeObject) => void;
}

/** Says of a store whether it works: at once when it changes, then every five minutes or as its refreshInterval says. */
export async function checkStore(store: KubeObject, deps: StoreCheckDeps): Promise<Outcome> {
  const parsed = deps.registry.parsed(store);
  if (!["", "default", "fairlead"].includes(parsed.controllerClass))
    return again(REVALIDATE_MS, "another controller's");
  let fault: unknown;
  let capabilities = "ReadOnly";
  try {
    const { client } = deps.registry.openForCheck(store);
    capabilities = client.capabilities;
    // Credentials of whoever asks cannot be tried before someone asks.
    if (!parsed.isReferent) await client.validate(deps.signal);
  } catch (error) {
    fault = error;
  }
  const why =
    fault === undefined
      ? undefined
      : problemsOf(fault)
          .map(({ message }) => message)
          .join("; ");
  await writeStatus(store, deps, fault, why, capabilities);
  // A provider that is out is its gate's to judge: it notices sooner that the provider is back.
  if (deps.registry.judge(store, isSetting(fault) ? why : undefined)) deps.onVerdict(store);
  if (fault !== undefined) return again(RETRY_MS, "not valid");
  return again(parsed.refreshIntervalMs || REVALIDATE_MS, "validate again");
}

async function writeStatus(
  store: KubeObject,
  { hub, clock, events, metrics }: StoreCheckDeps,
  fault: unknown,
  why: string | undefined,
  capabilities: string,
): Promise<void> {
  const isReady = fault === undefined;
  const reason = isReady ? "Valid" : reasonOf(fault);
  const message = why === undefined ? "store validated" : `unable to validate store: ${why}`;
  const conditions = withCondition(store, "Ready", isReady, reason, message, clock.now());
  const kind = store.kind === "ClusterSecretStore" ? "clustersecretstore" : "secretstore";
  metrics.condition(kind, store, isReady);
  const status = { conditions, ...(isReady && { capabilities }) };
  const before = store["status"] as Record<string, unknown> | undefined;
  if (
    JSON.stringify(before?.["conditions"]) === JSON.stringify(conditions) &&
    (!isReady || before?.["capabilities"] === capabilities)
  )
    return;
  const { name = "", namespace } = store.metadata;
  const ref = { apiVersion: store.apiVersion, kind: store.kind, name, namespace };
  await hub.patch(ref, { type: "merge", body: { status } }, { subresource: "status" }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  events.event(store, { type: isReady ? "Normal" : "Warning", reason, message });
}

function reasonOf(fault: unknown): string {
  if (!(fault instanceof ProblemError)) return "ValidationFailed";
  return fault.code === "InvalidStore" ? "InvalidProviderConfig" : "ValidationFailed";
}
