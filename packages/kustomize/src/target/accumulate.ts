import { type Problem, problemError, ProblemError } from "@fairlead/base";
import { defaultConfiguration, EMPTY_CONFIGURATION, mergeConfigurations } from "../fields/configuration.ts";
import { type ReadKustomization, readKustomization } from "../kustomization/read.ts";
import { KUSTOMIZE_LIMITS } from "../limits.ts";
import { HttpFault, type Loader } from "../load/loader.ts";
import { isRemoteFile } from "../load/remote.ts";
import { resourcesOf } from "../resource/factory.ts";
import { ResourceMap } from "../resource/resource-map.ts";
import { addressed, forEach, within } from "../transform/fault.ts";
import { loadConfigurations } from "./configurations.ts";
import type { BuildContext } from "./context.ts";
import { loadCrds } from "./crds.ts";
import { runGenerators } from "./generators.ts";
import { fileOrigin, originBelow, setOrigin } from "./origin.ts";
import { positionOf } from "./place.ts";
import { runTransformers } from "./transformers.ts";
import type { Accumulator, Target } from "./types.ts";
import { runValidators } from "./validators.ts";
import { mergeVariables } from "./variables.ts";

export function emptyAccumulator(): Accumulator {
  return { map: new ResourceMap(), configuration: EMPTY_CONFIGURATION, variables: new Map() };
}

/**
 * Runs one kustomization in the real tool's order: resources, fields to look at, generators, components, transformers, validators,
 * variables. A component works on what its user has gathered.
 * @throws ProblemError with every problem of the step that failed
 */
export function accumulateTarget(target: Target, accumulator: Accumulator): Accumulator {
  const { content } = target.kustomization;
  const { loader } = target;
  let gathered = accumulator;
  within({}, "accumulating resources: ", () =>
    accumulateResources(target, gathered, content.resources ?? [], "resources"),
  );
  const configured = within({}, "", () => loadConfigurations(loader, content.configurations ?? []));
  const base = mergeConfigurations(defaultConfiguration(), configured);
  gathered.configuration = mergeConfigurations(gathered.configuration, base);
  gathered.configuration = mergeConfigurations(gathered.configuration, loadCrds(loader, content.crds ?? []));
  runGenerators(target, gathered);
  for (const path of content.components ?? []) {
    gathered = within({}, "accumulating components: ", () => accumulateComponent(target, gathered, path));
  }
  runTransformers(target, gathered);
  runValidators(target, gathered);
  mergeVariables(gathered, content.vars ?? []);
  return gathered;
}

/** Each entry is tried as a file, then as a directory or repository. The problems of all entries are reported together. */
function accumulateResources(target: Target, accumulator: Accumulator, paths: readonly string[], field: string): void {
  const step = (path: string, index: number): void => {
    const fault = tryFile(target, accumulator, path);
    if (!fault || fault instanceof HttpFault) {
      if (fault) throw fault;
      return;
    }
    accumulateDirectoryAt(target, accumulator, path, fault, positionOf(target.kustomization, [field, index]));
  };
  forEach(paths, step, () => target.context.endWarnings());
  if (accumulator.map.resources.length > KUSTOMIZE_LIMITS.resourcesMax) {
    const message = `the build has more than ${KUSTOMIZE_LIMITS.resourcesMax} resources`;
    throw problemError("LimitExceeded", message, { file: target.kustomization.file });
  }
}

/** What went wrong, or nothing. */
function tryFile(target: Target, accumulator: Accumulator, path: string): ProblemError | undefined {
  let step = `accumulating resources from '${path}': `;
  try {
    const loaded = target.loader.load(path);
    const resources = fileResources(target, loaded, path);
    step = `merging resources from '${path}': `;
    accumulator.map.appendAll(resources);
    return undefined;
  } catch (error) {
    if (error instanceof HttpFault) return error;
    if (error instanceof ProblemError) return addressed(error, {}, step) as ProblemError;
    throw error;
  }
}

function fileResources(
  target: Target,
  loaded: ReturnType<Loader["load"]>,
  path: string,
): ReturnType<typeof resourcesOf> {
  const { context, origin } = target;
  const resources = resourcesOf(
    namingFile(path, () => context.parse(loaded)),
    context.schemas,
  );
  if (origin) for (const resource of resources) setOrigin(resource, fileOrigin(originBelow(origin, path)));
  // One file may not hold the same object twice.
  return [...new ResourceMap(resources).resources];
}

/** Malformed files are named behind the message. */
function namingFile<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const name = (message: string): string => (message.startsWith(MALFORMED) ? `${message} in File: ${path}` : message);
    throw new ProblemError(error.problems.map((problem) => ({ ...problem, message: name(problem.message) })));
  }
}

const MALFORMED = "MalformedYAMLError";

function accumulateDirectoryAt(
  target: Target,
  accumulator: Accumulator,
  path: string,
  fileFault: ProblemError,
  at: Partial<Problem>,
): void {
  const prefix = `accumulation err='${fileFault.problems[0]?.message ?? ""}': `;
  let loader: Loader;
  try {
    loader = target.loader.child(path);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw isAboutTheFile(fileFault) ? addressed(fileFault, at) : bothFaults(fileFault, error, prefix, at);
  }
  within(isRemoteFile(path) ? at : {}, prefix, () => accumulateDirectory(target, accumulator, loader, path, false));
}

/** A file that was there but is wrong: that it is no directory either is beside the point. */
function isAboutTheFile({ problems }: ProblemError): boolean {
  return problems.some(
    ({ message, code }) =>
      message.includes(MALFORMED) || message.includes("already defined") || code === "LimitExceeded",
  );
}

/**
 * The real tool's message tells of both attempts. The place is the one in the file where the file was there, and other faults of the
 * file come along; else it is where the kustomization names it.
 */
function bothFaults(
  fileFault: ProblemError,
  directoryFault: ProblemError,
  prefix: string,
  at: Partial<Problem>,
): Error {
  const [first, ...others] = fileFault.problems;
  const [failed] = directoryFault.problems;
  const message = prefix + (failed?.message ?? "");
  if (!first?.file) return addressed(directoryFault, at, prefix) as Error;
  return new ProblemError([{ ...first, message }, ...others], { cause: directoryFault });
}

function accumulateComponent(target: Target, accumulator: Accumulator, path: string): Accumulator {
  let loader: Loader;
  const index = target.kustomization.content.components?.indexOf(path) ?? 0;
  const at = positionOf(target.kustomization, ["components", index]);
  try {
    loader = target.loader.child(path);
  } catch (error) {
    throw quoted(error, at, "loader.New");
  }
  try {
    return accumulateDirectory(target, accumulator, loader, path, true);
  } catch (error) {
    throw quoted(error, at, "accumulateDirectory:");
  }
}

/** Errors of components are quoted within the real tool's message. */
function quoted(error: unknown, at: Partial<Problem>, words: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  const problems = error.problems.map((problem, index) => ({
    ...at,
    ...problem,
    message: index === 0 ? `${words} ${JSON.stringify(problem.message)}` : problem.message,
  }));
  return new ProblemError(problems, { cause: error });
}

/** Builds another kustomization and adds what it gathered; a component's replaces what there was. */
function accumulateDirectory(
  target: Target,
  accumulator: Accumulator,
  loader: Loader,
  path: string,
  isComponent: boolean,
): Accumulator {
  const below = targetAt(target.context, loader, {
    origin: target.origin && originBelow(target.origin, path),
    helmNamespace: target.kustomization.content.namespace || target.helmNamespace,
  });
  const where = loader.show(loader.root);
  const { kustomization } = below;
  const { file } = kustomization;
  target.context.schemas.use(kustomization.content.openapi, loader);
  if (isComponent && !kustomization.isComponent) {
    const message = `expected kind 'Component' for path '${where}' but got '${kustomization.content.kind}'`;
    throw problemError("KustomizationInvalid", message, { file, hint: "list it under resources" });
  }
  if (!isComponent && kustomization.isComponent) {
    const message = `expected kind != 'Component' for path '${where}'`;
    throw problemError("KustomizationInvalid", message, { file, hint: "list it under components" });
  }
  const recursed = `recursed accumulation of path '${where}': `;
  if (isComponent) {
    const changed = within({}, recursed, () => accumulateTarget(below, accumulator));
    const merging = `recursed merging from path '${where}': `;
    within({}, merging, () => changed.map.refuseDuplicates());
    return changed;
  }
  const gathered = within({}, recursed, () => accumulateTarget(below, emptyAccumulator()));
  within({}, `recursed merging from path '${where}': `, () => absorb(accumulator, gathered));
  return accumulator;
}

function absorb(accumulator: Accumulator, added: Accumulator): void {
  accumulator.map.appendAll(added.map.resources);
  accumulator.configuration = mergeConfigurations(accumulator.configuration, added.configuration);
  for (const [name, variable] of added.variables) {
    if (accumulator.variables.has(name))
      throw problemError("KustomizationInvalid", `var '${name}' already encountered`);
    accumulator.variables.set(name, variable);
  }
}

/** Reads the kustomization in a loader's directory. @throws ProblemError */
export function targetAt(context: BuildContext, loader: Loader, inherited: Inherited): Target {
  if (loader.depth > KUSTOMIZE_LIMITS.nestingMax) {
    throw problemError("LimitExceeded", `kustomizations are nested more than ${KUSTOMIZE_LIMITS.nestingMax} deep`, {
      file: loader.root,
    });
  }
  const prefix = loader.depth > 1 ? `couldn't make target for path '${loader.show(loader.root)}': ` : "";
  const kustomization = within({}, prefix, () => readKustomization(loader, (problem) => context.warn(problem)));
  return makeTarget(context, loader, kustomization, inherited);
}

type Inherited = Pick<Target, "origin" | "helmNamespace">;

export function makeTarget(
  context: BuildContext,
  loader: Loader,
  kustomization: ReadKustomization,
  inherited: Inherited,
): Target {
  const target: Target = {
    context,
    loader,
    kustomization,
    ...inherited,
    gather(paths, field) {
      const gathered = emptyAccumulator();
      accumulateResources(target, gathered, paths, field);
      return gathered.map.resources;
    },
  };
  return target;
}
