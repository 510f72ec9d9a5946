import { defineCodes } from "@fairlead/base";

export const APISERVER_CODES = defineCodes({
  PortTaken: { meaning: "The port asked for is in use by another process.", httpStatus: 409, retry: "backoff" },
  DataDirectoryUnusable: {
    meaning: "The data directory cannot be created, read or written.",
    httpStatus: 500,
    retry: "input",
  },
  DataDirectoryInUse: { meaning: "Another server runs on the same data directory.", httpStatus: 409, retry: "backoff" },
  DatabaseDamaged: { meaning: "The database is not readable as one of ours.", httpStatus: 500, retry: "input" },
  StorageFull: {
    meaning: "Nothing more can be written: the disk is full, or the database is as large as it may be.",
    httpStatus: 507,
    retry: "backoff",
  },
  BackupInvalid: { meaning: "A backup file is not one of ours, or it is incomplete.", httpStatus: 422, retry: "input" },
});
