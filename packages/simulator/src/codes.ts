import { defineCodes } from "@fairlead/base";

export const SIMULATOR_CODES = defineCodes({
  InvalidSimulatorOptions: {
    meaning: "An option of the simulator is out of its range.",
    httpStatus: 422,
    retry: "input",
  },
});
