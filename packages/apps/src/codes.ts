import { defineCodes } from "@fairlead/base";

/** What the application engine can complain of. The Argo CD condition each becomes is in application/conditions.ts. */
export const APPS_CODES = defineCodes({
  InvalidApplication: {
    meaning: "An Application's spec is not of the form that was expected.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidProject: {
    meaning: "An AppProject's spec is not of the form that was expected.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidClusterSecret: { meaning: "A cluster Secret cannot be used.", httpStatus: 422, retry: "input" },
  UnknownProject: { meaning: "An Application names a project that does not exist.", httpStatus: 404, retry: "input" },
  UnknownCluster: {
    meaning: "An Application names a cluster that is not registered.",
    httpStatus: 404,
    retry: "input",
  },
  NotPermitted: {
    meaning: "The project does not permit what the Application asks for.",
    httpStatus: 403,
    retry: "input",
  },
  RepeatedResource: {
    meaning: "The same object is rendered twice; the last one wins.",
    httpStatus: 422,
    retry: "input",
  },
  SharedResource: { meaning: "An object is tracked by another Application.", httpStatus: 409, retry: "input" },
  UnknownKind: { meaning: "The cluster does not serve the kind of an object.", httpStatus: 422, retry: "backoff" },
  InvalidObject: { meaning: "A rendered object lacks what every object needs.", httpStatus: 422, retry: "input" },
  InvalidSyncWindow: { meaning: "A sync window cannot be understood.", httpStatus: 422, retry: "input" },
  UnknownApplication: { meaning: "There is no Application of that name.", httpStatus: 404, retry: "input" },
  OperationRunning: { meaning: "An Application has an operation under way.", httpStatus: 409, retry: "backoff" },
  NoOperation: { meaning: "An Application has no operation under way.", httpStatus: 409, retry: "input" },
  InvalidSettings: { meaning: "A setting of the installation cannot be used.", httpStatus: 422, retry: "input" },
  ExcludedResource: {
    meaning: "A rendered object is of a kind that the installation excludes.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidSourceOverride: { meaning: "An .argocd-source file cannot be used.", httpStatus: 422, retry: "input" },
  SignatureRequired: {
    meaning: "The project requires signed revisions, and this one is not signed by a key it lists.",
    httpStatus: 403,
    retry: "input",
  },
  GpgUnusable: { meaning: "gpg, which verifies signatures, cannot be run.", httpStatus: 500, retry: "backoff" },
  NoServiceAccount: {
    meaning: "Impersonation is on, and the project names no service account for the destination.",
    httpStatus: 403,
    retry: "input",
  },
  UnknownPlugin: {
    meaning: "A source asks for a config management plugin that is not there or not switched on.",
    httpStatus: 422,
    retry: "input",
  },
  PluginFailed: { meaning: "A config management plugin failed.", httpStatus: 422, retry: "input" },
  PluginTreeTooLarge: {
    meaning: "A repository is too large to be handed to a plugin.",
    httpStatus: 422,
    retry: "input",
  },
  IgnoreRuleTooSlow: {
    meaning: "An ignoreDifferences rule takes more time or memory than it may.",
    httpStatus: 422,
    retry: "backoff",
  },
  InvalidIgnoreRule: { meaning: "An ignoreDifferences rule cannot be used.", httpStatus: 422, retry: "input" },
  ClusterUnreachable: { meaning: "A destination cluster cannot be reached.", httpStatus: 503, retry: "backoff" },
});
