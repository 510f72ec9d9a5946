// A source to objects
export { render } from "./render.ts";
export { RenderCache, type CachedRender } from "./cache.ts";
export type {
  DirectoryOptions,
  HelmOptions,
  KustomizeOptions,
  Rendered,
  RenderedObject,
  RenderEnvironment,
  SourceSpec,
  SourceType,
} from "./types.ts";

// Pieces that others use on their own
export { readManifests } from "./manifests.ts";
export { detectType } from "./detect.ts";
export { compileGlob } from "./glob.ts";

export { RENDER_CODES } from "./codes.ts";
