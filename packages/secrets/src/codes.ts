import { defineCodes } from "@fairlead/base";

/** No message of these ever carries a value, encrypted or not: only keys, names and positions. */
export const SECRETS_CODES = defineCodes({
  InvalidSecret: { meaning: "A Secret is not of its form.", httpStatus: 422, retry: "input" },
  InvalidSealedSecret: { meaning: "A SealedSecret is not of its form.", httpStatus: 422, retry: "input" },
  InvalidKey: {
    meaning: "A certificate or private key cannot be read, or is of a kind that cannot seal.",
    httpStatus: 422,
    retry: "input",
  },
  NoKeyDecrypts: {
    meaning:
      "No private key opens a sealed value: another cluster's, another name, namespace or scope, or tampered with.",
    httpStatus: 422,
    retry: "input",
  },
  TargetRefused: {
    meaning: "The Secret a SealedSecret would make is another's, and does not say it may be written.",
    httpStatus: 409,
    retry: "input",
  },
  SecretTemplateFailed: { meaning: "A template of a secret cannot be filled.", httpStatus: 422, retry: "input" },
  InvalidSopsFile: { meaning: "A file for or of SOPS is not of its format.", httpStatus: 422, retry: "input" },
  UnfitSopsValue: { meaning: "SOPS cannot encrypt a key or value of this kind.", httpStatus: 422, retry: "input" },
  KeyUnusable: { meaning: "A master key cannot wrap or open a data key.", httpStatus: 422, retry: "input" },
  NoMasterKey: { meaning: "Nothing says for which keys a file is to be encrypted.", httpStatus: 422, retry: "input" },
  NoDataKey: { meaning: "No master key at hand opens a SOPS file.", httpStatus: 422, retry: "input" },
  MacMissing: { meaning: "A SOPS file has no MAC.", httpStatus: 422, retry: "input" },
  InvalidShares: { meaning: "Shares of a data key do not fit together.", httpStatus: 422, retry: "input" },
  InvalidSopsRule: {
    meaning: "A rule that says what SOPS encrypts is not of its form.",
    httpStatus: 422,
    retry: "input",
  },
  DecryptFailed: {
    meaning: "A value of a SOPS file does not open under the file's data key.",
    httpStatus: 422,
    retry: "input",
  },
  MacMismatch: {
    meaning: "A SOPS file is not as it was when it was written: its MAC is another.",
    httpStatus: 422,
    retry: "input",
  },
  InvalidSopsConfig: { meaning: "A .sops.yaml is not of its form.", httpStatus: 422, retry: "input" },
  InvalidSopsPath: { meaning: "An address within a document is not of its form.", httpStatus: 400, retry: "input" },
  NotAtPath: { meaning: "Nothing stands at an address within a document.", httpStatus: 404, retry: "input" },
  SecretsUsage: { meaning: "A command about secrets was called wrongly.", httpStatus: 400, retry: "input" },
  UnreadableFile: { meaning: "A file cannot be read.", httpStatus: 422, retry: "input" },
});
