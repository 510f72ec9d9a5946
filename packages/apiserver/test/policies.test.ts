import assert from "node:assert/strict";
import { test } from "node:test";
import { startForTest } from "./support.ts";

const GROUP = "/apis/admissionregistration.k8s.io/v1";
const CMS = "/api/v1/namespaces/default/configmaps";
const about = {
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
};

interface Case {
  readonly name: string;
  readonly spec: object;
  readonly binding?: object;
  readonly code: number;
  /** Behind `ValidatingAdmissionPolicy 'NAME' with binding 'NAME' denied request: `. */
  readonly message?: string;
}

/** Messages are kube-apiserver 1.35's, for the same policies. */
const CASES: readonly Case[] = [
  {
    name: "a missing key",
    spec: { validations: [{ expression: 'object.data.nope == "x"' }] },
    code: 422,
    message: "expression 'object.data.nope == \"x\"' resulted in error: no such key: data",
  },
  {
    name: "a condition that cannot be evaluated",
    spec: {
      matchConditions: [{ name: "c", expression: 'object.data.nope == "x"' }],
      validations: [{ expression: "false" }],
    },
    code: 422,
    message: "expression 'object.data.nope == \"x\"' resulted in error: no such key: data",
  },
  {
    name: "a condition that does not hold",
    spec: { matchConditions: [{ name: "c", expression: "false" }], validations: [{ expression: "false" }] },
    code: 201,
  },
  {
    name: "parameters that are gone",
    spec: { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, validations: [{ expression: "params != null" }] },
    binding: { paramRef: { name: "gone", namespace: "default", parameterNotFoundAction: "Deny" } },
    code: 422,
    message: "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  },
  {
    name: "a message that is computed from a variable",
    spec: {
      variables: [{ name: "n", expression: "object.metadata.name" }],
      validations: [{ expression: "false", messageExpression: '"name was " + variables.n', reason: "Forbidden" }],
    },
    code: 403,
    message: "name was x",
  },
];

for (const { name, spec, binding = {}, code, message } of CASES) {
  test(`a policy with ${name}`, async (context) => {
    const { ask } = await startForTest(context, { controllers: false });
    const policy = await ask(`POST ${GROUP}/validatingadmissionpolicies`, {
      metadata: { name: "p" },
      spec: { matchConstraints: about, ...spec },
    });
    assert.equal(policy.code, 201, JSON.stringify(policy.body));
    const bound = await ask(`POST ${GROUP}/validatingadmissionpolicybindings`, {
      metadata: { name: "b" },
      spec: { policyName: "p", validationActions: ["Deny"], ...binding },
    });
    assert.equal(bound.code, 201, JSON.stringify(bound.body));
    const answer = await ask(`POST ${CMS}`, { metadata: { name: "x" } });
    assert.equal(answer.code, code);
    if (message === undefined) return;
    const prefix = "configmaps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";
    assert.equal((answer.body as { message: string }).message, prefix + message);
  });
}

test("policies tell the audit log what they found", async (context) => {
  const annotations: Readonly<Record<string, string>>[] = [];
  const { ask } = await startForTest(context, {
    controllers: false,
    audit: (event) => annotations.push(event.annotations ?? {}),
  });
  await ask(`POST ${GROUP}/validatingadmissionpolicies`, {
    metadata: { name: "p" },
    spec: {
      matchConstraints: about,
      validations: [{ expression: "true" }, { expression: "false", message: "second" }],
      auditAnnotations: [{ key: "who", valueExpression: '"by " + request.userInfo.username' }],
    },
  });
  await ask(`POST ${GROUP}/validatingadmissionpolicybindings`, {
    metadata: { name: "b" },
    spec: { policyName: "p", validationActions: ["Audit"] },
  });
  assert.equal((await ask(`POST ${CMS}`, { metadata: { name: "x" } })).code, 201);
  const ours = (): Readonly<Record<string, string>> | undefined => annotations.find((each) => "p/who" in each);
  for (let tries = 0; ours() === undefined && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const found = ours() ?? {};
  assert.equal(found["p/who"], "by admin");
  assert.deepEqual(JSON.parse(found["validation.policy.admission.k8s.io/validation_failure"] ?? ""), [
    { message: "second", policy: "p", binding: "b", expressionIndex: 1, validationActions: ["Audit"] },
  ]);
});
