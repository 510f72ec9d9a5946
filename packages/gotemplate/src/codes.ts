import { defineCodes } from "@fairlead/base";

export const CODES = defineCodes({
  TemplateSyntax: {
    meaning: "A template is not written as Go's text/template wants it.",
    httpStatus: 422,
    retry: "input",
  },
  TemplateFailed: { meaning: "A template could not be executed on its data.", httpStatus: 422, retry: "input" },
  TemplateLimit: {
    meaning: "A template took more output, steps, depth or time than it may.",
    httpStatus: 422,
    retry: "input",
  },
});
