import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeKubeconfig } from "@fairlead/kube";
import type { RunningServer } from "./servers.ts";

/** One kubeconfig with a context a server, the hub first and current. Readable by its owner only: it holds keys. */
export function saveKubeconfig(path: string, servers: readonly RunningServer[]): void {
  const text = writeKubeconfig({
    currentContext: servers[0]?.name,
    clusters: new Map(
      servers.map(({ name, admin }) => [name, { server: admin.server, certificateAuthorityData: admin.caData }]),
    ),
    users: new Map(
      servers.map(({ name, admin }) => [
        name,
        { clientCertificateData: admin.certData, clientKeyData: admin.keyData, token: admin.bearerToken },
      ]),
    ),
    contexts: new Map(servers.map(({ name }) => [name, { cluster: name, user: name }])),
  });
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, path);
}
