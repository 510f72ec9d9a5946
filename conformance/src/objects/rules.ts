import { applyDefaults, fieldErrorBody, validateBuiltin, type KubeObject } from "@fairlead/apimachinery";
import { cloneJson, type JsonObject } from "@fairlead/base";
import type { JudgeClient } from "./client.ts";
import { ODD_RULES } from "./odd-rules.ts";
import { RULES } from "./rule-cases.ts";
import type { Tally } from "./tally.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Rules in CEL as definitions are admitted: what doesn't compile, with the compiler's text, and what is too dear, with its cost. */
export async function judgeRules(client: JudgeClient, tally: Tally): Promise<void> {
  for (const isBounded of [true, false]) {
    for (const written of [...RULES, ...ODD_RULES]) {
      const rule = typeof written === "string" ? { rule: written } : written;
      const definition = definitionWith(rule, isBounded);
      const { status, body } = await client.send("POST", `${DEFINITIONS}?dryRun=All`, definition);
      const details = (body["details"] ?? {}) as { causes?: { field?: string; message?: string }[] };
      const theirs = status < 300 ? [] : (details.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
      const errors = validateBuiltin(applyDefaults(cloneJson(definition) as KubeObject));
      const ours = errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`);
      const [left, right] = [comparable(theirs), comparable(ours)];
      if (left === right) tally.agrees();
      else {
        const title = `rule ${JSON.stringify(rule)} ${isBounded ? "bounded" : "open"}`;
        tally.differs(title, `theirs: ${left}\nours:   ${right}`);
      }
    }
  }
}

/** The types of objects have a random number in their name. */
function comparable(texts: readonly string[]): string {
  return [...texts]
    .sort()
    .join("\n")
    .replace(/selfType\d+/g, "selfType");
}

function definitionWith(rule: JsonObject, isBounded: boolean): JsonObject {
  const text = isBounded ? { type: "string", maxLength: 20 } : { type: "string" };
  const list = isBounded ? { type: "array", maxItems: 10 } : { type: "array" };
  const map = isBounded ? { type: "object", maxProperties: 10 } : { type: "object" };
  const item = { type: "object", properties: { name: text, v: { type: "integer" }, subs: { ...list, items: text } } };
  const properties = {
    n: { type: "integer" },
    d: { type: "number" },
    s: text,
    b: { type: "boolean" },
    t: { type: "string", format: "date-time" },
    dur: { type: "string", format: "duration" },
    bytes: { ...text, format: "byte" },
    list: { ...list, items: text },
    ints: { ...list, items: { type: "integer" } },
    objs: { ...list, items: item },
    map: { ...map, additionalProperties: text },
    ios: { "x-kubernetes-int-or-string": true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    o: {
      type: "object",
      properties: { x: { type: "integer" }, "a-b": text, opt: { type: "integer", nullable: true } },
    },
    e: { type: "string", enum: ["a", "bb"] },
  };
  const spec = { type: "object", "x-kubernetes-validations": [rule], properties };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "rules.play.fairlead.dev" },
    spec: {
      group: "play.fairlead.dev",
      scope: "Namespaced",
      names: { plural: "rules", singular: "rule", kind: "Rule", listKind: "RuleList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}
