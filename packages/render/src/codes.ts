import { defineCodes } from "@fairlead/base";

export const RENDER_CODES = defineCodes({
  SourcePathMissing: { meaning: "The path of a source is not in its repository.", httpStatus: 404, retry: "input" },
  AmbiguousSourceType: { meaning: "A source asks for more than one tool.", httpStatus: 422, retry: "input" },
  UnsupportedSource: {
    meaning: "A source asks for a tool that is not available here.",
    httpStatus: 422,
    retry: "input",
  },
  NotAManifest: { meaning: "A document is not a Kubernetes object.", httpStatus: 422, retry: "input" },
  InvalidBuildOptions: {
    meaning: "kustomize.buildOptions holds flags that kustomize build does not have.",
    httpStatus: 422,
    retry: "input",
  },
  RenderTimeout: { meaning: "A render took too long and was stopped.", httpStatus: 422, retry: "input" },
  RenderOutOfMemory: { meaning: "A render took too much memory and was stopped.", httpStatus: 422, retry: "input" },
  InvalidGlob: { meaning: "A glob pattern is not well formed.", httpStatus: 422, retry: "input" },
});
