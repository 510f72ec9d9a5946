import type { KubeClient } from "@fairlead/kube";
import type { Engine } from "../apps/engine.ts";
import type { Target } from "./target.ts";
import type { ActiveOperation, AppState } from "./state.ts";
import type { SyncPhase } from "./types.ts";

/** What the steps of one operation share. */
export interface Execution {
  readonly engine: Engine;
  readonly target: Target;
  readonly state: AppState;
  readonly active: ActiveOperation;
  readonly signal: AbortSignal;
  readonly isDryRun: boolean;
  /** What writes to the destination; reading is done by the cluster's own. */
  readonly writer: KubeClient;
  /** Only the hooks of this phase: PreDelete or PostDelete. */
  readonly only?: SyncPhase | undefined;
}
