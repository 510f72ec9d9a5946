import { ProblemError, problemsOf, silentLogger, systemClock, type Problem } from "@fairlead/base";
import {
  describeRef,
  gvkOf,
  isClusterScopedBuiltin,
  refKey,
  type KubeObject,
  type ObjectRef,
  type Origin,
} from "@fairlead/apimachinery";
import { Redactor } from "@fairlead/render";
import { AppMetrics } from "../apps/metrics.ts";
import { parseClusterSecret } from "../cluster/parse.ts";
import type { Cluster } from "../cluster/types.ts";
import type { Capabilities } from "../live/capabilities.ts";
import { IN_CLUSTER, LABELS } from "../names.ts";
import { PluginRenderer } from "../plugin/render.ts";
import { defaultProject, parseProject } from "../project/parse.ts";
import { permitsObject } from "../project/permit.ts";
import type { Project } from "../project/types.ts";
import { parseSettings, SETTINGS_MAPS, type Settings } from "../settings/parse.ts";
import { Signatures } from "../signature/check.ts";
import { verifyWithGpg } from "../signature/gpg.ts";
import type { SourceAccess } from "../source/types.ts";
import { hookOf } from "../sync/hooks.ts";
import { instanceName, withTracking } from "../sync/tracking.ts";
import { checkProject } from "./destination.ts";
import { parseApplication } from "./parse.ts";
import { renderSources, type RenderEngine } from "./sources.ts";
import { newState } from "./state.ts";
import type { Application, Destination } from "./types.ts";

export interface AloneRequest {
  /**
   * Applications to render, and what else of an installation is to count: AppProjects, cluster Secrets, and the ConfigMaps of
   * settings. A project that is not among them permits everything: nobody said what it is.
   */
  readonly objects: readonly KubeObject[];
  readonly sources: SourceAccess;
  /** The control plane's. */
  readonly namespace: string;
  readonly kubeVersion?: string | undefined;
  readonly apiVersions?: readonly string[] | undefined;
  /** Instead of targetRevision, by source. */
  readonly revisions?: readonly string[] | undefined;
  /** Marks objects as the application's, as a sync does. */
  readonly marks: boolean;
}

export interface AloneAnswer {
  readonly application: KubeObject;
  /** In the order of rendering; empty when there are problems. */
  readonly objects: readonly KubeObject[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Knows the values of its objects that came out of encrypted files. */
  readonly redactor: Redactor;
}

/** Renders Applications from their sources with no cluster: what a sync would apply. Never throws for what is wrong with them. */
export async function renderAlone(request: AloneRequest): Promise<AloneAnswer[]> {
  const world = new AloneWorld(request);
  const applications = request.objects.filter(({ kind }) => kind === "Application");
  return Promise.all(applications.map((object) => renderOne(world, object)));
}

class AloneWorld {
  readonly request: AloneRequest;
  readonly engine: RenderEngine;
  readonly settings: Settings;
  /** What is wrong with the settings, projects and clusters themselves. */
  readonly problems: Problem[] = [];
  readonly #projects = new Map<string, Project>();
  readonly #clusters: Cluster[] = [];

  constructor(request: AloneRequest) {
    this.request = request;
    const { objects, sources } = request;
    for (const object of objects) {
      if (object.kind === "AppProject") {
        const { project, problems } = parseProject(object);
        this.#projects.set(project.name, project);
        this.problems.push(...problems);
      }
      if (object.kind === "Secret" && object.metadata.labels?.[LABELS.secretType] === "cluster") {
        const { cluster, problems } = parseClusterSecret(object);
        if (cluster) this.#clusters.push(cluster);
        this.problems.push(...problems);
      }
    }
    const maps = SETTINGS_MAPS.map((name) =>
      objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name),
    );
    const { settings, problems } = parseSettings(...maps);
    this.settings = settings;
    this.problems.push(...problems);
    this.engine = {
      sources,
      settings,
      clock: systemClock,
      logger: silentLogger,
      plugins: new PluginRenderer(() => settings.plugins),
      signatures: new Signatures(verifyWithGpg),
      metrics: new AppMetrics(),
      follow: () => undefined,
      emit: () => undefined,
    };
  }

  /** Undefined when nobody said what the project permits. */
  project(name: string): Project | undefined {
    return this.#projects.get(name);
  }

  /** Of a cluster that nobody described only what the destination says is known. */
  cluster({ name, server }: Destination): Pick<Cluster, "server" | "name" | "project"> {
    const found = this.#clusters.find((one) => (name === undefined ? one.server === server : one.name === name));
    if (found) return found;
    if (name === IN_CLUSTER.name || server === IN_CLUSTER.server || (!name && !server)) return IN_CLUSTER;
    return { server: server ?? "", name: name ?? "" };
  }
}

async function renderOne(world: AloneWorld, object: KubeObject): Promise<AloneAnswer> {
  const { request } = world;
  const parsed = parseApplication(object);
  const { application: app } = parsed;
  const controlNamespace = request.namespace;
  const metadata = { ...app.metadata, namespace: app.metadata.namespace || controlNamespace };
  const instance = instanceName(metadata, controlNamespace);
  const known = world.project(app.spec.project);
  const cluster = world.cluster(app.spec.destination);
  const problems = [...world.problems, ...parsed.problems];
  if (known) problems.push(...checkProject({ ...app, metadata }, known, cluster as Cluster));
  const project = known ?? { ...defaultProject(controlNamespace), name: app.spec.project };
  const warnings: Problem[] = [];
  let objects: readonly Placed[] = [];
  let redactor = new Redactor();
  try {
    const target = {
      app: { ...app, metadata },
      object,
      instance,
      project,
      namespace: app.spec.destination.namespace ?? "",
      live: { capabilities: () => Promise.resolve(capabilitiesOf(request)) },
    };
    // A source that is not even named cannot be asked; the fault was told above.
    const canRender = app.spec.sources.length > 0 && app.spec.sources.every(({ repoURL }) => repoURL);
    if (canRender) {
      const fixed = request.revisions && { revisions: request.revisions };
      const rendered = await renderSources(
        world.engine,
        target,
        newState(`${metadata.namespace}/${metadata.name}`),
        fixed,
      );
      warnings.push(...rendered.warnings);
      ({ redactor } = rendered);
      objects = place(rendered.objects, app, warnings);
    }
  } catch (error) {
    problems.push(...problemsOf(error));
    if (!(error instanceof ProblemError)) throw error;
  }
  if (known) problems.push(...notPermitted(objects, known, cluster));
  const mark = (placed: Placed): KubeObject =>
    request.marks ? marked(placed, instance, app, world.settings) : placed.object;
  return { application: object, objects: problems.length > 0 ? [] : objects.map(mark), problems, warnings, redactor };
}

/** Without them, charts see the defaults of helm itself. */
function capabilitiesOf({ kubeVersion, apiVersions }: AloneRequest): Partial<Capabilities> {
  return {
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(apiVersions === undefined ? {} : { apiVersions }),
  };
}

interface Placed {
  readonly object: KubeObject;
  readonly ref: ObjectRef;
  readonly origin: Origin;
  /** Undefined for a kind that nobody described. */
  readonly isNamespaced: boolean | undefined;
}

/** Puts objects where they belong, as far as that can be known. Of one that is rendered twice the last counts. */
function place(
  rendered: readonly { readonly object: KubeObject; readonly origin: Origin }[],
  app: Application,
  warnings: Problem[],
): Placed[] {
  const scopes = scopesOf(rendered.map(({ object }) => object));
  const byKey = new Map<string, Placed>();
  for (const { object, origin } of rendered) {
    if (hookOf(object).isSkipped) continue;
    const { group, kind } = gvkOf(object);
    const isNamespaced = isNamespacedKind(group, kind, scopes);
    const namespace = isNamespaced === false ? undefined : object.metadata.namespace || namespaceFor(app, isNamespaced);
    const { namespace: _namespace, ...others } = object.metadata;
    const ref = { group, kind, namespace, name: object.metadata.name ?? object.metadata.generateName ?? "" };
    const metadata = namespace === undefined ? others : { ...object.metadata, namespace };
    const key = refKey(ref);
    if (byKey.delete(key)) {
      warnings.push({
        code: "RepeatedResource",
        message: `${describeRef(ref)} is rendered twice; the last one counts`,
        object: describeRef(ref),
        file: origin.file,
        line: origin.line,
        severity: "warning",
      });
    }
    byKey.set(key, { object: { ...object, metadata }, ref, origin, isNamespaced });
  }
  return [...byKey.values()];
}

function namespaceFor(app: Application, isNamespaced: boolean | undefined): string | undefined {
  return isNamespaced ? app.spec.destination.namespace || undefined : undefined;
}

/** Scopes that definitions among the objects give, by `group/Kind`. */
function scopesOf(objects: readonly KubeObject[]): ReadonlyMap<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const object of objects) {
    if (object.kind !== "CustomResourceDefinition") continue;
    const spec = (object["spec"] ?? {}) as { group?: string; scope?: string; names?: { kind?: string } };
    scopes.set(`${spec.group}/${spec.names?.kind}`, spec.scope === "Namespaced");
  }
  return scopes;
}

function isNamespacedKind(group: string, kind: string, scopes: ReadonlyMap<string, boolean>): boolean | undefined {
  if (isClusterScopedBuiltin({ group, kind })) return false;
  // Kubernetes' own groups have no dot, or end so; all of those that live outside namespaces are known.
  if (!group.includes(".") || group.endsWith(".k8s.io")) return scopes.get(`${group}/${kind}`) ?? true;
  return group === "argoproj.io" ? true : scopes.get(`${group}/${kind}`);
}

function notPermitted(
  objects: readonly Placed[],
  project: Project,
  cluster: { readonly server: string; readonly name: string },
): Problem[] {
  return objects.flatMap(({ ref, origin, isNamespaced = true }) => {
    const permission = permitsObject(project, ref, isNamespaced, cluster);
    if (permission.ok) return [];
    const { file, line } = origin;
    return [
      {
        code: "NotPermitted",
        message: `it is not permitted: ${permission.rule}`,
        object: describeRef(ref),
        file,
        line,
      },
    ];
  });
}

function marked({ object, ref }: Placed, instance: string, app: Application, settings: Settings): KubeObject {
  const mark = { instance, ref, destinationNamespace: app.spec.destination.namespace ?? "" };
  return withTracking(object, mark, settings.tracking);
}
