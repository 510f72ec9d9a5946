import { readFileSync } from "node:fs";
import { problemError } from "@fairlead/base";
import type { ClusterConfig } from "./types.ts";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly readFile?: ((path: string) => string) | undefined;
}

/** Whether this process runs in a pod that may talk to its API server. */
export function isInCluster(options: InClusterOptions = {}): boolean {
  const env = options.env ?? process.env;
  return Boolean(env["KUBERNETES_SERVICE_HOST"] && env["KUBERNETES_SERVICE_PORT"]);
}

/**
 * The config of a pod's service account; its token is read again and again, as it is rotated.
 * @throws ProblemError KubeconfigNotFound outside a pod
 */
export function inClusterConfig(options: InClusterOptions = {}): ClusterConfig {
  const env = options.env ?? process.env;
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, "utf8"));
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) {
    throw problemError("KubeconfigNotFound", "this process does not run in a pod", {
      hint: "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; name a kubeconfig instead",
    });
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    caData: read(readFile, "ca.crt"),
    namespace: read(readFile, "namespace").trim(),
    tokenFile: `${FOLDER}/token`,
  };
}

function read(readFile: (path: string) => string, name: string): string {
  try {
    return readFile(`${FOLDER}/${name}`);
  } catch (error) {
    const at = { file: `${FOLDER}/${name}`, hint: "is automountServiceAccountToken off?" };
    throw problemError("KubeconfigNotFound", "the pod's service account is not mounted", at, error);
  }
}
