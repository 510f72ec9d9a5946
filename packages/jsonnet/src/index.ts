export {
  evaluateFile,
  evaluateSnippet,
  printSnippet,
  type EvaluateOptions,
  type Snippet,
  type Variable,
} from "./evaluate.ts";
export { JsonnetError } from "./errors.ts";
export { EVALUATE_LIMITS, type EvaluateLimits } from "./limits.ts";
export { CODES } from "./codes.ts";
