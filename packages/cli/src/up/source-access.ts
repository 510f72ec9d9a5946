import { problemError, type Clock } from "@fairlead/base";
import type { RenderAnswer, RenderRequest, ResolvedSource, SourceAccess } from "@fairlead/apps";
import { RenderCache, type SourceSpec } from "@fairlead/render";
import type { Repositories } from "@fairlead/sources";

type Source = RenderRequest["source"];

export interface SourceAccessOptions {
  /** Secret of this installation: what charts make up by chance is derived from it. */
  readonly renderKey: string;
  readonly clock: Clock;
}

/** How the application engine gets at Git and at rendering: the one place where `sources` and `render` meet `apps`. */
export function createSourceAccess(repositories: Repositories, options: SourceAccessOptions): SourceAccess {
  const cache = new RenderCache();
  return {
    async resolve(source, revision): Promise<ResolvedSource> {
      const repository = await repositories.open(source.repoURL);
      const { commit } = await repository.resolve(revision ?? source.targetRevision ?? "");
      return { revision: commit, tree: repository.tree(commit) };
    },
    render(request): RenderAnswer {
      const { app, kubeVersion, apiVersions } = request;
      const stable = { key: options.renderKey, nowMs: startOfMonth(options.clock.now()) };
      const environment = {
        appName: app.instance,
        namespace: app.destinationNamespace,
        kubeVersion,
        apiVersions,
        stable,
      };
      const { rendered, why } = cache.render(request.owner, request.resolved.tree, specOf(request.source), environment);
      return { ...rendered, why };
    },
    forget: (owner) => cache.forget(owner),
    watch(source, onMoved) {
      let stop = (): void => undefined;
      let isOver = false;
      // A repository that cannot be opened is told by `resolve`, to those who can do something about it.
      repositories.open(source.repoURL).then(
        (repository) => {
          if (!isOver) stop = repository.onChange(onMoved);
        },
        () => undefined,
      );
      return () => {
        isOver = true;
        stop();
      };
    },
    async poke(source) {
      const repository = await repositories.open(source.repoURL);
      await repository.refresh();
    },
  };
}

/** Charts see no finer time, so no finer time may make the cache render again. */
function startOfMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
}

function specOf(source: Source): SourceSpec {
  if (source.plugin !== undefined) {
    throw problemError("UnsupportedSource", "config management plugins are not available in this version");
  }
  if (source.chart !== undefined) {
    throw problemError("UnsupportedSource", "charts from a Helm repository are not available in this version");
  }
  const { path = "", directory, kustomize, helm } = source;
  return { path, directory, kustomize, helm };
}
