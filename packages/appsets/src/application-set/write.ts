import { jsonEqual, type JsonObject } from "@fairlead/base";
import { isNotFound, type KubeClient } from "@fairlead/kube";
import type { Decision } from "./decide.ts";
import { APPLICATION_KIND } from "./types.ts";

const FIELD_MANAGER = "fairlead-applicationset";
/** Writes of one turn of a set; then others have theirs. */
const WRITES_A_TURN = 200;
const PARALLEL = 8;

export interface WriteResult {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** What is still to be done. */
  readonly left: number;
  readonly errors: readonly { readonly name: string; readonly error: unknown }[];
}

type Write = {
  readonly kind: "created" | "updated" | "deleted";
  readonly name: string;
  readonly run: () => Promise<unknown>;
};

/** Carries out a decision, a turn's worth of it. What fails is told and keeps nothing else from being written. */
export async function carryOut(hub: KubeClient, decision: Decision): Promise<WriteResult> {
  const all = [...writesOf(hub, decision)];
  const now = all.slice(0, WRITES_A_TURN);
  const counts = { created: 0, updated: 0, deleted: 0 };
  const errors: { name: string; error: unknown }[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < now.length; index = next++) {
      const write = now[index];
      if (!write) return;
      try {
        await write.run();
        counts[write.kind]++;
      } catch (error) {
        errors.push({ name: write.name, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, now.length) }, worker));
  errors.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...counts, left: all.length - now.length, errors };
}

function* writesOf(hub: KubeClient, decision: Decision): IterableIterator<Write> {
  for (const application of decision.create) {
    const name = application.metadata.name ?? "";
    yield { kind: "created", name, run: () => hub.create(application, { fieldManager: FIELD_MANAGER }) };
  }
  for (const { live, patch } of decision.update) {
    const { name = "", namespace, resourceVersion } = live.metadata;
    // What was compared must be what is changed.
    const metadata = { ...(patch["metadata"] as JsonObject | undefined), resourceVersion };
    const ref = { ...APPLICATION_KIND, name, namespace };
    yield {
      kind: "updated",
      name,
      run: () => hub.patch(ref, { type: "merge", body: { ...patch, metadata } }, { fieldManager: FIELD_MANAGER }),
    };
  }
  for (const { metadata } of decision.remove) {
    const { name = "", namespace, uid } = metadata;
    const options = uid === undefined ? {} : { preconditions: { uid } };
    yield { kind: "deleted", name, run: () => ignoreGone(hub.delete(APPLICATION_KIND, name, namespace, options)) };
  }
}

export async function ignoreGone(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Finalizers of an object as they should be, where they are not. */
export function finalizerPatch(
  before: readonly string[] | undefined,
  wanted: readonly string[],
): JsonObject | undefined {
  return jsonEqual([...(before ?? [])], [...wanted]) ? undefined : { metadata: { finalizers: [...wanted] } };
}
