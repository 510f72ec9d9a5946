// A source to objects
export { render } from "./render.ts";
export { RenderCache, type CachedRender, type RenderFunction } from "./cache.ts";
export { RenderPool, type RenderPoolOptions } from "./pool/pool.ts";
export type {
  DirectoryOptions,
  HelmOptions,
  KustomizeOptions,
  Rendered,
  RenderedObject,
  RenderEnvironment,
  RenderOutcome,
  RenderOutside,
  SourceSpec,
  SourceType,
} from "./types.ts";

// Encrypted files
export { Redactor } from "./encrypted/redactor.ts";
export type { EncryptedFiles, OpenedFile } from "./encrypted/types.ts";

// Pieces that others use on their own
export { readManifests } from "./manifests.ts";
export { detectType } from "./detect.ts";
export { compileGlob } from "./glob.ts";

export { RENDER_CODES } from "./codes.ts";
