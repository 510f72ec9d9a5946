export { evaluateFile, evaluateSnippet, printSnippet, type EvaluateOptions, type Snippet } from "./evaluate.ts";
export type { Variable } from "./world.ts";
export { JsonnetError } from "./errors.ts";
export { EVALUATE_LIMITS, type EvaluateLimits } from "./limits.ts";
export { CODES } from "./codes.ts";
