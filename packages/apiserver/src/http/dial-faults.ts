const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};
const UNKNOWN_AUTHORITY = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
const TLS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
  ECONNRESET: "EOF",
  EPROTO: "tls: first record does not look like a TLS handshake",
};

/** Why a connection failed, in the words of Go's net package; `address` as HOST:PORT where the error does not say. */
export function dialFault(error: NodeJS.ErrnoException, address: string): string {
  const { address: host, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  const told = host === undefined ? address : `${host}:${port ?? ""}`;
  const code = error.code ?? "";
  if (code === "ENOTFOUND") return `dial tcp: lookup ${hostname ?? ""}: no such host`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return wrongName(error as AltnameError);
  const tls = TLS[code];
  if (tls !== undefined) return tls;
  const why = CONNECT[code];
  return why === undefined ? error.message : `dial tcp ${told}: ${why}`;
}

interface AltnameError extends Error {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function wrongName({ host = "", cert }: AltnameError): string {
  const names = (cert?.subjectaltname ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return `tls: failed to verify certificate: x509: certificate is valid for ${names.join(", ")}, not ${host}`;
}
