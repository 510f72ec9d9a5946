import { defineCodes } from "@fairlead/base";

// Those of a data directory that cannot be used are @fairlead/apiserver's: the same fault, whoever finds it.
defineCodes({
  BrokenState: { meaning: "A file of the data directory is damaged.", httpStatus: 500, retry: "never" },
});
