import { defineCodes } from "@fairlead/base";

/** Problems of kustomizations. What the real tool calls an error is one here; its words are kept where people search for them. */
export const KUSTOMIZE_CODES = defineCodes({
  KustomizationMissing: {
    meaning: "A directory holds no kustomization file, or more than one.",
    httpStatus: 422,
    retry: "input",
  },
  KustomizationInvalid: {
    meaning: "A kustomization file is not of the form Kustomize accepts.",
    httpStatus: 422,
    retry: "input",
  },
  KustomizeLoad: { meaning: "Something a kustomization names cannot be loaded.", httpStatus: 422, retry: "input" },
  KustomizeCycle: { meaning: "A kustomization leads back to itself.", httpStatus: 422, retry: "input" },
  KustomizeRestricted: {
    meaning: "A file outside the kustomization's own directory was asked for.",
    httpStatus: 422,
    retry: "input",
  },
  KustomizeRemote: { meaning: "A remote resource or base could not be had.", httpStatus: 502, retry: "backoff" },
  KustomizeResource: { meaning: "A resource is not a Kubernetes object.", httpStatus: 422, retry: "input" },
  KustomizeDuplicate: { meaning: "Two resources have one identity.", httpStatus: 422, retry: "input" },
  KustomizePatch: { meaning: "A patch is malformed, or matches no resource.", httpStatus: 422, retry: "input" },
  KustomizeTransform: { meaning: "A transformer cannot be applied.", httpStatus: 422, retry: "input" },
  KustomizeGenerator: { meaning: "A generator cannot make its resources.", httpStatus: 422, retry: "input" },
  KustomizePlugin: {
    meaning: "A plugin was asked for that is not run: only the built-in ones are.",
    httpStatus: 422,
    retry: "input",
  },
  KustomizeDeprecated: {
    meaning: "A deprecated field is used; it still works.",
    httpStatus: 422,
    retry: "input",
  },
});
