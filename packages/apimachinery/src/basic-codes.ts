import { defineCodes } from "@fairlead/base";

/** Codes of the small value languages of the API, quantities and selectors, and of users' health checks. */
export const BASIC_CODES = defineCodes({
  InvalidQuantity: { meaning: "A resource quantity cannot be read.", httpStatus: 400, retry: "input" },
  InvalidLabelSelector: { meaning: "A label selector cannot be read.", httpStatus: 400, retry: "input" },
  InvalidFieldSelector: { meaning: "A field selector cannot be read.", httpStatus: 400, retry: "input" },
  UnsupportedFieldLabel: {
    meaning: "A field selector names a field by which the kind cannot be selected.",
    httpStatus: 400,
    retry: "input",
  },
  InvalidHealthCheck: { meaning: "A health check in the settings cannot be used.", httpStatus: 422, retry: "input" },
  LuaUnavailable: {
    meaning: "The engine for health checks in Lua cannot be started.",
    httpStatus: 500,
    retry: "backoff",
  },
});
