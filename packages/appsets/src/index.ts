// The controller
export { createAppSets, type AppSets, type AppSetsOptions } from "./application-set/controller.ts";

// The pure core: what a set generates, and what to do about it
export { generateApplications, type Generation } from "./application-set/generate.ts";
export { decide, type Decision } from "./application-set/decide.ts";

export { APPSET_CODES } from "./codes.ts";
