import { definition, version } from "../objects.ts";
import type { Case } from "../types.ts";
import { get, post, remove } from "./steps.ts";

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
];
