import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeYaml } from "@fairlead/yaml";
import { startForTest } from "./support.ts";

const DEFAULT = "/api/v1/namespaces/default";
const CMS = `${DEFAULT}/configmaps`;
const messageOf = (body: unknown): string => (body as { message?: string }).message ?? "";

describe("bounds of a request", () => {
  test("a timeout is a Go duration, and one that is over at once is told so", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const cases = [
      ["abc", 400, 'invalid timeout specified in the request URL - time: invalid duration "abc"'],
      ["5", 400, 'invalid timeout specified in the request URL - time: missing unit in duration "5"'],
      ["1ns", 504, "Timeout: request did not complete within the allotted timeout"],
      ["0", 200, ""],
      ["-1s", 200, ""],
      ["5m", 200, ""],
    ] as const;
    for (const [timeout, code, message] of cases) {
      const answer = await ask(`GET ${DEFAULT}?timeout=${timeout}`);
      assert.deepEqual([answer.code, messageOf(answer.body)], [code, message], timeout);
    }
  });

  test("a webhook that does not answer holds a client up no longer than it allows", async (context) => {
    const { server, ask } = await startForTest(context, { controllers: false });
    server.serviceProxies.register("default", "slow", () => new Promise(() => {}));
    const client = { service: { namespace: "default", name: "slow", path: "/" } };
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
    const hook = { name: "slow.example.com", clientConfig: client, rules, sideEffects: "None" };
    const made = await ask("POST /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
      metadata: { name: "slow" },
      webhooks: [{ ...hook, admissionReviewVersions: ["v1"] }],
    });
    assert.equal(made.code, 201, messageOf(made.body));
    const answer = await ask(`POST ${CMS}?timeout=200ms`, { metadata: { name: "late" } });
    assert.equal(answer.code, 504);
    assert.equal((await ask("GET /readyz")).code, 200);
  });

  test("an object with a key that is one backslash leaves the keys of others alone", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const crd = {
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", kind: "Thing" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    };
    const made = await ask("POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
    assert.equal(made.code, 201, messageOf(made.body));
    const things = "/apis/example.com/v1/namespaces/default/things";
    const thing = (name: string, key: string): object => ({
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: { name },
      keys: { a: 1, [key]: 2 },
    });
    for (const [name, key] of [
      ["backslash", "\\"],
      ["newline", "\n"],
      ["quote", '"'],
    ] as const) {
      // Answers in YAML: this test's own JSON.parse has the fault.
      const accept = "application/yaml";
      const created = await ask(`POST ${things}`, thing(name, key), { accept });
      assert.equal(created.code, 201, String(created.body));
      const patch = { "content-type": "application/merge-patch+json", accept };
      const patched = await ask(`PATCH ${things}/${name}`, { other: true }, patch);
      const { keys } = decodeYaml(String(patched.body)) as { keys: Record<string, number> };
      assert.deepEqual(keys, { a: 1, [key]: 2 });
    }
  });

  test("paths are divided as Go divides them", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const cases = [
      ["/api/v1//configmaps", 404, "the server could not find the requested resource"],
      ["//api/v1/configmaps", 404, ""],
      [`${CMS}/%2e%2e`, 400, "Name parameter invalid: \"..\": may not be '..'"],
      [`${CMS}/50%25`, 400, "Name parameter invalid: \"50%\": may not contain '%'"],
      ["/api/v1/namespaces/a%2fb/configmaps/x", 404, "the server could not find the requested resource"],
      ["/apis/%ff/v1/x", 404, ""],
      ["/api/v2", 404, "the server could not find the requested resource"],
      [`${CMS}/%zz`, 400, "invalid URL escape in path"],
    ] as const;
    for (const [path, code, message] of cases) {
      const answer = await ask(`GET ${path}`);
      assert.deepEqual([answer.code, messageOf(answer.body)], [code, message], path);
    }
  });

  test("every answer names its request for the audit log, as the client named it", async (context) => {
    const events: { auditID: string }[] = [];
    const { ask } = await startForTest(context, { controllers: false, audit: (event) => events.push(event) });
    await ask(`GET ${DEFAULT}`, undefined, { "audit-id": "mine" });
    for (let tries = 0; events.length === 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(events.at(-1)?.auditID, "mine");
  });

  test("metrics have kube-apiserver's names and verbs, and no series for what does not exist", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    await ask(`POST ${CMS}`, { metadata: { name: "a" } });
    await ask(
      `PATCH ${CMS}/a?fieldManager=x`,
      { apiVersion: "v1", kind: "ConfigMap" },
      { "content-type": "application/apply-patch+yaml" },
    );
    await ask("GET /apis/nope.example.com/v1/things");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const text = String((await ask("GET /metrics")).body);
    for (const part of [
      'code="201",component="apiserver",dry_run="",group="",resource="configmaps",scope="namespace",subresource="",verb="POST",version="v1"} 1',
      'verb="APPLY"',
      'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
      'apiserver_resource_objects{group="",resource="configmaps"} 1',
      "apiserver_storage_size_bytes{",
    ]) {
      assert(text.includes(part), part);
    }
    assert(!text.includes("nope.example.com"));
  });

  test("health tells its checks, and leaves out the ones it is told to", async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const text = String((await ask("GET /readyz?verbose&exclude=ping&exclude=zzz")).body);
    assert.match(text, /^\[\+\]ping excluded: ok\n\[\+\]log ok\n\[\+\]etcd ok\n/);
    assert.match(text, /no matches for "zzz"\nreadyz check passed\n$/);
    assert.equal((await ask("GET /livez/ping")).code, 200);
    assert.equal((await ask("GET /livez/zzz")).code, 404);
  });
});
