import { configMap } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { get, NS, post } from "./steps.ts";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const POLICIES = `${ADMISSION}/validatingadmissionpolicies`;
const BINDINGS = `${ADMISSION}/validatingadmissionpolicybindings`;
const HERE = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };
const DEPLOYMENTS = {
  resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] }],
};
const CONFIG_MAPS = {
  namespaceSelector: HERE,
  resourceRules: [
    { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["configmaps"] },
  ],
};

const policy = (spec: object, matchConstraints: object = DEPLOYMENTS, name = "{ns}"): object => ({
  metadata: { name },
  spec: { matchConstraints, ...spec },
});
const refused = (spec: object): Step => post(`${POLICIES}?dryRun=All`, policy(spec), 422);
const taken = (spec: object): Step => post(`${POLICIES}?dryRun=All`, policy(spec), 201, { ignoreBody: true });
const says = (expression: string, more: object = {}): object => ({ validations: [{ expression, ...more }] });

/** What a policy's expressions may be: each is compiled when the policy is stored. */
const COMPILING: readonly Case[] = [
  {
    name: "expressions that are none",
    steps: [
      "object.spec.replicas <",
      "nope == 1",
      "self.x",
      "x.y.z(",
      "request.userInfo.username.foo",
      "object.foo.bar > 1 && request.nope == 'x'",
      "request.resource.resource == 1 || request.requestKind.foo == 1",
      "request.dryRun == 'x' || request.userInfo.groups == 1 || request.userInfo.extra['a'] == 1",
      "request.options.x == 1 && request.kind.group == 1",
      "object.metadata.name.matches('(')",
      "object.spec.replicas.foo()",
      "object.all(x, x == 1) && object.map(y, y)",
      "object.metadata.name + 1 == 'x'",
      "quantity('x') == 1",
      "timestamp('x') == timestamp('2020-01-01T00:00:00Z')",
      "duration('x') == duration('1s')",
      "size(1) == 1",
    ].map((expression) => refused(says(expression))),
  },
  {
    name: "expressions of another type than bool",
    steps: ["1 + 1", "request", "object.x", "dyn(object.x)", "'a'", "authorizer.requestResource.check('x')"].map(
      (expression) => refused(says(expression)),
    ),
  },
  {
    name: "the namespace has some fields and no others",
    steps: [
      ...[
        "namespaceObject.metadata.labels['x'] == 'y' && namespaceObject.foo == 1",
        "namespaceObject.metadata.creationTimestamp > 1",
        "namespaceObject.metadata.annotations == 1",
        "namespaceObject.status.phase == 1",
        "namespaceObject.metadata.managedFields",
        "namespaceObject.metadata.generation == 'x'",
        "namespaceObject.kind",
      ].map((expression) => refused(says(expression))),
      taken(says("namespaceObject == null || namespaceObject.spec.finalizers.size() > 0")),
    ],
  },
  {
    name: "parameters and variables are there where they are declared",
    steps: [
      refused(says("params.x == 1")),
      taken({ paramKind: { apiVersion: "v1", kind: "ConfigMap" }, ...says("params.data.x == 1") }),
      refused(says("variables.x == 1")),
      refused({ variables: [{ name: "x", expression: "1+1" }], ...says("variables.x == 'a'") }),
      refused({ variables: [{ name: "x", expression: "1+" }], ...says("variables.x == 'a'") }),
      refused({
        variables: [
          { name: "x", expression: "variables.y" },
          { name: "y", expression: "1" },
        ],
        ...says("variables.x == 1"),
      }),
      refused({ variables: [{ name: "1x", expression: "1" }], ...says("true") }),
    ],
  },
  {
    name: "the authorizer",
    steps: [
      taken(says("authorizer.group('').resource('pods').namespace('x').check('create').allowed()")),
      taken(says("authorizer.path('/healthz').check('get').reason() == ''")),
      taken(says("authorizer.requestResource.check('fly').allowed()")),
      refused(says("authorizer.foo()")),
      refused(says("authorizer.group(1)")),
    ],
  },
  {
    name: "messages are texts, and know no authorizer",
    steps: [
      refused(says("true", { messageExpression: "1" })),
      refused(says("true", { messageExpression: "object.x +" })),
      refused(says("true", { messageExpression: "'a' + nope" })),
      refused(says("true", { messageExpression: "authorizer.path('/x').check('get').reason()" })),
      refused(says("true", { messageExpression: "object.metadata.name" })),
      refused(says("true", { message: "a\nb" })),
      refused(says("true", { reason: "Unauthorized" })),
    ],
  },
  {
    name: "conditions and annotations",
    steps: [
      refused({
        matchConditions: [
          { name: "m", expression: "1" },
          { name: "n", expression: "nope" },
          { name: "o", expression: "authorizer.requestResource.check('x').allowed()" },
        ],
        ...says("true"),
      }),
      refused({
        auditAnnotations: [
          { key: "k", valueExpression: "1" },
          { key: "l", valueExpression: "nope" },
          { key: "ok", valueExpression: "'a'" },
          { key: "n", valueExpression: "null" },
          { key: "q", valueExpression: "true ? 'x' : null" },
          { key: "d", valueExpression: "object.data.x" },
        ],
      }),
    ],
  },
  {
    name: "conditions of webhooks",
    steps: [
      post(
        `${ADMISSION}/validatingwebhookconfigurations?dryRun=All`,
        {
          metadata: { name: "{ns}" },
          webhooks: [
            {
              name: "a.example.com",
              clientConfig: { url: "https://127.0.0.1:9" },
              sideEffects: "None",
              admissionReviewVersions: ["v1"],
              matchConditions: [
                { name: "a", expression: "object.x" },
                { name: "b", expression: "params == null" },
                { name: "c", expression: "namespaceObject == null" },
                { name: "d", expression: "request.name ==" },
              ],
            },
          ],
        },
        422,
      ),
    ],
  },
];

interface Judged {
  readonly name: string;
  readonly spec: object;
  readonly binding?: object;
  readonly object?: object;
  readonly code: number;
}

/** A policy is bound, and what it makes of a config map is asked until it knows of itself. */
const judged = ({ name, spec, binding = {}, object, code }: Judged): Case => ({
  name,
  steps: [
    post(POLICIES, policy(spec, CONFIG_MAPS), 201, { ignoreBody: true }),
    post(
      BINDINGS,
      { metadata: { name: "{ns}" }, spec: { policyName: "{ns}", validationActions: ["Deny"], ...binding } },
      201,
      {
        ignoreBody: true,
      },
    ),
    post(`${NS}/configmaps?dryRun=All`, object ?? { metadata: { name: "x" } }, code, { eventually: true }),
  ],
});
const OTHER_KIND = { apiVersion: "v1", kind: "ConfigMap" };
const NAMED = { paramRef: { name: "gone", namespace: "{ns}", parameterNotFoundAction: "Deny" } };

const JUDGING: readonly Case[] = [
  { name: "a missing key", spec: says("object.data.nope == 'x'"), code: 422 },
  { name: "a missing label", spec: says("object.metadata.labels['x'] == 'y'"), code: 422 },
  { name: "a division by zero", spec: says("1 / 0 == 1"), code: 422 },
  { name: "an index out of range", spec: says("[1][5] == 1"), code: 422 },
  ...[
    "object.metadata.name[0] == 'x'",
    "{'a': 1}['b'] == 1",
    "9223372036854775807 + 1 == 1",
    "1 % 0 == 1",
    "optional.none().value() == 1",
    "object.metadata.name < 1",
    "quantity('x').isInteger()",
    "ip('x').family() == 4",
    "[1,2].exists_one(x, x / 0 == 1)",
    "namespaceObject.metadata.creationTimestamp.getFullYear() > 3000",
    "namespaceObject.metadata.UID == ''",
  ].map((expression) => ({ name: `a fault of ${expression}`, spec: says(expression), code: 422 })),
  { name: "values of types that do not fit", spec: says("object.metadata.name + object.metadata == 'x'"), code: 422 },
  { name: "a value that is no bool", spec: says("object.metadata.name == 'y' ? true : false"), code: 422 },
  {
    name: "a variable that fails where it is used",
    spec: { variables: [{ name: "x", expression: "object.data.nope" }], ...says("variables.x == 'a'") },
    code: 422,
  },
  {
    name: "a variable that fails and is not used",
    spec: {
      variables: [
        { name: "x", expression: "object.data.nope" },
        { name: "y", expression: "size(object.metadata.name)" },
      ],
      ...says("variables.y == 3", { messageExpression: "'length ' + string(variables.y)" }),
    },
    code: 422,
  },
  {
    name: "a message of two lines",
    spec: says("false", { messageExpression: "'a\\nb'", message: "plain" }),
    code: 422,
  },
  { name: "a message of nothing", spec: says("false", { messageExpression: "' '", message: " plain " }), code: 422 },
  {
    name: "a message that is too long",
    spec: says("false", {
      messageExpression:
        "['a'].map(x, 'aaaaaaaaaa'.replace('a', 'bbbbbbbbbb').replace('b', 'cccccccccc').replace('c', 'dddddddddd'))[0]",
      message: "plain",
    }),
    code: 422,
  },
  {
    name: "what the request was",
    spec: says("false", {
      messageExpression:
        "request.operation + ' ' + request.name + ' ' + request.userInfo.username + ' ' + request.kind.kind + ' ' + request.resource.resource + ' ' + string(request.dryRun) + ' ' + string(has(request.subResource)) + ' ' + string(size(request.userInfo.groups))",
      reason: "Forbidden",
    }),
    code: 403,
  },
  {
    name: "what the namespace is",
    spec: says("false", {
      messageExpression:
        "namespaceObject.status.phase + ' ' + string(namespaceObject.metadata.creationTimestamp.getFullYear() > 2000) + ' ' + string(size(namespaceObject.metadata.labels))",
      reason: "RequestEntityTooLarge",
    }),
    code: 413,
  },
  {
    name: "what somebody may do",
    spec: says(
      "authorizer.group('').resource('configmaps').namespace('default').check('get').allowed() && authorizer.serviceAccount('default', 'nobody').group('').resource('pods').check('get').allowed()",
    ),
    code: 422,
  },
  {
    name: "an account that cannot be",
    spec: says("authorizer.serviceAccount('default', '').group('').resource('pods').check('get').allowed()"),
    code: 422,
  },
  {
    name: "an expression that costs too much",
    spec: says(
      "[1,2,3,4,5,6,7,8,9,10].all(f, [1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, 'aaaaa'.matches('a*')))))))",
    ),
    code: 422,
  },
  {
    name: "conditions that cannot be told",
    spec: {
      matchConditions: [
        { name: "a", expression: "object.data.x == 'a'" },
        { name: "b", expression: "object.metadata.labels.x == 'a'" },
      ],
      ...says("false"),
    },
    code: 422,
  },
  {
    name: "a fault that is ignored beside a denial",
    spec: {
      failurePolicy: "Ignore",
      validations: [{ expression: "object.data.x == 'y'" }, { expression: "false", message: "m" }],
    },
    code: 422,
  },
  {
    name: "two denials",
    spec: {
      validations: [
        { expression: "false", message: "one" },
        { expression: "false", message: "two", reason: "Forbidden" },
      ],
    },
    code: 422,
  },
  {
    name: "parameters that are gone",
    spec: { paramKind: OTHER_KIND, ...says("params != null") },
    binding: NAMED,
    code: 422,
  },
  {
    name: "parameters of a kind that is not there",
    spec: { paramKind: { apiVersion: "foo.example.com/v1", kind: "Nope" }, ...says("params != null") },
    binding: NAMED,
    code: 422,
  },
  {
    name: "parameters in a namespace that have none",
    spec: { paramKind: { apiVersion: "v1", kind: "Namespace" }, ...says("params != null") },
    binding: NAMED,
    code: 422,
  },
  { name: "a binding that names no parameters", spec: { paramKind: OTHER_KIND, ...says("params != null") }, code: 422 },
  { name: "parameters for a policy without", spec: says("false"), binding: NAMED, code: 422 },
  {
    name: "a binding that is about some objects",
    spec: says("false"),
    binding: { matchResources: { objectSelector: { matchLabels: { watched: "yes" } } } },
    object: configMap("x", {}, { labels: { watched: "yes" } }),
    code: 422,
  },
].map(judged);

export const POLICY_CASES: readonly Case[] = [
  ...COMPILING,
  ...JUDGING,
  {
    name: "parameters are found by name and by labels",
    steps: [
      post(`${NS}/configmaps`, configMap("limits", { max: "1" }, { labels: { limits: "yes" } }), 201),
      post(`${NS}/configmaps`, configMap("more", { max: "2" }, { labels: { limits: "yes" } }), 201),
      post(
        POLICIES,
        policy(
          {
            paramKind: OTHER_KIND,
            ...says("size(object.data) <= int(params.data.max)", {
              messageExpression: "'at most ' + params.data.max + ' for ' + params.metadata.name",
            }),
          },
          CONFIG_MAPS,
        ),
        201,
        { ignoreBody: true },
      ),
      post(
        BINDINGS,
        {
          metadata: { name: "{ns}" },
          spec: {
            policyName: "{ns}",
            validationActions: ["Deny"],
            paramRef: { selector: { matchLabels: { limits: "yes" } }, parameterNotFoundAction: "Deny" },
          },
        },
        201,
        { ignoreBody: true },
      ),
      post(`${NS}/configmaps?dryRun=All`, configMap("x", { a: "1", b: "2" }), 422, { eventually: true }),
      post(`${NS}/configmaps?dryRun=All`, configMap("x", { a: "1" }), 201),
    ],
  },
  {
    name: "a rule about one version is about the others",
    steps: [
      post(
        POLICIES,
        policy(
          {
            validations: [
              {
                expression: "false",
                messageExpression:
                  "string(object.spec.maxReplicas) + request.kind.version + request.requestKind.version + string(has(object.spec.targetCPUUtilizationPercentage))",
              },
            ],
          },
          {
            namespaceSelector: HERE,
            resourceRules: [
              {
                apiGroups: ["autoscaling"],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["horizontalpodautoscalers"],
              },
            ],
          },
        ),
        201,
        { ignoreBody: true },
      ),
      post(BINDINGS, { metadata: { name: "{ns}" }, spec: { policyName: "{ns}", validationActions: ["Deny"] } }, 201, {
        ignoreBody: true,
      }),
      post(
        "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers?dryRun=All",
        {
          metadata: { name: "x" },
          spec: {
            maxReplicas: 3,
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" },
            metrics: [
              { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
            ],
          },
        },
        422,
        { eventually: true },
      ),
    ],
  },
  {
    name: "deletions are judged by the old object",
    steps: [
      post(`${NS}/configmaps`, configMap("x", { keep: "yes" }), 201),
      post(
        POLICIES,
        policy(says("request.operation != 'DELETE' || (object == null && oldObject.data.keep != 'yes')"), CONFIG_MAPS),
        201,
        { ignoreBody: true },
      ),
      post(BINDINGS, { metadata: { name: "{ns}" }, spec: { policyName: "{ns}", validationActions: ["Deny"] } }, 201, {
        ignoreBody: true,
      }),
      { do: `DELETE ${NS}/configmaps/x?dryRun=All`, code: 422, eventually: true },
      get(`${NS}/configmaps/x`),
    ],
  },
];
