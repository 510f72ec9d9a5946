import type { Problem } from "@fairlead/base";
import type { ExecConfig, KubeconfigCluster, KubeconfigUser } from "./types.ts";

const EXEC_V1 = "client.authentication.k8s.io/v1";
const INTERACTIVE_MODES: readonly string[] = ["Never", "IfAvailable", "Always"];
const AUTHENTICATION_HINT = "providers other than oidc were removed from kubectl 1.26; use the vendor's exec plugin";

/** What client-go refuses of the cluster that is used (clientcmd/validation.go, transport/transport.go). */
export function clusterProblems(name: string, cluster: KubeconfigCluster): Problem[] {
  const at = `cluster ${JSON.stringify(name)}`;
  const problems: Problem[] = [];
  const { server, proxyUrl } = cluster;
  if (server === "") problems.push(fault(`${at} has no server`));
  else if (!isServerUrl(server)) problems.push(fault(`${at}: server is not an http or https URL`));
  if (proxyUrl !== undefined && !/^(https?|socks5h?):\/\//.test(proxyUrl)) {
    problems.push(fault(`${at}: proxy-url is not an http, https or socks5 URL`));
  }
  const hasData = cluster.certificateAuthorityData !== undefined;
  const hasFile = cluster.certificateAuthority !== undefined;
  if (hasData && hasFile) {
    problems.push(
      fault(`${at} has both certificate-authority and certificate-authority-data`, "leave one of them out"),
    );
  }
  if (cluster.insecureSkipTlsVerify === true && (hasData || hasFile)) {
    const hint = "leave out the authority, or insecure-skip-tls-verify";
    problems.push(fault(`${at} names a certificate authority and asks not to check by it`, hint));
  }
  return problems;
}

function isServerUrl(server: string): boolean {
  return URL.canParse(server) && /^https?:\/\//i.test(server);
}

/** The same of the user. Messages hold no values but modes and names, as the rest may be secret. */
export function userProblems(name: string, user: KubeconfigUser): Problem[] {
  const at = `user ${JSON.stringify(name)}`;
  return [
    ...methodProblems(at, user),
    ...certificateProblems(at, user),
    ...(user.exec ? execProblems(at, user.exec) : []),
    ...providerProblems(at, user),
    ...impersonationProblems(at, user),
  ];
}

function methodProblems(at: string, user: KubeconfigUser): Problem[] {
  const isBasic = user.username !== undefined || user.password !== undefined;
  if (user.token === undefined || !isBasic) return [];
  return [fault(`${at} has both a token and a password`, "leave one of them out")];
}

function certificateProblems(at: string, user: KubeconfigUser): Problem[] {
  const { clientCertificate, clientCertificateData, clientKey, clientKeyData } = user;
  const problems: Problem[] = [];
  const both = (what: string): Problem => fault(`${at} has both ${what} and ${what}-data`, "leave one of them out");
  const hasCertificate = clientCertificate !== undefined || clientCertificateData !== undefined;
  const hasKey = clientKey !== undefined || clientKeyData !== undefined;
  if (clientCertificate !== undefined && clientCertificateData !== undefined) problems.push(both("client-certificate"));
  if (clientKey !== undefined && clientKeyData !== undefined) problems.push(both("client-key"));
  if (hasCertificate && !hasKey) problems.push(fault(`${at} has a client certificate and no client-key`));
  return problems;
}

function execProblems(at: string, exec: ExecConfig): Problem[] {
  const problems: Problem[] = [];
  const { command, apiVersion, interactiveMode, env } = exec;
  if (command === "") problems.push(fault(`${at}: exec.command is missing`));
  if (apiVersion === "") problems.push(fault(`${at}: exec.apiVersion is missing`));
  if (env.some((each) => each.name === "")) problems.push(fault(`${at}: a variable of exec.env has no name`));
  const modes = `one of ${INTERACTIVE_MODES.join(", ")}`;
  if (interactiveMode === undefined) {
    // Older versions of the contract have a default.
    if (apiVersion === EXEC_V1) problems.push(fault(`${at}: exec.interactiveMode is missing`, modes));
  } else if (!INTERACTIVE_MODES.includes(interactiveMode)) {
    problems.push(fault(`${at}: exec.interactiveMode ${JSON.stringify(interactiveMode)} is not known`, modes));
  }
  return problems;
}

function providerProblems(at: string, { authProvider, exec }: KubeconfigUser): Problem[] {
  if (authProvider === undefined) return [];
  if (exec !== undefined) return [fault(`${at} has both an auth-provider and an exec plugin`, "leave one of them out")];
  if (authProvider.name === "oidc") return [];
  return [fault(`the auth provider ${JSON.stringify(authProvider.name)} is not known`, AUTHENTICATION_HINT)];
}

/** Groups and extras without a user are refused, not ignored. */
function impersonationProblems(at: string, { impersonate }: KubeconfigUser): Problem[] {
  if (impersonate === undefined || impersonate.user !== "") return [];
  return [fault(`${at}: as is missing, while groups, a uid or extras are impersonated`)];
}

function fault(message: string, hint?: string): Problem {
  return { code: "KubeconfigInvalid", message, hint };
}
