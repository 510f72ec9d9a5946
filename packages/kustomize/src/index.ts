// Build
export { buildKustomization, type BuildOptions, type BuiltKustomization } from "./build.ts";
