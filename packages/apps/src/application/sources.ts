import { joinPath, type Problem } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import type { Engine } from "../apps/engine.ts";
import { ANNOTATIONS } from "../names.ts";
import type { RenderAnswer, ResolvedSource } from "../source/types.ts";
import type { Target } from "./target.ts";
import type { AppState } from "./state.ts";
import type { ApplicationSource } from "./types.ts";

export interface RenderedSources {
  /** One per source. */
  readonly revisions: readonly string[];
  readonly types: readonly string[];
  readonly objects: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  readonly warnings: readonly Problem[];
  readonly why: string | undefined;
}

/**
 * Resolves and renders every source of an application. Sources that only lend their files (`ref` without path or chart) are
 * resolved and not rendered. @throws ProblemError
 */
export async function renderSources(
  engine: Engine,
  target: Target,
  state: AppState,
  fixed: readonly string[] | undefined,
): Promise<RenderedSources> {
  const { sources } = target.app.spec;
  const held = fixed ?? heldRevisions(target, sources.length);
  const resolved = await Promise.all(
    sources.map((source, index) => engine.sources.resolve(source, held?.[index] || undefined)),
  );
  const refs = new Map(
    sources.flatMap((source, index) => {
      const found = resolved[index];
      return source.ref !== undefined && found ? [[source.ref, found] as const] : [];
    }),
  );
  const answers: { answer: RenderAnswer; resolved: ResolvedSource }[] = [];
  const started = engine.clock.now();
  for (const [index, source] of sources.entries()) {
    const found = resolved[index];
    if (!found || !isRendered(source)) continue;
    const owner = `${state.key}#${index}${fixed ? "@op" : ""}`;
    answers.push({ answer: await renderOne(engine, target, source, found, refs, owner), resolved: found });
  }
  const revisions = resolved.map(({ revision }) => revision);
  // One source's list is handed on as it is: the same list means that nothing changed.
  const [first] = answers;
  const objects =
    first && answers.length === 1 ? first.answer.objects : answers.flatMap(({ answer }) => answer.objects);
  const why = answers.find(({ answer }) => answer.why !== undefined)?.answer.why;
  if (!fixed) {
    state.sources = resolved.map(({ revision }, index) => ({ revision, reads: readsOf(answers, sources, index) }));
    state.rendered = objects;
    engine.follow(state.key, sources);
  }
  if (why !== undefined) report(engine, state, { revision: revisions[0] ?? "", why, objects: objects.length, started });
  return {
    revisions,
    types: answers.map(({ answer }) => answer.type),
    objects,
    warnings: answers.flatMap(({ answer }) => answer.warnings),
    why,
  };
}

/** A rollback holds an application at a revision, whatever its targetRevision has come to mean. */
function heldRevisions(target: Target, count: number): readonly string[] | undefined {
  const text = target.object.metadata.annotations?.[ANNOTATIONS.heldAt];
  if (!text) return undefined;
  const parts = text.split(",").map((part) => part.trim());
  return parts.length === count
    ? parts
    : Array.from({ length: count }, (_, index) => (index === 0 ? (parts[0] ?? "") : ""));
}

function isRendered(source: ApplicationSource): boolean {
  return source.ref === undefined || source.path !== undefined || source.chart !== undefined;
}

async function renderOne(
  engine: Engine,
  target: Target,
  source: ApplicationSource,
  resolved: ResolvedSource,
  refs: ReadonlyMap<string, ResolvedSource>,
  owner: string,
): Promise<RenderAnswer> {
  const { name, namespace } = target.app.metadata;
  const capabilities = mayBeChart(source, resolved) ? await target.live.capabilities() : undefined;
  return engine.sources.render({
    owner,
    source,
    resolved,
    refs,
    app: {
      name,
      namespace,
      project: target.project.name,
      destinationNamespace: target.namespace,
      instance: target.instance,
    },
    ...capabilities,
  });
}

/** Only charts look at the cluster; asking it for every directory of manifests would tie renders to clusters for nothing. */
function mayBeChart(source: ApplicationSource, { tree }: ResolvedSource): boolean {
  if (source.chart !== undefined || source.helm !== undefined) return true;
  if (source.kustomize !== undefined || source.directory !== undefined || source.plugin !== undefined) return false;
  return tree.stat(joinPath(source.path ?? "", "Chart.yaml"))?.kind === "file";
}

/** What the source's render read; undefined (look again at every commit) for one whose reads are not known. */
function readsOf(
  answers: readonly { answer: RenderAnswer; resolved: ResolvedSource }[],
  sources: readonly ApplicationSource[],
  index: number,
): RenderAnswer["reads"] {
  // With several sources one may read another's files, so only a single source can be judged by what it read.
  return sources.length === 1 && index === 0 ? answers[0]?.answer.reads : undefined;
}

/** The line that says which application was rendered, and why. */
function report(
  engine: Engine,
  state: AppState,
  done: { revision: string; why: string; objects: number; started: number },
): void {
  const { revision, why, objects } = done;
  const durationMs = engine.clock.now() - done.started;
  engine.metrics.rendered(durationMs);
  engine.logger.info("application rendered", { app: state.key, why, revision, objects, durationMs });
  engine.emit({ type: "rendered", app: state.key, at: engine.clock.now(), revision, why, objects, durationMs });
}
