import { defineCodes } from "@fairlead/base";

export const CODES = defineCodes({
  JsonnetSyntax: {
    meaning: "A Jsonnet text is not written as the language wants it.",
    httpStatus: 422,
    retry: "input",
  },
  JsonnetFailed: { meaning: "A Jsonnet program ended in an error.", httpStatus: 422, retry: "input" },
  JsonnetLimit: {
    meaning: "A Jsonnet program took more steps, depth, time or memory than it may.",
    httpStatus: 422,
    retry: "input",
  },
});
