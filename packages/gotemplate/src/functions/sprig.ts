import type { FunctionSet } from "../values/types.ts";
import { certificateFunctions } from "../sprig/certificates.ts";
import { cryptoFunctions } from "../sprig/crypto.ts";
import { dateFunctions } from "../sprig/dates.ts";
import { defaultFunctions } from "../sprig/defaults.ts";
import { dictFunctions } from "../sprig/dicts.ts";
import { encodingFunctions } from "../sprig/encoding.ts";
import { listFunctions } from "../sprig/lists.ts";
import { numericFunctions } from "../sprig/numeric.ts";
import { pathFunctions } from "../sprig/paths.ts";
import { regexFunctions } from "../sprig/regex.ts";
import { semverFunctions } from "../sprig/semver.ts";
import { textFunctions } from "../sprig/text.ts";
import { urlFunctions } from "../sprig/urls.ts";
import { mergeFunctions } from "./define.ts";

/** sprig 3.3 complete, without env, expandenv and getHostByName: no template function does I/O. */
export const sprigFunctions: FunctionSet = mergeFunctions(
  textFunctions,
  numericFunctions,
  listFunctions,
  dictFunctions,
  defaultFunctions,
  encodingFunctions,
  pathFunctions,
  regexFunctions,
  urlFunctions,
  dateFunctions,
  cryptoFunctions,
  certificateFunctions,
  semverFunctions("3.4"),
);
