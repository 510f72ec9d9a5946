import {
  celTypeOfSchema,
  compileAdmission,
  type AdmissionScope,
  type CelType,
  type KubeObject,
} from "@fairlead/apimachinery";
import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { decodeEntry } from "../registry/codec.ts";
import type { Resource } from "../registry/types.ts";
import type { Internal } from "./internal.ts";

const GROUP = "admissionregistration.k8s.io";
const PLURAL = "validatingadmissionpolicies";
/** More kinds than these are not looked at, for one policy (plugin/policy/validating/typechecking.go). */
const KINDS_MAX = 10;

/**
 * Says in a policy's status what its expressions get wrong about the kinds they are for: a policy is stored with objects of any shape,
 * and this is told afterwards.
 */
export class PolicyStatus {
  readonly #internal: Internal;
  readonly #resource: Resource;

  constructor(internal: Internal) {
    this.#internal = internal;
    this.#resource = internal.resource(GROUP, "v1", PLURAL);
  }

  start(): () => void {
    const { store } = this.#internal.registry;
    for (const entry of store.collection(this.#resource.storage).list())
      this.#check(decodeEntry(this.#resource, entry));
    return store.onCommit((events) => {
      for (const { type, entry } of events)
        if (type !== "DELETED" && entry.resource === this.#resource.storage)
          this.#check(decodeEntry(this.#resource, entry));
    });
  }

  #check(policy: KubeObject): void {
    const status = objectOf(policy["status"]);
    if (status["observedGeneration"] === policy.metadata.generation) return;
    const warnings = this.#warningsOf(objectOf(policy["spec"]));
    const next: JsonObject = {
      observedGeneration: policy.metadata.generation ?? 1,
      typeChecking: warnings.length === 0 ? {} : { expressionWarnings: warnings },
    };
    const change = this.#internal.change(
      this.#resource,
      "",
      policy.metadata.name ?? "",
      (current) => {
        if (current.metadata.generation !== policy.metadata.generation || jsonEqual(current["status"], next)) return;
        current["status"] = next;
      },
      "status",
    );
    this.#internal.run("the types of a policy could not be told", change);
  }

  #warningsOf(spec: JsonObject): JsonObject[] {
    const resources = this.#kindsOf(spec);
    if (resources.length === 0) return [];
    const params = this.#paramType(spec);
    const all: JsonObject[] = [];
    const add = (fieldRef: string, expression: Json | undefined, hasAuthorizer: boolean): void => {
      if (typeof expression !== "string" || expression === "") return;
      const texts = resources.flatMap((resource) => {
        const object = typeOf(resource);
        if (object === undefined) return [];
        const scope: AdmissionScope = { hasParams: spec["paramKind"] !== undefined, hasAuthorizer, object, params };
        const { fault } = compileAdmission(expression, { ...scope, variables: variablesOf(spec, scope) });
        return fault === undefined ? [] : [`${nameOf(resource)}: ${fault}\n`];
      });
      if (texts.length > 0) all.push({ fieldRef, warning: texts.join("\n") });
    };
    for (const [index, validation] of listOf(spec["validations"]).entries()) {
      add(`spec.validations[${index}].expression`, validation["expression"], true);
      add(`spec.validations[${index}].messageExpression`, validation["messageExpression"], false);
    }
    return all;
  }

  /** The kinds that the rules name one by one, in order of their names; rules with a `*` are about too many. */
  #kindsOf(spec: JsonObject): Resource[] {
    const { resources } = this.#internal.registry;
    const found = new Map<string, Resource>();
    for (const rule of listOf(objectOf(spec["matchConstraints"])["resourceRules"])) {
      for (const group of textsOf(rule["apiGroups"])) {
        for (const version of textsOf(rule["apiVersions"])) {
          for (const plural of textsOf(rule["resources"])) {
            const resource = resources.find(group, version, plural);
            if (resource !== undefined && found.size < KINDS_MAX) found.set(nameOf(resource), resource);
          }
        }
      }
    }
    return [...found.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  #paramType(spec: JsonObject): CelType | undefined {
    const { apiVersion, kind } = objectOf(spec["paramKind"]);
    if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
    const resource = this.#internal.registry.resources.findKind(group ?? "", version ?? "", kind);
    return resource && typeOf(resource);
  }
}

function typeOf(resource: Resource): CelType | undefined {
  const { schema } = resource;
  return schema && celTypeOfSchema(schema, `${resource.group}.${resource.version}.${resource.kind}`);
}

/** `group/version, Kind=kind`, as Go prints it. */
function nameOf({ group, version, kind }: Resource): string {
  return `${group === "" ? version : `${group}/${version}`}, Kind=${kind}`;
}

function variablesOf(spec: JsonObject, scope: AdmissionScope): ReadonlyMap<string, CelType> | undefined {
  const types = new Map<string, CelType>();
  for (const { name, expression } of listOf(spec["variables"]))
    types.set(String(name), compileAdmission(String(expression), { ...scope, variables: types }).type);
  return types.size > 0 ? types : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
