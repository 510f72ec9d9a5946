import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";

const SCHEMA = "x-kubernetes-pf-flowschema-uid";
const LEVEL = "x-kubernetes-pf-prioritylevel-uid";

let server: ApiServer;
before(async () => {
  server = await startApiServer({ data: "memory", logger: silentLogger });
});
after(() => server.close());

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(path: string, { method = "GET", body, headers = {} }: Asked = {}): Promise<Answered> {
  const { bearerToken, caData } = server.adminConfig();
  const own = { authorization: `Bearer ${bearerToken}`, "content-type": "application/json", ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(
      server.url + path,
      { method, ca: Buffer.from(caData, "base64"), headers: own, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }));
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function uidOf(kind: string, name: string): Promise<string> {
  const { body } = await ask(`/apis/flowcontrol.apiserver.k8s.io/v1/${kind}/${name}`);
  return (JSON.parse(body) as { metadata: { uid: string } }).metadata.uid;
}

const ACCOUNT = {
  "impersonate-user": "system:serviceaccount:default:x",
  "impersonate-group": "system:serviceaccounts",
};

for (const { title, path, headers, schema, level } of [
  { title: "a request of the admin", path: "/api/v1/namespaces", headers: {}, schema: "exempt", level: "exempt" },
  {
    title: "a watch",
    path: "/api/v1/namespaces?watch=1&timeoutSeconds=1",
    headers: {},
    schema: "exempt",
    level: "exempt",
  },
  {
    title: "a probe",
    path: "/healthz",
    headers: { "impersonate-user": "u", "impersonate-group": "system:authenticated" },
    schema: "probes",
    level: "exempt",
  },
  {
    title: "what a user may not do",
    path: "/api/v1/nodes",
    headers: { "impersonate-user": "u" },
    schema: "global-default",
    level: "global-default",
  },
  {
    title: "an account's request",
    path: "/api/v1/nodes",
    headers: ACCOUNT,
    schema: "service-accounts",
    level: "workload-low",
  },
  {
    title: "the controller manager's lock",
    path: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x",
    headers: { "impersonate-user": "system:kube-controller-manager" },
    schema: "system-leader-election",
    level: "leader-election",
  },
  {
    title: "a node's request",
    path: "/api/v1/nodes/n",
    headers: { "impersonate-user": "system:node:n", "impersonate-group": "system:nodes" },
    schema: "system-node-high",
    level: "node-high",
  },
]) {
  test(`${title} falls under the flow schema ${schema}, and its answer says so`, async () => {
    const answer = await ask(path, { headers });
    assert.equal(answer.headers[SCHEMA], await uidOf("flowschemas", schema));
    assert.equal(answer.headers[LEVEL], await uidOf("prioritylevelconfigurations", level));
  });
}

test("a new flow schema counts at once, and not while its level is missing", async () => {
  const make = (name: string, level: string): Promise<Answered> =>
    ask("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", {
      method: "POST",
      body: {
        metadata: { name },
        spec: {
          matchingPrecedence: 50,
          priorityLevelConfiguration: { name: level },
          rules: [
            {
              subjects: [{ kind: "User", user: { name: "carol" } }],
              resourceRules: [{ verbs: ["list"], apiGroups: [""], resources: ["pods"], namespaces: ["default"] }],
            },
          ],
        },
      },
    });
  await make("a-dangling", "none");
  await make("b-own", "catch-all");
  const carol = { "impersonate-user": "carol" };
  const own = await ask("/api/v1/namespaces/default/pods", { headers: carol });
  assert.equal(own.headers[SCHEMA], await uidOf("flowschemas", "b-own"));
  const elsewhere = await ask("/api/v1/namespaces/other/pods", { headers: carol });
  assert.equal(elsewhere.headers[SCHEMA], await uidOf("flowschemas", "global-default"));
});

test("who is not known falls under none", async () => {
  const { headers } = await ask("/api/v1/namespaces", { headers: { authorization: "Bearer nonsense" } });
  assert.equal(headers[SCHEMA], undefined);
});
