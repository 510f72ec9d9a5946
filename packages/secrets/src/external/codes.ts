import { defineCodes } from "@fairlead/base";

/** No message of these ever carries a value: only keys, names, paths and what a provider said about them in general. */
export const EXTERNAL_CODES = defineCodes({
  InvalidExternalSecret: { meaning: "An External Secrets object is not of its form.", httpStatus: 422, retry: "input" },
  InvalidStore: {
    meaning: "A secret store is not of its form, or may not be used from here.",
    httpStatus: 422,
    retry: "input",
  },
  StoreNotReady: { meaning: "A secret store is missing or not ready.", httpStatus: 503, retry: "backoff" },
  ProviderFailed: {
    meaning: "A provider of secrets answered wrongly, or not at all.",
    httpStatus: 502,
    retry: "backoff",
  },
  ProviderRefused: { meaning: "A provider of secrets refused what was asked.", httpStatus: 403, retry: "backoff" },
  RemoteSecretMissing: { meaning: "A secret does not exist at its provider.", httpStatus: 404, retry: "backoff" },
  InvalidRemoteValue: {
    meaning: "A secret's value is not of the form that was asked for.",
    httpStatus: 422,
    retry: "backoff",
  },
  ExternalTargetRefused: { meaning: "The target Secret cannot be written.", httpStatus: 409, retry: "input" },
});
