import assert from "node:assert/strict";
import { test } from "node:test";
import { startForTest, temporaryFolder, type TestServer } from "./support.ts";

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
}

/** What each of the roles that aggregate others lets do, and the lesser ones do not. */
const ROLES = [
  { role: "view", group: "", resource: "pods", verb: "list" },
  { role: "edit", group: "", resource: "pods", verb: "list" },
  { role: "edit", group: "apps", resource: "deployments", verb: "create" },
  { role: "admin", group: "", resource: "pods", verb: "list" },
  { role: "admin", group: "apps", resource: "deployments", verb: "create" },
  { role: "admin", group: "rbac.authorization.k8s.io", resource: "rolebindings", verb: "create" },
];

test("roles that aggregate roles that aggregate others hold all their rules from the first answer", async (context) => {
  const { ask } = await startForTest(context);
  for (const { role, group, resource, verb } of ROLES) {
    const { body } = await ask(`GET /apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`);
    const { rules } = body as { rules: Rule[] };
    const allows = ({ apiGroups = [], resources = [], verbs = [] }: Rule): boolean =>
      apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb);
    assert.ok(rules.some(allows), `${role} may not ${verb} ${resource}`);
  }
});

test("namespaces of the system have their account and their authority, once, and again after a restart", async (context) => {
  const folder = temporaryFolder(context);
  const read = async (ask: TestServer["ask"]): Promise<unknown> => {
    const found: unknown[] = [];
    for (const namespace of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
      for (const path of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"]) {
        const { body } = await ask(`GET /api/v1/namespaces/${namespace}/${path}`);
        const { kind, metadata, data } = body as {
          kind: string;
          metadata: { uid: string; managedFields?: { manager: string }[] };
          data?: Record<string, string>;
        };
        found.push({ namespace, kind, uid: metadata.uid, managers: metadata.managedFields?.map((one) => one.manager) });
        if (data !== undefined) assert.match(data["ca.crt"] ?? "", /BEGIN CERTIFICATE/);
      }
    }
    return found;
  };
  const first = await startForTest(context, { data: folder });
  const before = await read(first.ask);
  await first.server.close();
  const again = await startForTest(context, { data: folder });
  assert.deepEqual(await read(again.ask), before);
});

test("a server without controllers leaves accounts to the controllers that come", async (context) => {
  const { ask } = await startForTest(context, { controllers: false });
  const { code } = await ask("GET /api/v1/namespaces/default/serviceaccounts/default");
  assert.equal(code, 404);
});
