// The controller
export { createAppSets } from "./application-set/controller.ts";
export type { AppSets, AppSetsOptions, JqEngine, WatchedWorld } from "./application-set/options.ts";
export type { RepositoryEvent } from "./application-set/requeue.ts";
export { Previews, type PreviewsOptions } from "./preview/previews.ts";

// The pure core: what a set generates, and what to do about it
export { generateApplications, SetGenerator, type Generation } from "./application-set/generate.ts";
export { decide, type Decision } from "./application-set/decide.ts";
export type { Facts, GeneratorSettings, Need, ObjectReader, PullRequest } from "./generators/facts.ts";

// Where answers come from
export { generateFrom, type World } from "./generators/world.ts";
export { GitWorld } from "./generators/git-world.ts";
export { hubWorld } from "./generators/hub-world.ts";
export { CodeHosts } from "./providers/hosts.ts";

export { APPSET_CODES } from "./codes.ts";
