import { defineCodes } from "@fairlead/base";

export const HELM_CODES = defineCodes({
  ChartInvalid: {
    meaning: "A chart cannot be loaded, or its Chart.yaml breaks a rule.",
    httpStatus: 422,
    retry: "input",
  },
  ChartArchiveInvalid: {
    meaning: "A chart archive is damaged or tries to leave its folder.",
    httpStatus: 422,
    retry: "input",
  },
  ChartValuesInvalid: { meaning: "Values cannot be read or do not fit together.", httpStatus: 422, retry: "input" },
  ChartSchemaViolated: { meaning: "Values do not meet the chart's JSON schema.", httpStatus: 422, retry: "input" },
  ChartIncompatible: {
    meaning: "The chart does not support this Kubernetes version.",
    httpStatus: 422,
    retry: "input",
  },
  ChartTemplateFailed: {
    meaning: "A template of the chart does not parse or does not execute.",
    httpStatus: 422,
    retry: "input",
  },
  ChartManifestInvalid: { meaning: "A template's output is not YAML.", httpStatus: 422, retry: "input" },
  ChartDependencyMissing: { meaning: "A dependency in Chart.yaml is not in charts/.", httpStatus: 422, retry: "input" },
});
