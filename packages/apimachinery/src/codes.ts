import { defineCodes } from "@fairlead/base";

export const CODES = defineCodes({
  InvalidFieldsV1: { meaning: "A managedFields entry holds no valid field set.", httpStatus: 422, retry: "input" },
  InvalidTyped: { meaning: "A value doesn't fit the schema of its kind.", httpStatus: 500, retry: "input" },
  InvalidApply: { meaning: "The applied object may not be applied as it is.", httpStatus: 400, retry: "input" },
  InvalidPatch: { meaning: "A patch is malformed or doesn't fit the object.", httpStatus: 400, retry: "input" },
  PatchFailed: { meaning: "An operation of a JSON patch can't be carried out.", httpStatus: 422, retry: "input" },
  PatchRejected: { meaning: "A strategic merge patch does not fit the kind.", httpStatus: 500, retry: "input" },
});
