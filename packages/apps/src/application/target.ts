import { formatProblem, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import type { Engine } from "../apps/engine.ts";
import type { Cluster } from "../cluster/types.ts";
import { compileIgnoreRules, type IgnoreRules } from "../compare/ignore.ts";
import type { LiveCluster } from "../live/cluster.ts";
import type { Project } from "../project/types.ts";
import { parseSyncOptions, type SyncOptions } from "../sync/options.ts";
import { instanceName } from "../sync/tracking.ts";
import { checkProject, findCluster } from "./destination.ts";
import type { ParsedApplication } from "./parse.ts";
import type { Application, Condition, ConditionFact } from "./types.ts";

/** What Git says and where it goes, before a cluster is looked at. */
export interface Target {
  readonly app: Application;
  readonly object: KubeObject;
  readonly instance: string;
  readonly project: Project;
  readonly cluster: Cluster;
  readonly live: LiveCluster;
  readonly namespace: string;
  readonly options: SyncOptions;
  readonly ignore: IgnoreRules;
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly conditions: readonly ConditionFact[] };

/** Everything that can be said of the spec without looking at a source or a cluster; all faults at once. */
export function findTarget(engine: Engine, object: KubeObject, parsed: ParsedApplication): TargetResult {
  const { application: app } = parsed;
  const instance = instanceName(app.metadata, engine.namespace);
  const found = engine.project(app.spec.project);
  const cluster = findCluster(app, engine.clusters);
  const isCluster = "server" in cluster;
  const problems: Problem[] = [...parsed.problems];
  if (!isCluster) problems.push(cluster);
  if (!found) problems.push(unknownProject(app, engine));
  else {
    // A freeze with a typo must not be no freeze: nothing happens under a project that cannot be understood.
    problems.push(...found.problems, ...checkProject(app, found.project, isCluster ? cluster : undefined));
  }
  if (problems.length > 0 || !isCluster || !found) {
    return { ok: false, conditions: [condition("InvalidSpecError", problems)] };
  }
  const who = describeRef({ kind: "Application", ...app.metadata });
  const ignore = compileIgnoreRules(app.spec.ignoreDifferences, engine.settings, who, engine.jq);
  return {
    ok: true,
    target: {
      app,
      object,
      instance,
      project: found.project,
      cluster,
      live: engine.live(cluster),
      namespace: app.spec.destination.namespace ?? "",
      options: parseSyncOptions(app.spec.syncOptions),
      ignore,
    },
  };
}

/** Labels and annotations of the destination namespace; undefined where the application does not make it (facts/argocd.md §1.2). */
export function managedMetadata({ app, options }: Pick<Target, "app" | "options">): JsonObject | undefined {
  const metadata = app.spec.managedNamespaceMetadata;
  if (!options.createNamespace || !metadata) return undefined;
  const filled = Object.entries({ labels: { ...metadata.labels }, annotations: { ...metadata.annotations } });
  return Object.fromEntries(filled.filter(([, map]) => Object.keys(map).length > 0));
}

function unknownProject(app: Application, engine: Engine): Problem {
  return {
    code: "UnknownProject",
    object: describeRef({ kind: "Application", ...app.metadata }),
    message: `Application referencing project ${app.spec.project} which does not exist`,
    hint: `create AppProject ${engine.namespace}/${app.spec.project}, or set spec.project to one that exists`,
  };
}

/** Several problems as one condition: each with its place and what to do. */
export function condition(type: Condition["type"], problems: readonly Problem[]): ConditionFact {
  const lines = problems.map((problem) => {
    const { object: _object, ...placed } = problem;
    const text = formatProblem(placed);
    return problem.hint ? `${text} (${problem.hint})` : text;
  });
  return { type, message: lines.join("; ") };
}

export function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",").flatMap((part) => part.trim() || []);
}
