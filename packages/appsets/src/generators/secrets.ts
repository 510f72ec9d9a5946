import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { FieldReader } from "../application-set/faults.ts";
import type { Leaf } from "./scope.ts";

/** A value of a Secret as text; `stringData`, which only a Secret on its way to the server has, goes before `data`. */
export function secretData(secret: KubeObject, key: string): string | undefined {
  const { data, stringData } = secret;
  const plain = isJsonObject(stringData) && Object.hasOwn(stringData, key) ? stringData[key] : undefined;
  if (typeof plain === "string") return plain;
  const encoded = isJsonObject(data) && Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : undefined;
}

/** A value of a ConfigMap. */
export function configData(configMap: KubeObject, key: string): string | undefined {
  const { data } = configMap;
  const value = isJsonObject(data) && Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/**
 * What `tokenRef: {secretName, key}` refers to, in the set's own namespace. Undefined when there is no reference, and when it leads
 * nowhere, which is a fault.
 */
export function readSecretRef(leaf: Leaf, fields: FieldReader, name: string): string | undefined {
  const ref = fields.map(name);
  if (!ref) return undefined;
  const secretName = ref.required("secretName");
  const key = ref.required("key");
  if (secretName === "" || key === "") return undefined;
  const { namespace } = leaf.scope;
  const secret = leaf.scope.facts.objects.secret(namespace, secretName);
  const at = `${fields.path}.${name}`;
  if (!secret) {
    leaf.scope.faults.add("GeneratorFailed", at, `there is no Secret ${namespace}/${secretName}`);
    return undefined;
  }
  const value = secretData(secret, key);
  if (value === undefined) {
    leaf.scope.faults.add("GeneratorFailed", at, `Secret ${namespace}/${secretName} has no key ${JSON.stringify(key)}`);
  }
  // A file's last newline is in the Secret more often than in the token.
  return value?.trim();
}

/** What `caRef: {configMapName, key}` refers to. */
export function readConfigRef(leaf: Leaf, fields: FieldReader, name: string): string | undefined {
  const ref = fields.map(name);
  if (!ref) return undefined;
  const configMapName = ref.required("configMapName");
  const key = ref.required("key");
  if (configMapName === "" || key === "") return undefined;
  const { namespace } = leaf.scope;
  const found = leaf.scope.facts.objects.configMap(namespace, configMapName);
  const value = found && configData(found, key);
  if (value !== undefined) return value;
  const what = found ? `has no key ${JSON.stringify(key)}` : "does not exist";
  leaf.scope.faults.add("GeneratorFailed", `${fields.path}.${name}`, `ConfigMap ${namespace}/${configMapName} ${what}`);
  return undefined;
}
