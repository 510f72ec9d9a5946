import { defineCodes } from "@fairlead/base";

/** Codes of the small value languages of the API: quantities and selectors. */
export const BASIC_CODES = defineCodes({
  InvalidQuantity: { meaning: "A resource quantity cannot be read.", httpStatus: 400, retry: "input" },
  InvalidLabelSelector: { meaning: "A label selector cannot be read.", httpStatus: 400, retry: "input" },
  InvalidFieldSelector: { meaning: "A field selector cannot be read.", httpStatus: 400, retry: "input" },
  UnsupportedFieldLabel: {
    meaning: "A field selector names a field by which the kind cannot be selected.",
    httpStatus: 400,
    retry: "input",
  },
});
