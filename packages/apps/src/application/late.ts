import { jsonEqual } from "@fairlead/base";
import type { Engine } from "../apps/engine.ts";
import { LIMITS } from "../limits.ts";
import { ANNOTATIONS } from "../names.ts";
import { effectiveSources } from "./held.ts";
import { StillWaiting } from "./patience.ts";
import type { RenderedSources } from "./rendered.ts";
import type { Resolve } from "./sources.ts";
import type { AppState, Late } from "./state.ts";
import type { Target } from "./target.ts";
import type { ConditionFact } from "./types.ts";

/** Resolves with a limit to the waiting; what is late is kept in mind. @throws StillWaiting */
export function patientResolve(engine: Engine, state: AppState): Resolve {
  return (source, revision, project) => {
    const { repoURL, chart, targetRevision, tagPrefix } = source;
    const what = JSON.stringify([repoURL, chart, revision ?? targetRevision, tagPrefix, project]);
    return noticingLate(engine, state, repoURL, () =>
      engine.patience.within(what, state.key, () => engine.sources.resolve(source, revision, project)),
    );
  };
}

/** @throws what `wait` throws */
export async function noticingLate<T>(
  engine: Engine,
  state: AppState,
  repoURL: string,
  wait: () => Promise<T>,
): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    if (error instanceof StillWaiting) state.late ??= { repoURL, since: engine.clock.now() };
    throw error;
  }
}

export function keepLastGood({ app, object }: Target, state: AppState, rendered: RenderedSources): void {
  state.lastGood = {
    rendered,
    sources: effectiveSources({ app, object }),
    heldAt: object.metadata.annotations?.[ANNOTATIONS.heldAt],
  };
}

/** What the sources said before they became late; undefined where that was about others than the application has now. */
export function lastGood({ app, object }: Target, state: AppState): RenderedSources | undefined {
  const known = state.lastGood;
  if (!known || known.heldAt !== object.metadata.annotations?.[ANNOTATIONS.heldAt]) return undefined;
  return jsonEqual(known.sources, effectiveSources({ app, object }))
    ? { ...known.rendered, why: undefined }
    : undefined;
}

/** A source that takes a few seconds is no news; one that takes longer is told, with what that means meanwhile. */
export function lateConditions(engine: Engine, state: AppState, revision: string | undefined): ConditionFact[] {
  if (!state.late || engine.clock.now() < tellAt(state.late)) return [];
  const { repoURL } = state.late;
  if (revision === undefined) {
    return [{ type: "ComparisonError", message: `${repoURL} has not answered yet; nothing is known of what it says` }];
  }
  const message = `${repoURL} has not answered yet; until it does, objects are kept as it last said (revision ${revision.slice(0, 12)})`;
  return [{ type: "SourceWarning", message }];
}

/** When there will be something to tell; undefined when nothing is late, or it is told already. */
export function wakeToTell(engine: Engine, state: AppState): number | undefined {
  return state.late && engine.clock.now() < tellAt(state.late) ? tellAt(state.late) : undefined;
}

function tellAt({ since }: Late): number {
  return since + LIMITS.sourceLateMs;
}
