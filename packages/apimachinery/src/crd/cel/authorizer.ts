import type { Environment } from "@marcbachmann/cel-js";
import { meter } from "./meter.ts";
import { dns1123Label, dns1123Subdomain } from "../../validation/names.ts";

/** What an expression asks authorisation about; undefined user: whoever made the request. */
export interface CelCheck {
  readonly verb: string;
  /** Set for paths that are no resource; the rest is empty then. */
  readonly path: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount?: { readonly namespace: string; readonly name: string } | undefined;
}

export interface CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

export type CelDecide = (check: CelCheck) => CelDecision;

/** What a check costs, in units: two are as many as one expression can pay for (library/cost.go). */
const CHECK_COST = 350_000;

type Question = Omit<CelCheck, "verb">;

const NOTHING: Question = { path: "", group: "", resource: "", subresource: "", namespace: "", name: "" };

class PathCheck {
  readonly decide: CelDecide;
  readonly about: Question;
  constructor(decide: CelDecide, about: Question) {
    this.decide = decide;
    this.about = about;
  }
}
class GroupCheck extends PathCheck {}
class ResourceCheck extends PathCheck {}

class Decision {
  readonly answer: CelDecision;
  constructor(answer: CelDecision) {
    this.answer = answer;
  }
}

/** `authorizer` of admission's expressions: asks what the requesting user, or a service account, may do. */
class Authorizer {
  readonly decide: CelDecide;
  readonly requestResource: ResourceCheck;
  readonly serviceAccount: CelCheck["serviceAccount"];
  constructor(decide: CelDecide, requestResource: ResourceCheck, serviceAccount?: CelCheck["serviceAccount"]) {
    this.decide = decide;
    this.requestResource = requestResource;
    this.serviceAccount = serviceAccount;
  }
}

/** The value of `authorizer`; `request` is what `authorizer.requestResource` is about. */
export function celAuthorizer(decide: CelDecide, request: Omit<Question, "path">): unknown {
  return new Authorizer(decide, new ResourceCheck(decide, { path: "", ...request }));
}

const TYPES = {
  "kubernetes.authorization.Authorizer": Authorizer,
  "kubernetes.authorization.PathCheck": PathCheck,
  "kubernetes.authorization.GroupCheck": GroupCheck,
  "kubernetes.authorization.ResourceCheck": ResourceCheck,
  "kubernetes.authorization.Decision": Decision,
};

/** k8s.io/apiserver/pkg/cel/library/authz.go. */
export function registerAuthorizer(environment: Environment): void {
  for (const [name, type] of Object.entries(TYPES)) environment.registerType(name, type);
  const prefix = "kubernetes.authorization";
  const add = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(`${prefix}.${signature}`, handler as (...args: unknown[]) => unknown);
  const question = ({ serviceAccount }: Authorizer): Question => ({ ...NOTHING, serviceAccount });
  add(`Authorizer.path(string): ${prefix}.PathCheck`, (from: Authorizer, path: string) => {
    if (path === "") throw new Error("path must not be empty");
    return new PathCheck(from.decide, { ...question(from), path });
  });
  add(
    `Authorizer.group(string): ${prefix}.GroupCheck`,
    (from: Authorizer, group: string) => new GroupCheck(from.decide, { ...question(from), group }),
  );
  add(
    `Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
    (from: Authorizer, namespace: string, name: string) => {
      if (dns1123Subdomain(name).length > 0) throw new Error("Invalid service account name");
      if (dns1123Label(namespace).length > 0) throw new Error("Invalid service account namespace");
      return new Authorizer(from.decide, from.requestResource, { namespace, name });
    },
  );
  add(
    `GroupCheck.resource(string): ${prefix}.ResourceCheck`,
    ({ decide, about }: GroupCheck, resource: string) => new ResourceCheck(decide, { ...about, resource }),
  );
  for (const field of ["subresource", "namespace", "name"] as const) {
    add(
      `ResourceCheck.${field}(string): ${prefix}.ResourceCheck`,
      ({ decide, about }: ResourceCheck, text: string) => new ResourceCheck(decide, { ...about, [field]: text }),
    );
  }
  // RBAC does not look at selectors, so they narrow nothing.
  for (const field of ["fieldSelector", "labelSelector"]) {
    add(`ResourceCheck.${field}(string): ${prefix}.ResourceCheck`, (check: ResourceCheck, _text: string) => check);
  }
  for (const type of ["PathCheck", "ResourceCheck"]) {
    add(`${type}.check(string): ${prefix}.Decision`, ({ decide, about }: PathCheck, verb: string) => {
      meter.spend(CHECK_COST);
      return new Decision(decide({ ...about, verb }));
    });
  }
  add("Decision.allowed(): bool", ({ answer }: Decision) => answer.allowed);
  add("Decision.reason(): string", ({ answer }: Decision) => answer.reason);
  add("Decision.errored(): bool", (_decision: Decision) => false);
  add("Decision.error(): string", (_decision: Decision) => "");
}
