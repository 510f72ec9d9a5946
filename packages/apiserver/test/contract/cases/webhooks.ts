import { inPath } from "../hooks.ts";
import { configMap, deployment } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { inGroup, merge, NS, post, put, remove } from "./steps.ts";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const HERE = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };
const CMS = `${NS}/configmaps`;
const ANY = { apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] };

const hook = (path: string, more: object = {}): object => ({
  name: "hook.{ns}.example.com",
  clientConfig: { url: `{hooks}/${path}`, caBundle: "{hooksCa}" },
  rules: [ANY],
  namespaceSelector: HERE,
  sideEffects: "None",
  timeoutSeconds: 10,
  admissionReviewVersions: ["v1"],
  ...more,
});
const configure = (kind: "mutating" | "validating", ...webhooks: object[]): Step =>
  post(`${ADMISSION}/${kind}webhookconfigurations`, { metadata: { name: "{ns}.hooks" }, webhooks }, 201, {
    ignoreBody: true,
  });
/** Until the server knows of the webhook. */
const probe = (code: number, body: object = configMap("probe")): Step =>
  post(`${CMS}?dryRun=All`, body, code, { eventually: true });

const refusal = (status: object): string => `answer/${inPath({ response: { allowed: false, status } })}`;
const answered = (response: object, more: object = {}): string => `answer/${inPath({ response, ...more })}`;
const patching = (patch: unknown): string => `patch/${inPath({ patch })}`;

interface Answer {
  readonly name: string;
  readonly kind?: "mutating" | "validating";
  readonly path: string;
  readonly code: number;
  readonly more?: object;
}

const one = ({ name, kind = "validating", path, code, more = {} }: Answer): Case => ({
  name,
  steps: [configure(kind, hook(path, more)), probe(code)],
});

const REFUSALS: readonly Answer[] = [
  { name: "a refusal without a word", path: answered({ allowed: false }), code: 400 },
  { name: "a refusal with a message", path: refusal({ message: "not today" }), code: 400 },
  { name: "a refusal with a reason", path: refusal({ reason: "Conflict", code: 409 }), code: 409 },
  {
    name: "a refusal with everything",
    path: refusal({
      code: 422,
      reason: "Invalid",
      message: "no",
      details: { name: "n", kind: "k", causes: [{ reason: "r", message: "m", field: "f" }], retryAfterSeconds: 3 },
    }),
    code: 422,
  },
  { name: "a refusal that says success", path: refusal({ code: 200, status: "Success", message: "yes" }), code: 400 },
  { name: "an answer to another request", path: answered({ uid: "other" }), code: 500 },
  {
    name: "an answer without a response",
    path: `raw/${inPath({ text: '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}' })}`,
    code: 500,
  },
  {
    name: "an answer of another version",
    path: answered({}, { review: { apiVersion: "admission.k8s.io/v1beta1" } }),
    code: 500,
  },
  { name: "an answer that is a list", path: `raw/${inPath({ text: "[]" })}`, code: 500 },
  { name: "an answer in words", path: `raw/${inPath({ text: "hello" })}`, code: 500 },
  { name: "an answer of nothing", path: `raw/${inPath({ text: "" })}`, code: 500 },
  { name: "an answer of another kind", path: `raw/${inPath({ text: '{"kind":"Pod","apiVersion":"v1"}' })}`, code: 500 },
  ...[400, 401, 403, 404, 409, 418, 429, 500, 503].map((code) => ({
    name: `an answer with status ${code}`,
    path: `raw/${inPath({ code, text: "broken" })}`,
    code: 500,
  })),
  {
    name: "an answer with a status object",
    path: `raw/${inPath({ code: 403, text: '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"keep out","reason":"Forbidden","code":403}' })}`,
    code: 500,
  },
  { name: "no answer in time", path: "silent", code: 500, more: { timeoutSeconds: 1 } },
  {
    name: "a certificate of nobody known",
    path: answered({}),
    code: 500,
    more: { clientConfig: { url: `{hooks}/${answered({})}` } },
  },
  {
    name: "a service that is not there",
    path: "",
    code: 500,
    more: { clientConfig: { service: { namespace: "{ns}", name: "gone", path: "/x" } } },
  },
  { name: "a patch from who may only look", path: patching([]), code: 500 },
  { name: "a kind of patch from who may only look", path: answered({ patchType: "JSONPatch" }), code: 500 },
  { name: "a patch of no kind", kind: "mutating", path: answered({ patch: "W10=" }), code: 500 },
  { name: "a kind of patch and no patch", kind: "mutating", path: answered({ patchType: "JSONPatch" }), code: 500 },
  {
    name: "a kind of patch that is none",
    kind: "mutating",
    path: answered({
      patch: Buffer.from('[{"op":"add","path":"/data","value":{}}]').toString("base64"),
      patchType: "Merge",
    }),
    code: 500,
  },
  {
    name: "a patch that does not fit",
    kind: "mutating",
    path: patching([{ op: "remove", path: "/spec/nope" }]),
    code: 500,
  },
  { name: "a patch that is no list", kind: "mutating", path: patching({ op: "add" }), code: 500 },
  {
    name: "a patch to an invalid object",
    kind: "mutating",
    path: patching([{ op: "add", path: "/metadata/labels", value: { "a b": "c" } }]),
    code: 422,
  },
  { name: "what a webhook is told of a creation", path: "echo", code: 400 },
];

export const WEBHOOK_CASES: readonly Case[] = [
  ...REFUSALS.map(one),
  {
    name: "warnings are passed on",
    steps: [
      configure(
        "validating",
        hook(answered({ warnings: ["first", "second, with a comma"] })),
        hook(refusal({ message: "probed" }), {
          name: "probe.{ns}.example.com",
          objectSelector: { matchLabels: { probe: "yes" } },
        }),
      ),
      probe(400, configMap("probe", {}, { labels: { probe: "yes" } })),
      post(CMS, configMap("a"), 201),
    ],
  },
  {
    name: "what fails and may is passed over",
    steps: [
      configure(
        "validating",
        hook(answered({ uid: "other" }), { failurePolicy: "Ignore" }),
        hook(refusal({ message: "probed" }), {
          name: "probe.{ns}.example.com",
          objectSelector: { matchLabels: { probe: "yes" } },
        }),
      ),
      probe(400, configMap("probe", {}, { labels: { probe: "yes" } })),
      post(CMS, configMap("a"), 201),
    ],
  },
  {
    name: "conditions that cannot be told refuse",
    steps: [
      configure(
        "validating",
        hook(answered({}), { matchConditions: [{ name: "c", expression: "object.data.nope == 'x'" }] }),
      ),
      probe(403, { metadata: { name: "x" } }),
    ],
  },
  {
    name: "conditions choose",
    steps: [
      configure(
        "validating",
        hook(refusal({ message: "no" }), {
          matchConditions: [
            { name: "c", expression: "object.metadata.name == 'chosen'" },
            {
              name: "d",
              expression: "request.userInfo.username != 'x' && authorizer.requestResource.check('get').allowed()",
            },
          ],
        }),
      ),
      probe(400, configMap("chosen")),
      post(CMS, configMap("other"), 201),
    ],
  },
  {
    name: "what a webhook is told of a change, a status and a deletion",
    steps: [
      post(`${inGroup("apps/v1")}/deployments`, deployment("web"), 201, { ignoreBody: true }),
      configure(
        "validating",
        hook("echo", {
          rules: [
            {
              apiGroups: ["apps"],
              apiVersions: ["*"],
              operations: ["UPDATE", "DELETE"],
              resources: ["deployments/*", "deployments"],
            },
          ],
        }),
      ),
      {
        ...merge("/apis/apps/v1/namespaces/{ns}/deployments/web", { metadata: { labels: { x: "y" } } }, 400),
        eventually: true,
      },
      merge("/apis/apps/v1/namespaces/{ns}/deployments/web/status", { status: { replicas: 3 } }, 400),
      merge("/apis/apps/v1/namespaces/{ns}/deployments/web/scale", { spec: { replicas: 3 } }, 400),
      remove("/apis/apps/v1/namespaces/{ns}/deployments/web?propagationPolicy=Background&gracePeriodSeconds=0", 400),
    ],
  },
  {
    name: "a rule about another version sees that version",
    steps: [
      configure(
        "validating",
        hook("echo", {
          rules: [
            {
              apiGroups: ["autoscaling"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["horizontalpodautoscalers"],
            },
          ],
        }),
      ),
      post(
        "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers?dryRun=All",
        {
          metadata: { name: "x" },
          spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
        },
        400,
        { eventually: true },
      ),
    ],
  },
  {
    name: "an exact rule sees its version only",
    steps: [
      configure(
        "validating",
        hook(refusal({ message: "v1 only" }), {
          matchPolicy: "Exact",
          rules: [
            {
              apiGroups: ["autoscaling"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["horizontalpodautoscalers"],
            },
          ],
        }),
      ),
      post(
        "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers?dryRun=All",
        {
          metadata: { name: "x" },
          spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
        },
        400,
        { eventually: true },
      ),
      post(
        "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers?dryRun=All",
        {
          metadata: { name: "x" },
          spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
        },
        201,
      ),
    ],
  },
  {
    name: "patches change what is stored, with defaults and without an owner",
    steps: [
      configure(
        "mutating",
        hook(
          patching([
            {
              op: "add",
              path: "/spec/template/spec/containers/-",
              value: { name: "side", image: "side:1", ports: [{ containerPort: 9 }] },
            },
          ]),
          {
            rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] }],
          },
        ),
      ),
      post("/apis/apps/v1/namespaces/{ns}/deployments?dryRun=All", deployment("probe"), 201, {
        eventually: true,
        expect: { "spec.template.spec.containers.length": 2 },
      }),
      post("/apis/apps/v1/namespaces/{ns}/deployments", deployment("web"), 201),
    ],
  },
  {
    name: "a webhook is asked again when a later one changed the object",
    steps: [
      configure(
        "mutating",
        hook("patch", { name: "a.{ns}.example.com", reinvocationPolicy: "IfNeeded" }),
        hook("patch", { name: "b.{ns}.example.com", reinvocationPolicy: "Never" }),
        hook(patching([{ op: "add", path: "/metadata/labels", value: { c: "yes" } }]), {
          name: "c.{ns}.example.com",
          reinvocationPolicy: "IfNeeded",
        }),
      ),
      post(`${CMS}?dryRun=All`, configMap("x"), 201, { eventually: true, expect: { "data.calls": "3" } }),
    ],
  },
  {
    name: "a webhook that changes a deletion is refused",
    steps: [
      post(CMS, configMap("x"), 201),
      configure(
        "mutating",
        hook(patching([{ op: "add", path: "/data", value: {} }]), { rules: [{ ...ANY, operations: ["DELETE"] }] }),
      ),
      { do: `DELETE ${CMS}/x?dryRun=All`, code: 500, eventually: true },
    ],
  },
  {
    name: "namespaces and objects are selected",
    steps: [
      configure(
        "validating",
        hook(refusal({ message: "labelled" }), {
          objectSelector: { matchExpressions: [{ key: "x", operator: "Exists" }] },
        }),
      ),
      probe(400, configMap("a", {}, { labels: { x: "" } })),
      post(CMS, configMap("b"), 201),
      put(`${CMS}/b`, configMap("b", {}, { labels: { x: "1" } }), 400),
    ],
  },
];
