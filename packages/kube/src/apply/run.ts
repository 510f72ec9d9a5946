import type { KubeObject } from "@fairlead/apimachinery";
import type { ChangeEntry } from "./types.ts";

/** Objects or references of one kind next to each other in the order: they do not need one another and go side by side. */
export function batchesOf<T extends { readonly kind: string }>(ordered: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (const item of ordered) {
    const last = batches.at(-1);
    if (last !== undefined && last[0]?.kind === item.kind) last.push(item);
    else batches.push([item]);
  }
  return batches;
}

/** Runs `step` for each item, at most `concurrency` at a time; results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  concurrency: number,
  step: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await step(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
  return results;
}

export interface RunOptions {
  readonly dryRun?: boolean | undefined;
  /** Objects worked on at the same time. Default 16. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told each entry as it is known, for progress. */
  readonly onEntry?: ((entry: ChangeEntry) => void) | undefined;
}

export const CONCURRENCY = 16;

/** Server-written parts that say nothing about what the object is. */
export function withoutBookkeeping(object: KubeObject): KubeObject {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...metadata } = object.metadata;
  return { ...object, metadata };
}
