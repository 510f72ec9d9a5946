const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** Why a connection failed, in the words of Go's net package; `address` as HOST:PORT where the error does not say. */
export function dialFault(error: NodeJS.ErrnoException, address: string): string {
  const { address: host, port, hostname } = error as { address?: string; port?: number; hostname?: string };
  const told = host === undefined ? address : `${host}:${port ?? ""}`;
  if (error.code === "ENOTFOUND") return `dial tcp: lookup ${hostname ?? ""}: no such host`;
  const why = CONNECT[error.code ?? ""];
  return why === undefined ? error.message : `dial tcp ${told}: ${why}`;
}
