import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";
import { APPSET_LIMITS } from "../limits.ts";
import { flatten } from "../template/flatten.ts";
import { configData, secretData } from "./secrets.ts";
import { ask, fail, withValues, type Leaf } from "./scope.ts";

/** Where Argo CD keeps secrets that are named by key alone. */
const ARGOCD_SECRET = "argocd-secret";

/** Rows from an HTTP service of the user's own; its ConfigMap says where it is and which Secret holds the token. */
export function pluginRows(leaf: Leaf): Row[] {
  const { settings, facts, name: setName, dialect } = leaf.scope;
  const mapName = leaf.fields.map("configMapRef")?.required("name") ?? "";
  if (mapName === "") {
    if (!leaf.fields.has("configMapRef")) leaf.fields.fault("configMapRef", "is missing");
    return [];
  }
  const configMap = facts.objects.configMap(settings.controlNamespace, mapName);
  if (!configMap) {
    fail(leaf, `there is no ConfigMap ${settings.controlNamespace}/${mapName}`);
    return [];
  }
  const baseUrl = configData(configMap, "baseUrl") ?? "";
  if (!/^https?:\/\//.test(baseUrl))
    fail(leaf, `ConfigMap ${mapName}: data.baseUrl is ${baseUrl === "" ? "missing" : "no http address"}`);
  const token = readToken(leaf, mapName, configData(configMap, "token") ?? "");
  const timeoutMs = readTimeout(leaf, mapName, configData(configMap, "requestTimeout"));
  if (!/^https?:\/\//.test(baseUrl) || token === undefined || timeoutMs === undefined) return [];
  const parameters = leaf.fields.map("input")?.map("parameters")?.object ?? {};
  const url = `${baseUrl.replace(/\/+$/, "")}/api/v1/getparams.execute`;
  const body: JsonObject = { applicationSetName: setName, input: { parameters } };
  const key = JSON.stringify(["plugin", url, body]);
  const answer = ask<"plugin">(leaf, { kind: "plugin", key, call: { url, token, timeoutMs, body } });
  if (answer === undefined) return [];
  return outputOf(leaf, answer).map((object) => {
    const input = { generator: { input: { parameters } } };
    return withValues(leaf, dialect.isGo ? { ...object, ...input } : { ...flatten(object), ...flatten(input) });
  });
}

function outputOf(leaf: Leaf, answer: Json): JsonObject[] {
  const output = isJsonObject(answer) ? answer["output"] : undefined;
  const rows = isJsonObject(output) ? output["parameters"] : undefined;
  if (rows === undefined || rows === null) {
    fail(leaf, "the plugin's answer has no output.parameters");
    return [];
  }
  if (!Array.isArray(rows)) {
    fail(leaf, "output.parameters of the plugin's answer is not a list");
    return [];
  }
  return rows.flatMap((row, index) => {
    if (isJsonObject(row)) return [row];
    fail(leaf, `output.parameters[${index}] of the plugin's answer is not an object`);
    return [];
  });
}

/** `$key` of argocd-secret, or `$secret:key`. */
function readToken(leaf: Leaf, mapName: string, reference: string): string | undefined {
  const { controlNamespace } = leaf.scope.settings;
  if (!reference.startsWith("$")) {
    fail(
      leaf,
      `ConfigMap ${mapName}: data.token ${reference === "" ? "is missing" : "does not refer to a Secret"}`,
      "write $secret:key, never the token itself",
    );
    return undefined;
  }
  const [first = "", second] = reference.slice(1).split(":");
  const [secretName, key] = second === undefined ? [ARGOCD_SECRET, first] : [first, second];
  const secret = leaf.scope.facts.objects.secret(controlNamespace, secretName);
  const value = secret && secretData(secret, key);
  if (value !== undefined) return value.trim();
  const what = secret ? `has no key ${JSON.stringify(key)}` : "does not exist";
  fail(leaf, `ConfigMap ${mapName}: Secret ${controlNamespace}/${secretName} ${what}`);
  return undefined;
}

function readTimeout(leaf: Leaf, mapName: string, text: string | undefined): number | undefined {
  if (text === undefined) return APPSET_LIMITS.requestTimeoutMs;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds === 0 ? APPSET_LIMITS.requestTimeoutMs : seconds * 1000;
  fail(leaf, `ConfigMap ${mapName}: data.requestTimeout is ${JSON.stringify(text)}, not a number of seconds`);
  return undefined;
}
