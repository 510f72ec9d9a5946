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
});
