// Templates
export { parseTemplate, TemplateSet, type ExecuteOptions, type ParseOptions } from "./exec/template-set.ts";
export type { MissingKey } from "./exec/state.ts";
export type { CallContext, TemplateScope } from "./exec/context.ts";
export { errorText, GoError, LimitError, TemplateError, type TemplatePosition } from "./errors.ts";
export { EXEC_LIMITS, LIMITS, type ExecLimits } from "./limits.ts";
export { CODES } from "./codes.ts";

// Functions
export { applicationSetFunctions } from "./functions/application-set.ts";
export { goFunctions } from "./functions/builtins.ts";
export { helmFunctions } from "./functions/helm.ts";
export type { HelmHooks, YamlHooks } from "./functions/hooks.ts";
export { sprigFunctions } from "./functions/sprig.ts";
export { fn, mergeFunctions, P, variadic, withoutFunctions, type Param } from "./functions/define.ts";
export { seededRandom, systemRandom, type RandomSource } from "./random.ts";

// Values that carry Go's kinds
export {
  GoBytes,
  GoComplex,
  GoFloat32,
  GoFunc,
  GoInt,
  GoKeyedMap,
  GoMap,
  GoNamed,
  GoPointer,
  GoSlice,
  GoStruct,
  GoValue,
  int,
  int64,
  integer,
  NIL_MAP,
  NIL_SLICE,
} from "./values/values.ts";
export {
  ANY,
  ANY_MAP,
  ANY_SLICE,
  BOOL,
  BYTES,
  FLOAT64,
  INT,
  INT64,
  mapOf,
  pointerTo,
  sliceOf,
  STRING,
  STRING_MAP,
  STRING_SLICE,
  type FunctionSet,
  type GoField,
  type GoFunction,
  type GoMethod,
  type GoType,
  type Kind,
} from "./values/types.ts";
export { duration as durationValue, parseDuration } from "./time/duration.ts";
export { timeValue } from "./time/time.ts";
export { toPlain } from "./values/plain.ts";
export { fromBytes, toBytes } from "./values/text.ts";
export { trimSpace, trimSpaceStart } from "./values/unicode.ts";

// Versions, as Helm and sprig compare them
export { parseConstraint, satisfies, type Constraint, type SemverRelease } from "./semver/constraint.ts";
export { compareVersions, formatVersion, parseVersion, type Version } from "./semver/version.ts";

// Go's formatting and JSON, for those who write what Go tools write
export { goQuote, isPrint, quoteRune } from "./fmt/quote.ts";
export { formatFloat } from "./fmt/float.ts";
export { sprintf } from "./fmt/printf.ts";
export { encodeJson } from "./json/encode.ts";
export { decodeJson } from "./json/decode.ts";
export { compileRegex } from "./sprig/regex.ts";
export { parseRequestUrl } from "./url/url.ts";
