/**
 * Writes src/bootstrap/generated/objects.ts: what a fresh kube-apiserver holds by itself (roles, bindings, priority classes, flow
 * schemas, priority levels), without what differs from server to server.
 *
 *   node packages/apiserver/scripts/generate-bootstrap.ts --server https://127.0.0.1:6443 --token TOKEN
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { server: { type: "string" }, token: { type: "string" } } });
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const SOURCES = [
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/rbac.authorization.k8s.io/v1/roles",
  "/apis/rbac.authorization.k8s.io/v1/rolebindings",
  "/apis/scheduling.k8s.io/v1/priorityclasses",
  "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
];

interface Item {
  metadata: Record<string, unknown>;
  status?: unknown;
  [key: string]: unknown;
}

const objects: unknown[] = [];
for (const path of SOURCES) {
  const response = await fetch(`${values.server}${path}`, { headers: { authorization: `Bearer ${values.token}` } });
  const list = (await response.json()) as { kind: string; apiVersion: string; items: Item[] };
  for (const item of list.items) {
    const { name, namespace, labels, annotations } = item.metadata;
    const { status: _status, metadata: _metadata, ...rest } = item;
    const metadata = { name, namespace, labels, annotations };
    // The aggregated rules of admin, edit and view are made from the roles that aggregate to them.
    if (rest["aggregationRule"] !== undefined) rest["rules"] = null;
    objects.push({ apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, ""), metadata, ...rest });
  }
}
const target = join(import.meta.dirname, "../src/bootstrap/generated/objects.ts");
mkdirSync(dirname(target), { recursive: true });
const json = JSON.stringify(objects);
writeFileSync(
  target,
  `// Written by scripts/generate-bootstrap.ts; do not edit.\nexport const BOOTSTRAP_OBJECTS: string =\n  ${JSON.stringify(json).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replaceAll('\\"', '"')};\n`,
);
process.stdout.write(`${objects.length} objects, ${json.length} bytes\n`);
