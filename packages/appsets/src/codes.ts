import { defineCodes } from "@fairlead/base";

export const APPSET_CODES = defineCodes({
  UnsupportedGenerator: { meaning: "A generator is not one this version knows.", httpStatus: 422, retry: "input" },
  InvalidApplicationSet: {
    meaning: "A field of an ApplicationSet is not of its form.",
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
});
