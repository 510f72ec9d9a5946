import { defineCodes } from "@fairlead/base";

export const APPSET_CODES = defineCodes({
  UnsupportedGenerator: { meaning: "A generator is not one this version knows.", httpStatus: 422, retry: "input" },
  InvalidApplicationSet: {
    meaning: "A field of an ApplicationSet is not of its form.",
    httpStatus: 422,
    retry: "input",
  },
  GeneratorFailed: {
    meaning: "A generator cannot say what its rows of parameters are; nothing of the set is changed.",
    httpStatus: 422,
    retry: "backoff",
  },
  GeneratorHostFailed: {
    meaning: "A host that a generator asks (Git, a code host, a plugin) did not answer as it should.",
    httpStatus: 502,
    retry: "backoff",
  },
  HostRepositoryNotFound: {
    meaning: "A code host knows no repository or project of this name, or does not show it to this token.",
    httpStatus: 404,
    retry: "backoff",
  },
  SetTemplateFailed: {
    meaning: "A template of an ApplicationSet cannot be filled with a row of parameters.",
    httpStatus: 422,
    retry: "input",
  },
  DuplicateApplication: {
    meaning: "Two rows of parameters give Applications of one name.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidGeneratedName: {
    meaning: "A template gives a name that Kubernetes refuses.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidGeneratedApplication: {
    meaning: "A template gives an Application with a field that is not of its form.",
    httpStatus: 422,
    retry: "input",
  },
  UnknownDestination: {
    meaning: "A generated Application goes to a cluster that is not registered.",
    httpStatus: 422,
    retry: "input",
  },
  UnknownGeneratedProject: {
    meaning: "A generated Application names a project that does not exist.",
    httpStatus: 422,
    retry: "input",
  },
  TemplatedProject: {
    meaning: "spec.template.spec.project is templated in a set that follows pull requests or repositories.",
    httpStatus: 422,
    retry: "input",
  },
  UnfilledPlaceholder: {
    meaning: "A placeholder of a template names no parameter, and stands in the Application as it was written.",
    httpStatus: 422,
    retry: "input",
  },
  UnknownApplicationSet: {
    meaning: "There is no ApplicationSet of this name.",
    httpStatus: 404,
    retry: "input",
  },
});
