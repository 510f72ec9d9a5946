import type { Case, Step } from "../types.ts";
import { NS } from "./steps.ts";

const YAML = { accept: "application/yaml" };
const ask = (line: string, code = 200, more: Partial<Step> = {}): Step => ({ do: line, code, headers: YAML, ...more });

/** Whoever asks for YAML is told everything in it, where there is anything to be had in it. */
export const IN_YAML: readonly Case[] = [
  {
    name: "errors",
    steps: [
      ask(`GET ${NS}/configmaps/none`, 404),
      ask(`GET ${NS}/nonsense`, 404),
      ask(`GET /nonsense`, 404),
      ask(`GET ${NS}/configmaps`, 401, { headers: { ...YAML, authorization: "Bearer x" } }),
      ask(`POST ${NS}/configmaps`, 400, { raw: "{" }),
      ask(`DELETE ${NS}/configmaps/none`, 404),
      ask(`GET ${NS}/configmaps?limit=x`, 400),
    ],
  },
  {
    name: "a form that there is not is refused in JSON",
    steps: [
      ask(`GET ${NS}/configmaps`, 406, { headers: { accept: "application/yaml;as=Nonsense;g=meta.k8s.io;v=v1" } }),
    ],
  },
  {
    name: "reviews",
    steps: [
      ask("POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews?dryRun=All", 201, {
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectRulesReview",
          metadata: { managedFields: [] },
          spec: { namespace: "none" },
        },
        ignoreBody: true,
      }),
    ],
  },
  { name: "discovery", steps: [ask("GET /api/v1"), ask("GET /apis/apps"), ask("GET /apis/apps/v1")] },
  { name: "the version is to be had in JSON only", steps: [ask("GET /version", 406)] },
];
