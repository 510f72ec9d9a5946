import { defineCodes } from "@fairlead/base";

// Those of a data directory that cannot be used are @fairlead/apiserver's: the same fault, whoever finds it.
defineCodes({
  SopsKeysUnreachable: {
    meaning: "What opens an encrypted file does not answer at the moment.",
    httpStatus: 503,
    retry: "backoff",
  },
  BrokenState: { meaning: "A file of the data directory is damaged.", httpStatus: 500, retry: "never" },
});
