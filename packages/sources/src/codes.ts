import { defineCodes } from "@fairlead/base";

export const SOURCE_CODES = defineCodes({
  GitMissing: { meaning: "The git program is not on this machine.", httpStatus: 500, retry: "never" },
  GitFailed: { meaning: "A git command failed.", httpStatus: 502, retry: "backoff" },
  RepositoryNotFound: { meaning: "There is no Git repository at the address.", httpStatus: 404, retry: "backoff" },
  RevisionNotFound: {
    meaning: "No branch, tag or commit of the repository has that name.",
    httpStatus: 404,
    retry: "backoff",
  },
  GitObjectMissing: { meaning: "An object is not in the object database.", httpStatus: 404, retry: "backoff" },
  GitObjectBroken: { meaning: "An object of the database cannot be read.", httpStatus: 500, retry: "never" },
  SourceUnreachable: {
    meaning: "The host of a source does not answer, or not in time, or with an error of its own.",
    httpStatus: 502,
    retry: "backoff",
  },
  SourceRefused: {
    meaning: "The host of a source wants other credentials, or none of ours will do.",
    httpStatus: 403,
    retry: "backoff",
  },
  SourceAddressInvalid: {
    meaning: "An address of a source is not one that can be fetched.",
    httpStatus: 422,
    retry: "never",
  },
  SourceNotFound: { meaning: "There is nothing at the address of a source.", httpStatus: 404, retry: "backoff" },
  ChartIndexInvalid: {
    meaning: "The index.yaml of a chart repository cannot be read.",
    httpStatus: 502,
    retry: "backoff",
  },
  ChartNotFound: { meaning: "A chart repository has no chart of that name.", httpStatus: 404, retry: "backoff" },
  ChartVersionNotFound: {
    meaning: "No version of the chart or artifact is the one named or within the range.",
    httpStatus: 404,
    retry: "backoff",
  },
  DigestMismatch: {
    meaning: "What was downloaded is not what its digest promises.",
    httpStatus: 502,
    retry: "backoff",
  },
  ArtifactInvalid: { meaning: "An OCI artifact is not of a form that can be used.", httpStatus: 422, retry: "never" },
  ArchiveInvalid: {
    meaning: "An archive cannot be unpacked, or holds what is not allowed in one.",
    httpStatus: 422,
    retry: "never",
  },
  ChartLockOutOfSync: {
    meaning: "Chart.lock does not belong to the dependencies of Chart.yaml.",
    httpStatus: 422,
    retry: "never",
  },
  ChartDependencyInvalid: {
    meaning: "A dependency of a chart cannot be had as it is written.",
    httpStatus: 422,
    retry: "never",
  },
  RepositorySecretInvalid: {
    meaning: "A Secret that describes a repository has a value that cannot be used.",
    httpStatus: 422,
    retry: "never",
  },
  SubmoduleFailed: { meaning: "A submodule of a repository cannot be had.", httpStatus: 502, retry: "backoff" },
  LfsFailed: { meaning: "A file in Git LFS cannot be had.", httpStatus: 502, retry: "backoff" },
});
