import { configMap, pod } from "../objects.ts";
import type { Case } from "../types.ts";

const NS = "/api/v1/namespaces/{ns}";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const HERE = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };
const CONFIG_MAPS = {
  apiGroups: [""],
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources: ["configmaps"],
};

function policy(spec: object): object {
  return {
    metadata: { name: "{ns}.policy" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { namespaceSelector: HERE, resourceRules: [CONFIG_MAPS] },
      ...spec,
    },
  };
}

function binding(actions: readonly string[], more: object = {}): object {
  return {
    metadata: { name: "{ns}.binding" },
    spec: { policyName: "{ns}.policy", validationActions: actions, ...more },
  };
}

function webhook(failurePolicy: string): object {
  return {
    metadata: { name: "{ns}.hooks" },
    webhooks: [
      {
        name: "hook.{ns}.example.com",
        clientConfig: { url: "https://127.0.0.1:9/validate" },
        rules: [CONFIG_MAPS],
        namespaceSelector: HERE,
        failurePolicy,
        sideEffects: "None",
        timeoutSeconds: 2,
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}

export const ADMISSION_CASES: readonly Case[] = [
  {
    name: "a policy denies with its message",
    steps: [
      {
        do: `POST ${ADMISSION}/validatingadmissionpolicies`,
        body: policy({
          variables: [{ name: "limit", expression: "2" }],
          validations: [
            { expression: "!has(object.data) || size(object.data) <= variables.limit", message: "too many keys" },
            {
              expression: "object.metadata.name != 'forbidden'",
              messageExpression: "'the name ' + object.metadata.name + ' is taken'",
              reason: "Forbidden",
            },
          ],
        }),
        code: 201,
        ignoreBody: true,
      },
      {
        do: `POST ${ADMISSION}/validatingadmissionpolicybindings`,
        body: binding(["Deny"]),
        code: 201,
        ignoreBody: true,
      },
      {
        do: `POST ${NS}/configmaps?dryRun=All`,
        body: configMap("probe", { a: "1", b: "2", c: "3" }),
        code: 422,
        eventually: true,
      },
      { do: `POST ${NS}/configmaps`, body: configMap("forbidden"), code: 403 },
      { do: `POST ${NS}/configmaps`, body: configMap("fine"), code: 201 },
      { do: `PUT ${NS}/configmaps/fine`, body: configMap("fine", { a: "1", b: "2", c: "3" }), code: 422 },
    ],
  },
  {
    name: "a policy that warns lets pass",
    steps: [
      {
        do: `POST ${ADMISSION}/validatingadmissionpolicies`,
        body: policy({
          matchConditions: [{ name: "mine", expression: "object.metadata.name.startsWith('bad')" }],
          validations: [{ expression: "false" }],
        }),
        code: 201,
        ignoreBody: true,
      },
      {
        do: `POST ${ADMISSION}/validatingadmissionpolicybindings`,
        body: binding(["Deny"]),
        code: 201,
        ignoreBody: true,
      },
      { do: `POST ${NS}/configmaps?dryRun=All`, body: configMap("bad"), code: 422, eventually: true },
      { do: `POST ${NS}/configmaps`, body: configMap("good"), code: 201 },
      { do: `DELETE ${ADMISSION}/validatingadmissionpolicybindings/{ns}.binding`, code: 200, ignoreBody: true },
      {
        do: `POST ${ADMISSION}/validatingadmissionpolicybindings`,
        body: binding(["Warn"]),
        code: 201,
        ignoreBody: true,
      },
      {
        do: `POST ${NS}/configmaps?dryRun=All`,
        body: configMap("bad-too"),
        code: 201,
        eventually: true,
        ignoreBody: true,
      },
      { do: `POST ${NS}/configmaps`, body: configMap("bad"), code: 201 },
    ],
  },
  {
    name: "a webhook that cannot be reached fails the request, or is ignored",
    steps: [
      { do: `POST ${ADMISSION}/validatingwebhookconfigurations`, body: webhook("Fail"), code: 201 },
      { do: `POST ${NS}/configmaps?dryRun=All`, body: configMap("probe"), code: 500, eventually: true },
      { do: `DELETE ${ADMISSION}/validatingwebhookconfigurations/{ns}.hooks`, code: 200 },
      { do: `POST ${ADMISSION}/mutatingwebhookconfigurations`, body: webhook("Ignore"), code: 201 },
      { do: `POST ${NS}/configmaps`, body: configMap("a"), code: 201, eventually: true },
    ],
  },
  {
    name: "quotas count what is made",
    steps: [
      {
        do: `POST ${NS}/resourcequotas`,
        body: { metadata: { name: "q" }, spec: { hard: { "count/configmaps": "1", "requests.cpu": "1" } } },
        code: 201,
      },
      {
        do: `PUT ${NS}/resourcequotas/q/status`,
        body: {
          metadata: { name: "q" },
          spec: { hard: { "count/configmaps": "1", "requests.cpu": "1" } },
          status: {
            hard: { "count/configmaps": "1", "requests.cpu": "1" },
            used: { "count/configmaps": "0", "requests.cpu": "0" },
          },
        },
        code: 200,
        ignoreBody: true,
      },
      { do: `POST ${NS}/configmaps`, body: configMap("a"), code: 201, eventually: true },
      { do: `POST ${NS}/configmaps?dryRun=All`, body: configMap("b"), code: 403, eventually: true },
      { do: `POST ${NS}/pods`, body: pod("p"), code: 403 },
      {
        do: `POST ${NS}/pods`,
        body: pod("p", { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "2" } } }] }),
        code: 403,
      },
    ],
  },
  {
    name: "limit ranges give defaults and set bounds",
    steps: [
      {
        do: `POST ${NS}/limitranges`,
        body: {
          metadata: { name: "l" },
          spec: {
            limits: [
              {
                type: "Container",
                default: { cpu: "500m" },
                defaultRequest: { cpu: "100m" },
                max: { cpu: "1" },
                min: { cpu: "50m" },
              },
            ],
          },
        },
        code: 201,
      },
      {
        do: `POST ${NS}/pods?dryRun=All`,
        body: pod("probe"),
        code: 201,
        eventually: true,
        expect: { "spec.containers[0].resources.requests.cpu": "100m" },
        ignoreBody: true,
      },
      {
        do: `POST ${NS}/pods`,
        body: pod("big", { containers: [{ name: "c", image: "i", resources: { limits: { cpu: "2" } } }] }),
        code: 403,
      },
      {
        do: `POST ${NS}/pods`,
        body: pod("small", { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1m" } } }] }),
        code: 403,
      },
    ],
  },
];
