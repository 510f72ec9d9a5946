import { defineCodes } from "@fairlead/base";

export const CLI_CODES = defineCodes({
  DataDirectoryUnusable: { meaning: "The data directory cannot be used.", httpStatus: 500, retry: "never" },
  DataDirectoryInUse: { meaning: "Another process uses the data directory.", httpStatus: 409, retry: "backoff" },
  BrokenState: { meaning: "A file of the data directory is damaged.", httpStatus: 500, retry: "never" },
  FleetNotReady: { meaning: "The fleet was not Synced and Healthy in time.", httpStatus: 504, retry: "backoff" },
});
