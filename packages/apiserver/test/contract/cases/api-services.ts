import { definition, version } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { get, NS, post, remove } from "./steps.ts";

const SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const BUILT_IN = [
  "v1.",
  "v1.admissionregistration.k8s.io",
  "v1.apiextensions.k8s.io",
  "v1.apps",
  "v1.authentication.k8s.io",
  "v1.authorization.k8s.io",
  "v1.autoscaling",
  "v2.autoscaling",
  "v1.batch",
  "v1.certificates.k8s.io",
  "v1.coordination.k8s.io",
  "v1.discovery.k8s.io",
  "v1.events.k8s.io",
  "v1.flowcontrol.apiserver.k8s.io",
  "v1.networking.k8s.io",
  "v1.node.k8s.io",
  "v1.policy",
  "v1.rbac.authorization.k8s.io",
  "v1.resource.k8s.io",
  "v1.scheduling.k8s.io",
  "v1.storage.k8s.io",
];

const AGGREGATED = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };
const GROUP = "{ns}.remote.example.com";
const NAME = `v1.${GROUP}`;
const READINGS = `/apis/${GROUP}/v1/namespaces/{ns}/readings`;

const remote = (service: string, port: unknown, more: object = { insecureSkipTLSVerify: true }): object => ({
  metadata: { name: NAME },
  spec: {
    group: GROUP,
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 10,
    service: { namespace: "{ns}", name: service, port },
    ...more,
  },
});
/** A body with the port of the other server as a number: `"{hooksPort}"` would be a text. */
const withPort = (step: Step): Step => ({
  ...step,
  raw: JSON.stringify(step.body).replaceAll('"{hooksPort}"', "{hooksPort}"),
});
const serviceTo = (name: string): Step =>
  withPort(
    post(
      `${NS}/services`,
      {
        metadata: { name },
        spec: { type: "ExternalName", externalName: "localhost", ports: [{ port: "{hooksPort}" }] },
      },
      201,
      { ignoreBody: true },
    ),
  );
const told = (reason: string): Step =>
  get(`${SERVICES}/${NAME}`, 200, { eventually: true, expect: { "status.conditions[0].reason": reason } });
const unavailable = (name: string, reason: string, port: unknown, before: readonly Step[] = []): Case => ({
  name,
  steps: [
    ...before,
    withPort(post(SERVICES, remote("other", port), 201, { ignoreBody: true })),
    told(reason),
    get(READINGS, 503),
    get(`/apis/${GROUP}/v1`, 503),
    get(`/apis/${GROUP}`, 200, { eventually: true }),
    remove(`${SERVICES}/${NAME}`, 200),
    get(READINGS, 404, { eventually: true }),
  ],
});

const REMOTE: readonly Case[] = [
  unavailable("a server whose service is not there", "ServiceNotFound", 443),
  unavailable("a server that does not listen", "FailedDiscoveryCheck", 1, [
    post(
      `${NS}/services`,
      { metadata: { name: "other" }, spec: { type: "ExternalName", externalName: "localhost", ports: [{ port: 1 }] } },
      201,
    ),
  ]),
  unavailable("a service with no such port", "ServicePortError", 444, [
    post(`${NS}/services`, { metadata: { name: "other" }, spec: { ports: [{ port: 443 }] } }, 201, {
      ignoreBody: true,
    }),
  ]),
  unavailable("a service without endpoints", "EndpointsNotFound", 443, [
    post(`${NS}/services`, { metadata: { name: "other" }, spec: { ports: [{ port: 443 }] } }, 201, {
      ignoreBody: true,
    }),
  ]),
  {
    name: "another server answers, and is told who asks",
    steps: [
      serviceTo("other"),
      withPort(post(SERVICES, remote("other", "{hooksPort}"), 201, { ignoreBody: true })),
      told("Passed"),
      get(READINGS, 200, { eventually: true }),
      get(`${READINGS}?limit=3`),
      { do: `DELETE ${READINGS}/one`, code: 200 },
      { do: `PATCH ${READINGS}/one`, body: {}, code: 200, headers: { "content-type": "application/merge-patch+json" } },
      { ...get(READINGS), headers: { "x-remote-user": "somebody", "x-remote-group": "system:masters" } },
      get(READINGS, 403, { headers: { "impersonate-user": "bob" } }),
      get(`/apis/${GROUP}/v1`),
      get(`/apis/${GROUP}`),
      get("/apis", 200, { headers: AGGREGATED, ignoreBody: true }),
      remove(`${SERVICES}/${NAME}`, 200),
      get(READINGS, 404, { eventually: true }),
    ],
  },
  {
    name: "a certificate for another name is refused when requests go there",
    steps: [
      serviceTo("other"),
      withPort(post(SERVICES, remote("other", "{hooksPort}", { caBundle: "{hooksCa}" }), 201, { ignoreBody: true })),
      told("Passed"),
      { ...get(READINGS, 503, { eventually: true }), ignoreBody: true },
      remove(`${SERVICES}/${NAME}`, 200),
    ],
  },
  {
    name: "what an APIService may not say",
    steps: [
      post(SERVICES, remote("other", 443, { insecureSkipTLSVerify: true, caBundle: "{hooksCa}" }), 422),
      post(
        SERVICES,
        {
          metadata: { name: "v1.wrong" },
          spec: { group: "x", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 },
        },
        422,
      ),
      post(SERVICES, remote("other", 443, { groupPriorityMinimum: 0 }), 422),
      post(SERVICES, remote("other", 443, { versionPriority: 2000 }), 422),
      post(SERVICES, remote("", 443), 422),
    ],
  },
];

/** What is served, as objects. */
export const API_SERVICES: readonly Case[] = [
  {
    name: "every built-in group and version has its own",
    steps: BUILT_IN.map((name) =>
      get(`${SERVICES}/${name}`, 200, { expect: { "status.conditions[0].reason": "Local" } }),
    ),
  },
  {
    name: "a custom resource's comes and goes with its definition",
    steps: [
      post(DEFINITIONS, definition([version("v1", { type: "object" })]), 201, { ignoreBody: true }),
      get(`${SERVICES}/v1.{ns}.example.com`, 200, {
        eventually: true,
        expect: { "status.conditions[0].status": "True", "spec.groupPriorityMinimum": 1000 },
      }),
      remove(`${DEFINITIONS}/widgets.{ns}.example.com`, 200, { ignoreBody: true }),
      get(`${SERVICES}/v1.{ns}.example.com`, 404, { eventually: true }),
    ],
  },
  ...REMOTE,
];
