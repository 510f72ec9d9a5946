import { defineCodes } from "@fairlead/base";

export const KUBE_CODES = defineCodes({
  KubeconfigInvalid: { meaning: "A kubeconfig is not of the form kubectl reads.", httpStatus: 422, retry: "input" },
  KubeconfigNotFound: { meaning: "No kubeconfig file is where one was looked for.", httpStatus: 404, retry: "input" },
  ContextNotFound: {
    meaning: "A context, cluster or user is named that the kubeconfig does not hold.",
    httpStatus: 404,
    retry: "input",
  },
  CredentialsFailed: {
    meaning: "Credentials for a cluster could not be obtained from a program, a file or an OIDC issuer.",
    httpStatus: 401,
    retry: "backoff",
  },
  ServerUnreachable: {
    meaning: "No complete answer came from the API server.",
    httpStatus: 502,
    retry: "backoff",
  },
  ServerRefused: {
    meaning: "The API server refused what a command asked of it.",
    httpStatus: 502,
    retry: "backoff",
  },
  AnswerInvalid: {
    meaning: "The API server answered something that is not what the API promises.",
    httpStatus: 502,
    retry: "backoff",
  },
  KindNotServed: { meaning: "The cluster serves no such kind.", httpStatus: 404, retry: "backoff" },
  ObjectInvalid: {
    meaning: "An object lacks what the API needs to know where it belongs.",
    httpStatus: 422,
    retry: "input",
  },
  WaitTimedOut: { meaning: "An object did not become what was waited for in time.", httpStatus: 504, retry: "backoff" },
  ReconcileTimedOut: { meaning: "A reconcile took longer than its limit.", httpStatus: 504, retry: "backoff" },
  ArgumentInvalid: {
    meaning: "A command was called with arguments it does not know.",
    httpStatus: 400,
    retry: "input",
  },
});
