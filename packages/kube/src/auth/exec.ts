import { isJsonObject, type JsonObject, problemError } from "@fairlead/base";
import type { ClusterConfig, ExecConfig } from "../config/types.ts";
import { pem } from "../http/pem.ts";
import { KUBE_LIMITS } from "../limits.ts";
import type { Credentials, CredentialSource, RunProgram } from "./types.ts";

const API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** Credentials from a program, by the contract of client.authentication.k8s.io: in by environment, out as ExecCredential. */
export function execSource(
  config: ClusterConfig,
  exec: ExecConfig,
  deps: { run: RunProgram; hasTerminal: boolean; env: Readonly<Record<string, string | undefined>> },
): CredentialSource {
  return {
    async obtain() {
      checkVersion(exec);
      const interactive = isInteractive(exec, deps.hasTerminal);
      const env = { ...deps.env, KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(config, exec, interactive)) };
      for (const { name, value } of exec.env) Object.assign(env, { [name]: value });
      const options = { env, interactive, timeoutMs: KUBE_LIMITS.execTimeoutMs };
      const result = await deps.run(exec.command, exec.args, options).catch((error: unknown) => {
        throw failure(exec, "could not be started", error);
      });
      if (result.code !== 0) {
        const said = result.stderr.trim().split("\n").at(-1)?.slice(0, 300);
        throw failure(exec, `ended with code ${result.code}${said ? `: ${said}` : ""}`);
      }
      return readCredential(exec, result.stdout);
    },
  };
}

function checkVersion(exec: ExecConfig): void {
  if (API_VERSIONS.includes(exec.apiVersion)) return;
  throw problemError("KubeconfigInvalid", `exec apiVersion ${JSON.stringify(exec.apiVersion)} is not known`, {
    hint: `use one of ${API_VERSIONS.join(", ")}`,
  });
}

function isInteractive(exec: ExecConfig, hasTerminal: boolean): boolean {
  const mode = exec.interactiveMode ?? "IfAvailable";
  if (mode === "Always" && !hasTerminal) {
    throw failure(exec, "must ask a person, and there is no terminal");
  }
  return mode !== "Never" && hasTerminal;
}

function execInfo(config: ClusterConfig, exec: ExecConfig, interactive: boolean): JsonObject {
  const cluster = {
    server: config.server,
    "tls-server-name": config.serverName,
    "insecure-skip-tls-verify": config.insecure,
    // Bytes are base64 in JSON; a config may hold plain PEM.
    "certificate-authority-data": config.caData && Buffer.from(pem(config.caData) ?? "").toString("base64"),
    "proxy-url": config.proxyUrl,
    "disable-compression": config.disableCompression,
    config: exec.clusterConfig as JsonObject | undefined,
  };
  return {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo && { cluster }), interactive },
  };
}

function readCredential(exec: ExecConfig, stdout: string): Credentials {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stdout);
  } catch {
    // The output may hold a secret, so neither it nor the parser's excerpt of it is shown.
    throw failure(exec, "printed something that is not JSON");
  }
  const answer = isJsonObject(parsed) ? parsed : {};
  if (answer["kind"] !== "ExecCredential" || answer["apiVersion"] !== exec.apiVersion) {
    throw failure(exec, `did not print an ExecCredential of ${exec.apiVersion}`);
  }
  const status = isJsonObject(answer["status"]) ? answer["status"] : {};
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  const [hasCertificate, hasKey] = [cert, key].map((text) => typeof text === "string" && text !== "");
  if (hasCertificate !== hasKey) throw failure(exec, "printed a certificate or a key alone, not both");
  const certificate = hasCertificate ? { cert: cert as string, key: key as string } : undefined;
  if ((typeof token !== "string" || token === "") && certificate === undefined) {
    throw failure(exec, "printed neither a token nor a certificate with its key");
  }
  const expiresAt = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    token: typeof token === "string" && token !== "" ? token : undefined,
    certificate,
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
  };
}

function failure(exec: ExecConfig, what: string, cause?: unknown): Error {
  const message = `the credential program ${exec.command} ${what}`;
  return problemError("CredentialsFailed", message, { hint: exec.installHint }, cause);
}
