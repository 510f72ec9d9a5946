import assert from "node:assert/strict";
import { test } from "node:test";
import { cloneJson, type Json, type JsonObject } from "@fairlead/base";
import {
  applyDefaults,
  describeFieldError,
  describeFieldErrors,
  validateBuiltin,
  type KubeObject,
} from "@fairlead/apimachinery";

const DNS_LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function deployment(): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d", namespace: "default" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i" }] },
      },
    },
  };
}

const object = (apiVersion: string, kind: string, rest: JsonObject, name = "x"): KubeObject =>
  ({ apiVersion, kind, metadata: { name, namespace: "default" }, ...rest }) as KubeObject;

/** The object with one place changed; undefined removes it. */
function changed(from: KubeObject, path: readonly (string | number)[], value: Json | undefined): KubeObject {
  const copy = cloneJson(from);
  let owner = copy as unknown as Record<string | number, Json | undefined>;
  for (const key of path.slice(0, -1)) owner = owner[key] as never;
  owner[path.at(-1) as string] = value;
  return copy;
}

const faults = (one: KubeObject, before?: KubeObject): string[] =>
  validateBuiltin(applyDefaults(one), before && applyDefaults(before)).map(describeFieldError);

const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;

/** One change to a good Deployment, and the server's words for it. */
const DEPLOYMENT_FAULTS: readonly (readonly [readonly (string | number)[], Json | undefined, readonly string[]])[] = [
  [["spec", "replicas"], -1, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]],
  [["spec", "template", "spec", "containers"], [], ["spec.template.spec.containers: Required value"]],
  [
    [...CONTAINER, "name"],
    "Bad_Name",
    [`spec.template.spec.containers[0].name: Invalid value: "Bad_Name": ${DNS_LABEL}`],
  ],
  [[...CONTAINER, "image"], "", ["spec.template.spec.containers[0].image: Required value"]],
  [
    [...CONTAINER, "ports"],
    [{ containerPort: 70_000 }],
    [
      "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    [...CONTAINER, "imagePullPolicy"],
    "Sometimes",
    [
      'spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    [...CONTAINER, "resources"],
    { requests: { cpu: "2" }, limits: { cpu: "1" } },
    [
      'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ],
  [
    [...CONTAINER, "volumeMounts"],
    [{ name: "v", mountPath: "/a" }],
    ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    ["spec", "template", "metadata", "labels"],
    { a: "c" },
    ['spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`'],
  ],
  [["metadata", "name"], undefined, ["metadata.name: Required value: name or generateName is required"]],
];

for (const [path, value, expected] of DEPLOYMENT_FAULTS) {
  test(`a Deployment with ${path.join(".")} = ${JSON.stringify(value)}`, () => {
    assert.deepEqual(faults(changed(deployment(), path, value)), expected);
  });
}

test("a good Deployment has no faults, and its selector may not change", () => {
  assert.deepEqual(faults(deployment()), []);
  const before = changed(deployment(), ["metadata", "resourceVersion"], "1");
  const after = changed(
    changed(before, ["spec", "selector"], { matchLabels: { a: "c" } }),
    ["spec", "template", "metadata", "labels"],
    { a: "c" },
  );
  const [fault] = faults(after, before);
  assert.match(fault ?? "", /^spec\.selector: Invalid value: \{"matchLabels":\{"a":"c"\}\}: field is immutable$/);
});

const OTHERS: readonly (readonly [KubeObject, RegExp])[] = [
  [object("v1", "Service", { spec: { ports: [] } }), /^spec\.ports: Required value$/],
  [
    object("v1", "Service", { spec: { ports: [{ port: 0, targetPort: 80 }] } }),
    /^spec\.ports\[0\]\.port: Invalid value: 0: must be between/,
  ],
  [object("v1", "ConfigMap", { data: { "a/b": "" } }), /^data\[a\/b\]: Invalid value: "a\/b": a valid config key must/],
  [
    object("batch/v1", "CronJob", {
      spec: {
        schedule: "every day",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    }),
    /^spec\.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: \[every day\]$/,
  ],
  [
    object("networking.k8s.io/v1", "Ingress", {
      spec: {
        rules: [
          {
            http: {
              paths: [{ path: "x", pathType: "Prefix", backend: { service: { name: "s", port: { number: 1 } } } }],
            },
          },
        ],
      },
    }),
    /^spec\.rules\[0\]\.http\.paths\[0\]\.path: Invalid value: "x": must be an absolute path$/,
  ],
  [
    object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ verbs: [], apiGroups: [""], resources: ["pods"] }] }),
    /^rules\[0\]\.verbs: Required value: verbs must contain at least one value$/,
  ],
  [
    object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {
      metadata: { name: "x" },
      webhooks: [{ name: "a.b.c", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig: {}, rules: [] }],
    }),
    /^webhooks\[0\]\.clientConfig: Required value: exactly one of url or service is required$/,
  ],
];

for (const [one, expected] of OTHERS) {
  test(`a ${one.kind} with one fault`, () => {
    const found = faults(one);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", expected);
  });
}

test("several faults are one message, equal ones once", () => {
  const one = { type: "FieldValueRequired", field: "a", badValue: "", detail: "" } as const;
  assert.equal(describeFieldErrors([one]), "a: Required value");
  assert.equal(describeFieldErrors([one, one, { ...one, field: "b" }]), "[a: Required value, b: Required value]");
});

function definition(schema: JsonObject, spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "toys.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "toys", kind: "Toy" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...spec,
    },
  };
}

const SCHEMA = "spec.validation.openAPIV3Schema";
const DEFINITIONS: readonly (readonly [string, KubeObject, readonly string[]])[] = [
  ["is good", definition({ type: "object", properties: { spec: { type: "object" } } }), []],
  [
    "has no type",
    definition({ type: "object", properties: { a: {} } }),
    [`${SCHEMA}.properties[a].type: Required value: must not be empty for specified object fields`],
  ],
  [
    "has a type in a branch",
    definition({ type: "object", anyOf: [{ type: "object" }] }),
    [`${SCHEMA}.anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    "has a default that doesn't fit",
    definition({ type: "object", properties: { a: { type: "integer", default: "x" } } }),
    [
      `${SCHEMA}.properties[a].default: Invalid value: "string": ${SCHEMA}.properties[a].default in body must be of type integer: "string"`,
    ],
  ],
  [
    "has a list without its keys",
    definition({
      type: "object",
      properties: {
        l: {
          type: "array",
          "x-kubernetes-list-type": "map",
          items: { type: "object", properties: { n: { type: "string" } } },
        },
      },
    }),
    [
      `${SCHEMA}.properties[l].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
  ],
  [
    "has the wrong name",
    definition({ type: "object" }, { group: "other.example.com" }),
    ['metadata.name: Invalid value: "toys.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  ["has no schema", definition(undefined as never), ["spec.versions[0].schema.openAPIV3Schema: Required value"]],
];

for (const [what, one, expected] of DEFINITIONS) {
  test(`a definition that ${what}`, () => assert.deepEqual(faults(one), expected));
}

test("a rule that doesn't compile is a fault of the definition", () => {
  const [fault] = faults(definition({ type: "object", "x-kubernetes-validations": [{ rule: "self.a +" }] }));
  assert.match(fault ?? "", /^spec\.validation\.openAPIV3Schema\.x-kubernetes-validations\[0\]\.rule: Invalid value: /);
});
