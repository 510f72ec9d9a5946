// Templates
export { parseTemplate, TemplateSet, type ExecuteOptions, type ParseOptions } from "./exec/template-set.ts";
export type { MissingKey } from "./exec/state.ts";
export type { CallContext, TemplateScope } from "./exec/context.ts";
export { errorText, GoError, LimitError, TemplateError, type TemplatePosition } from "./errors.ts";
export { EXEC_LIMITS, LIMITS, type ExecLimits } from "./limits.ts";
export { CODES } from "./codes.ts";

// Functions
export {
  applicationSetFunctions,
  goFunctions,
  helmFunctions,
  sprigFunctions,
  type HelmHooks,
} from "./functions/sets.ts";
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
export { fromBytes, toBytes } from "./values/text.ts";
