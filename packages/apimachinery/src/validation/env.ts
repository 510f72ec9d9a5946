import type { JsonObject } from "@fairlead/base";
import { labelKeyFaults } from "../selector/syntax.ts";
import { child, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, named, requiredName, requiredText, structOf, textOf } from "./access.ts";
import { configKey, dns1123Subdomain, envName } from "./names.ts";

const ENV_FIELD_PATHS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const VOLUME_FIELD_PATHS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
const RESOURCE_FIELDS = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
/** Field paths a pod's fields can be converted from at all; others fail earlier and with another text. */
const KNOWN_PATHS = new Set([
  ...ENV_FIELD_PATHS,
  ...VOLUME_FIELD_PATHS,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

export function validateEnv(container: JsonObject, path: string): FieldError[] {
  return [
    ...eachOf(container, "env", path, (item, inner) => [
      ...requiredName(item, "name", inner, envName),
      ...valueFrom(item, child(inner, "valueFrom")),
    ]),
    ...eachOf(container, "envFrom", path, (item, inner) => envFrom(item, inner, child(path, "envFrom"))),
  ];
}

const SOURCES: readonly (readonly [name: string, rule: (source: JsonObject, path: string) => FieldError[]])[] = [
  ["fieldRef", (source, path) => fieldRef(source, path, ENV_FIELD_PATHS)],
  ["resourceFieldRef", (source, path) => resourceFieldRef(source, path, false)],
  ["configMapKeyRef", keyRef],
  ["secretKeyRef", keyRef],
  ["fileKeyRef", fileKeyRef],
];

function valueFrom(item: JsonObject, path: string): FieldError[] {
  const sources = structOf(item, "valueFrom");
  if (!sources) return [];
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, rule] of SOURCES) {
    const source = structOf(sources, name);
    if (!source) continue;
    count++;
    errors.push(...rule(source, child(path, name)));
  }
  if (count === 0) {
    const text =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalid(path, "", text));
  } else if (textOf(item, "value") !== "") {
    errors.push(invalid(path, "", "may not be specified when `value` is not empty"));
  } else if (count > 1) {
    errors.push(invalid(path, "", "may not have more than one field specified at a time"));
  }
  return errors;
}

function fieldRef(source: JsonObject, path: string, supported: readonly string[]): FieldError[] {
  const apiVersion = textOf(source, "apiVersion");
  if (apiVersion === "") return [required(child(path, "apiVersion"))];
  const fieldPath = textOf(source, "fieldPath");
  if (fieldPath === "") return [required(child(path, "fieldPath"))];
  if (apiVersion !== "v1") {
    const text = `error converting fieldPath: unsupported pod version: ${apiVersion}`;
    return [invalid(child(path, "fieldPath"), fieldPath, text)];
  }
  const subscript = /^(.+)\['([^']*)'\]$/.exec(fieldPath);
  const base = subscript?.[1] ?? fieldPath;
  if (!KNOWN_PATHS.has(base)) {
    const text = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalid(child(path, "fieldPath"), fieldPath, text)];
  }
  if (subscript) {
    const key = subscript[2] ?? "";
    if (base === "metadata.annotations") return named(key.toLowerCase(), path, labelKeyFaults);
    if (base === "metadata.labels") return named(key, path, labelKeyFaults);
    return [invalid(path, base, "does not support subscript")];
  }
  return supported.includes(base) ? [] : [notSupported(child(path, "fieldPath"), base, supported)];
}

export function volumeFieldRef(source: JsonObject, path: string): FieldError[] {
  return fieldRef(source, path, VOLUME_FIELD_PATHS);
}

export function resourceFieldRef(source: JsonObject, path: string, isVolume: boolean): FieldError[] {
  const resource = textOf(source, "resource");
  if (isVolume && textOf(source, "containerName") === "") return [required(child(path, "containerName"))];
  if (resource === "") return [required(child(path, "resource"))];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!RESOURCE_FIELDS.includes(resource) && !isHugePages) {
    return [notSupported(child(path, "resource"), resource, RESOURCE_FIELDS)];
  }
  return divisor(resource, textOf(source, "divisor"), path);
}

const SIZES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

function divisor(resource: string, value: string, path: string): FieldError[] {
  if (value === "" || value === "0") return [];
  const name = resource.replace(/^(limits|requests)\./, "");
  const isSupported = name === "cpu" ? /^(1m|1)$/.test(value) : /^1([kMGTPE]|[KMGTPE]i)?$/.test(value);
  if (isSupported) return [];
  const said =
    name === "cpu"
      ? "1m and 1 are supported with the cpu resource"
      : `${SIZES} are supported with the ${name === "memory" ? "memory" : name === "ephemeral-storage" ? "local ephemeral storage" : "hugepages"} resource`;
  return [invalid(child(path, "divisor"), resource, `only divisor's values ${said}`)];
}

function keyRef(source: JsonObject, path: string): FieldError[] {
  return [
    ...named(textOf(source, "name"), child(path, "name"), dns1123Subdomain),
    ...requiredName(source, "key", path, configKey),
  ];
}

function fileKeyRef(source: JsonObject, path: string): FieldError[] {
  return [
    ...requiredName(source, "key", path, envName),
    ...requiredText(source, "volumeName", path),
    ...requiredText(source, "path", path),
  ];
}

function envFrom(item: JsonObject, path: string, listPath: string): FieldError[] {
  const errors: FieldError[] = [];
  const prefix = textOf(item, "prefix");
  if (prefix !== "") errors.push(...named(prefix, child(path, "prefix"), envName));
  const sources = ["configMapRef", "secretRef"].filter((name) => structOf(item, name));
  for (const name of sources) {
    errors.push(...requiredName(structOf(item, name), "name", child(path, name), dns1123Subdomain));
  }
  if (sources.length === 0) errors.push(invalid(listPath, "", "must specify one of: `configMapRef` or `secretRef`"));
  if (sources.length > 1) errors.push(invalid(listPath, "", "may not have more than one field specified at a time"));
  return errors;
}
