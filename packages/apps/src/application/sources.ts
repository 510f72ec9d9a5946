import { joinPath, ProblemError, type Problem, type ReadSet } from "@fairlead/base";
import { readManifests, type Redactor } from "@fairlead/render";
import type { Engine } from "../apps/engine.ts";
import type { Capabilities } from "../live/capabilities.ts";
import { permitsSource } from "../project/permit.ts";
import { buildEnvironment, namesCluster, namesRevision, withEnvironment } from "../source/build-environment.ts";
import { redactorOf } from "../secrecy/redactor.ts";
import { withRepositoryOverrides } from "../source/overrides.ts";
import type { RenderAnswer, ResolvedSource } from "../source/types.ts";
import { effectiveSources, heldRevisions } from "./held.ts";
import type { RenderedSources } from "./rendered.ts";
import type { Target } from "./target.ts";
import type { AppState } from "./state.ts";
import type { ApplicationSource } from "./types.ts";

/** What rendering needs of the engine and of an application: little enough that it can be done with no cluster. */
export type RenderEngine = Pick<
  Engine,
  "sources" | "clock" | "plugins" | "signatures" | "settings" | "follow" | "metrics" | "logger" | "emit"
>;
export type RenderTarget = Pick<Target, "app" | "object" | "instance" | "project" | "namespace"> & {
  readonly live: { capabilities(): Promise<Partial<Capabilities> | undefined> };
};

/** What an operation or a rollback uses in place of the Application's own. */
export interface FixedSources {
  /** By source; an empty one means that of the source. */
  readonly revisions: readonly string[];
  readonly sources?: readonly ApplicationSource[];
  /** Objects as YAML or JSON texts, instead of anything that would be rendered. */
  readonly manifests?: readonly string[];
}

/** Renders of an operation's own revisions are kept apart while it runs, and no longer. */
export function forgetFixed(engine: RenderEngine, state: AppState, count: number): void {
  for (let index = 0; index < count; index++) {
    engine.sources.forget(ownerOf(state, index, true));
    engine.plugins.forget(ownerOf(state, index, true));
  }
}

function ownerOf(state: AppState, index: number, isFixed: boolean): string {
  return `${state.key}#${index}${isFixed ? "@op" : ""}`;
}

/** How a source is resolved: with a limit to the waiting, or without. */
export type Resolve = RenderEngine["sources"]["resolve"];

/**
 * Resolves and renders every source of an application. Sources that only lend their files (`ref` without path or chart) are
 * resolved and not rendered. @throws ProblemError
 */
export async function renderSources(
  engine: RenderEngine,
  target: RenderTarget,
  state: AppState,
  fixed: FixedSources | undefined,
  resolve: Resolve = (...of) => engine.sources.resolve(...of),
): Promise<RenderedSources> {
  const sources = fixed?.sources ?? effectiveSources(target);
  if (sources !== target.app.spec.sources) assertPermitted(target, sources);
  const held = fixed ? fixed.revisions : heldRevisions(target, sources.length);
  const resolved = await allOrEveryFault(
    sources.map((source, index) => resolve(source, held?.[index] || undefined, target.project.name)),
  );
  const refs = new Map(
    sources.flatMap((source, index) => {
      const found = resolved[index];
      return source.ref !== undefined && found ? [[source.ref, found] as const] : [];
    }),
  );
  const faults = await signatureFaults(engine, target, sources, resolved, held);
  if (faults.length > 0) throw new ProblemError(faults);
  if (fixed?.manifests) return localManifests(fixed.manifests, resolved, state.redactor);
  const started = engine.clock.now();
  const answers = await allOrEveryFault(
    sources.flatMap((source, index) => {
      const found = resolved[index];
      if (!found || !isRendered(source)) return [];
      return [renderOne(engine, target, source, found, refs, ownerOf(state, index, fixed !== undefined))];
    }),
  );
  const revisions = resolved.map(({ revision }) => revision);
  // One source's list is handed on as it is: the same list means that nothing changed.
  const [first] = answers;
  const objects =
    first && answers.length === 1 ? first.answer.objects : answers.flatMap(({ answer }) => answer.objects);
  const why = answers.find(({ answer }) => answer.why !== undefined)?.answer.why;
  const redactor = redactorOf(
    answers.flatMap(({ answer }) => answer.decrypted ?? []),
    objects,
  );
  if (!fixed) {
    state.sources = resolved.map(({ revision }, index) => ({ revision, reads: readsOf(answers, sources, index) }));
    state.rendered = objects;
    engine.follow(state.key, sources);
  }
  state.redactor = redactor;
  if (why !== undefined) report(engine, state, { revision: revisions[0] ?? "", why, objects: objects.length, started });
  return {
    revisions,
    types: answers.map(({ answer }) => answer.type),
    objects,
    warnings: answers.flatMap(({ answer }) => answer.warnings),
    why,
    redactor,
  };
}

/** Sources that are not the Application's own were not looked at with it. @throws ProblemError NotPermitted */
function assertPermitted({ project }: RenderTarget, sources: readonly ApplicationSource[]): void {
  const problems = sources.flatMap(({ repoURL }): Problem[] => {
    const permission = permitsSource(project, repoURL);
    if (permission.ok) return [];
    return [
      { code: "NotPermitted", message: `repository ${JSON.stringify(repoURL)} is not permitted: ${permission.rule}` },
    ];
  });
  if (problems.length > 0) throw new ProblemError(problems);
}

/** As Promise.all, but of several that fail all are told. @throws ProblemError; what is not one is thrown as it is */
async function allOrEveryFault<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  const [first] = failures;
  if (failures.length > 1 && failures.every((failure) => failure instanceof ProblemError)) {
    const problems = new Map(failures.flatMap((failure) => failure.problems).map((one) => [JSON.stringify(one), one]));
    throw new ProblemError([...problems.values()]);
  }
  if (failures.length > 0) throw first;
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

async function signatureFaults(
  engine: RenderEngine,
  target: RenderTarget,
  sources: readonly ApplicationSource[],
  resolved: readonly ResolvedSource[],
  held: readonly string[] | undefined,
): Promise<Problem[]> {
  if (target.project.spec.signatureKeys.length === 0) return [];
  const facts = { sources: engine.sources, keys: engine.settings.gpgKeys };
  const faults = await Promise.all(
    sources.map(async (source, index) => {
      const found = resolved[index];
      if (!found) return undefined;
      return engine.signatures.fault(facts, target.project, source, found, held?.[index] || undefined);
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

interface Answer {
  readonly answer: RenderAnswer;
  /** The source as it was rendered, with what the repository lays over it. */
  readonly source: ApplicationSource;
  /** Files that were looked at before rendering. */
  readonly before: ReadSet;
}

/** Objects that came with the operation itself, as `argocd app sync --local` sends them. @throws ProblemError */
function localManifests(
  manifests: readonly string[],
  resolved: readonly ResolvedSource[],
  redactor: Redactor,
): RenderedSources {
  const read = manifests.map((text, index) => readManifests(text, `operation.sync.manifests[${index}]`));
  const problems = read.flatMap((entry) => entry.problems);
  if (problems.length > 0) throw new ProblemError(problems);
  return {
    revisions: resolved.map(({ revision }) => revision),
    types: [],
    objects: read.flatMap(({ objects }) => objects),
    warnings: [],
    why: "manifests of the operation",
    redactor,
  };
}

function isRendered(source: ApplicationSource): boolean {
  return source.ref === undefined || source.path !== undefined || source.chart !== undefined;
}

async function renderOne(
  engine: RenderEngine,
  target: RenderTarget,
  written: ApplicationSource,
  resolved: ResolvedSource,
  refs: ReadonlyMap<string, ResolvedSource>,
  owner: string,
): Promise<Answer> {
  const { name, namespace } = target.app.metadata;
  const { source: merged, reads: before } = withRepositoryOverrides(resolved.tree, written, target.instance);
  const buildOptions = buildOptionsFor(engine, merged);
  const needsCluster =
    (mayBeKustomization(merged) && buildOptions?.includes("--enable-helm") === true) ||
    mayBeChart(merged, resolved) ||
    merged.plugin !== undefined ||
    namesCluster(merged);
  const capabilities = needsCluster ? await target.live.capabilities() : undefined;
  const facts = {
    instance: target.instance,
    namespace: target.namespace,
    project: target.project.name,
    revision: resolved.revision,
    source: merged,
    ...capabilities,
  };
  const environment = buildEnvironment(facts);
  const plugin = await engine.plugins.pluginFor({ source: merged, tree: resolved.tree, environment });
  if (plugin) {
    const answer = await engine.plugins.render(plugin, { owner, source: merged, tree: resolved.tree, environment });
    return { answer, source: merged, before };
  }
  const source = withEnvironment(merged, environment, new Set(refs.keys()));
  const answer = await engine.sources.render({
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
    kustomizeBuildOptions: buildOptions,
    sopsSecret: secretFor(engine, target.project.name),
  });
  return { answer, source: merged, before };
}

/** Options of the version an application asks for, else those for all. */
function buildOptionsFor({ settings }: RenderEngine, { kustomize }: ApplicationSource): string | undefined {
  const options = settings.kustomizeBuildOptions;
  const version = kustomize?.["version"];
  return (typeof version === "string" ? options.get(version) : undefined) ?? options.get("");
}

function mayBeKustomization({ chart, helm, directory, plugin }: ApplicationSource): boolean {
  return chart === undefined && helm === undefined && directory === undefined && plugin === undefined;
}

function secretFor({ settings }: RenderEngine, project: string): string | undefined {
  return settings.sopsSecrets.get(project) ?? settings.sopsSecrets.get("");
}

/** Only charts look at the cluster; asking it for every directory of manifests would tie renders to clusters for nothing. */
function mayBeChart(source: ApplicationSource, { tree }: ResolvedSource): boolean {
  if (source.chart !== undefined || source.helm !== undefined) return true;
  if (source.kustomize !== undefined || source.directory !== undefined || source.plugin !== undefined) return false;
  return tree.stat(joinPath(source.path ?? "", "Chart.yaml"))?.kind === "file";
}

/** What the source's render read; undefined (look again at every commit) for one whose reads are not known. */
function readsOf(
  answers: readonly Answer[],
  sources: readonly ApplicationSource[],
  index: number,
): RenderAnswer["reads"] {
  // With several sources one may read another's files, so only a single source can be judged by what it read.
  const [only] = answers;
  if (sources.length !== 1 || index !== 0 || !only?.answer.reads || namesRevision(only.source)) return undefined;
  return new Map([...only.before, ...only.answer.reads]);
}

/** The line that says which application was rendered, and why. */
function report(
  engine: RenderEngine,
  state: AppState,
  done: { revision: string; why: string; objects: number; started: number },
): void {
  const { revision, why, objects } = done;
  const durationMs = engine.clock.now() - done.started;
  engine.metrics.rendered(durationMs);
  engine.logger.info("application rendered", { app: state.key, why, revision, objects, durationMs });
  engine.emit({ type: "rendered", app: state.key, at: engine.clock.now(), revision, why, objects, durationMs });
}
