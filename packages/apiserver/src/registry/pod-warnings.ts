import { parseQuantity, compareQuantity, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject } from "@fairlead/base";
import { objectsIn, textOf, valueAt } from "../table/columns.ts";

const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** What to use instead of a label of nodes that is no longer set. */
export function oldNodeLabel(key: string): string | undefined {
  return Object.hasOwn(OLD_NODE_LABELS, key) ? OLD_NODE_LABELS[key] : undefined;
}

const UNUSED_ANNOTATIONS: readonly (readonly [key: string, note: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];

const OLD_VOLUMES: readonly (readonly [field: string, note: string])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];
/** Where the path of a field in a warning is not the field's JSON name. */
const SHOWN_AS: Readonly<Record<string, string>> = { storageos: "storageOS" };

/**
 * Warnings about a pod or a template of pods; `prefix` is where it stands, `spec.template.` or nothing
 * (pkg/api/pod/warnings.go of Kubernetes 1.35, in its order).
 */
export function podWarnings(template: JsonObject | KubeObject, prefix: string): string[] {
  const spec = isJsonObject(template["spec"]) ? template["spec"] : {};
  const annotations = objectOf(valueAt(template as JsonObject, "metadata.annotations"));
  const at = `${prefix}spec`;
  return [
    ...labelWarnings(spec, at),
    ...UNUSED_ANNOTATIONS.filter(([key]) => annotations[key] !== undefined).map(
      ([key, note]) => `${prefix}metadata.annotations[${key}]: ${note}`,
    ),
    ...objectsIn(spec["volumes"]).flatMap((volume, index) =>
      OLD_VOLUMES.filter(([field]) => volume[field] !== undefined).map(
        ([field, note]) => `${at}.volumes[${index}].${SHOWN_AS[field] ?? field}: ${note}`,
      ),
    ),
    ...repeated(spec["hostAliases"], "ip", `${at}.hostAliases`),
    ...repeated(spec["imagePullSecrets"], "name", `${at}.imagePullSecrets`),
    ...objectsIn(spec["imagePullSecrets"]).flatMap((secret, index) =>
      textOf(secret["name"]) === "" ? [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
    ),
    ...profileWarnings(spec, annotations, prefix),
    ...containersOf(spec, at).flatMap(([container, path]) => containerWarnings(container, path)),
    ...portWarnings(containersOf(spec, at)),
    ...portNameWarnings(containersOf(spec, at)),
    ...(Number(spec["terminationGracePeriodSeconds"] ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, at),
  ];
}

function labelWarnings(spec: JsonObject, at: string): string[] {
  const found: string[] = [];
  for (const key of Object.keys(objectOf(spec["nodeSelector"]))) {
    const note = oldNodeLabel(key);
    if (note !== undefined) found.push(`${at}.nodeSelector[${key}]: ${note}`);
  }
  const affinity = `${at}.affinity.nodeAffinity`;
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
  objectsIn(valueAt(spec, `affinity.nodeAffinity.${required}.nodeSelectorTerms`)).forEach((term, index) =>
    found.push(...termWarnings(term, `${affinity}.${required}.nodeSelectorTerms[${index}]`)),
  );
  objectsIn(valueAt(spec, `affinity.nodeAffinity.${preferred}`)).forEach((term, index) =>
    found.push(...termWarnings(objectOf(term["preference"]), `${affinity}.${preferred}[${index}].preference`)),
  );
  objectsIn(spec["topologySpreadConstraints"]).forEach((constraint, index) => {
    const path = `${at}.topologySpreadConstraints[${index}]`;
    const key = textOf(constraint["topologyKey"]);
    const note = oldNodeLabel(key);
    if (note !== undefined) found.push(`${path}.topologyKey: ${key} is ${note}`);
    if (constraint["labelSelector"] === undefined) found.push(`${path}.labelSelector: ${MATCHES_NOTHING}`);
  });
  return found;
}

const MATCHES_NOTHING = "a null labelSelector results in matching no pod";

function termWarnings(term: JsonObject, path: string): string[] {
  return objectsIn(term["matchExpressions"]).flatMap((expression, index) => {
    const key = textOf(expression["key"]);
    const note = oldNodeLabel(key);
    return note === undefined ? [] : [`${path}.matchExpressions[${index}].key: ${key} is ${note}`];
  });
}

function affinityWarnings(spec: JsonObject, at: string): string[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const required = "requiredDuringSchedulingIgnoredDuringExecution";
    const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    const of = (name: string): JsonObject[] => objectsIn(valueAt(spec, `affinity.${kind}.${name}`));
    return [
      ...of(required).flatMap((term, index) =>
        term["labelSelector"] === undefined
          ? [`${at}.affinity.${kind}.${required}[${index}].labelSelector: ${MATCHES_NOTHING}`]
          : [],
      ),
      ...of(preferred).flatMap((term, index) =>
        valueAt(term, "podAffinityTerm.labelSelector") === undefined
          ? [`${at}.affinity.${kind}.${preferred}[${index}].podAffinityTerm.labelSelector: ${MATCHES_NOTHING}`]
          : [],
      ),
    ];
  });
}

function repeated(list: unknown, key: string, path: string): string[] {
  const seen = new Set<string>();
  return objectsIn(list as never).flatMap((item, index) => {
    const value = textOf(item[key]);
    if (seen.has(value)) return [`${path}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

function profileWarnings(spec: JsonObject, annotations: JsonObject, prefix: string): string[] {
  const path = (key: string): string => `${prefix}metadata.annotations[${key}]`;
  const found: string[] = [];
  if (annotations[SECCOMP_POD] !== undefined && valueAt(spec, "securityContext.seccompProfile") === undefined)
    found.push(`${path(SECCOMP_POD)}: non-functional in v1.27+; use the "seccompProfile" field instead`);
  for (const [container] of containersOf(spec, "")) {
    const name = textOf(container["name"]);
    const own = objectOf(container["securityContext"]);
    if (annotations[SECCOMP_CONTAINER + name] !== undefined && own["seccompProfile"] === undefined)
      found.push(`${path(SECCOMP_CONTAINER + name)}: non-functional in v1.27+; use the "seccompProfile" field instead`);
    // Pods are told of it elsewhere: their annotations become fields.
    if (prefix === "" || own["appArmorProfile"] !== undefined) continue;
    if (valueAt(spec, "securityContext.appArmorProfile") !== undefined) continue;
    if (annotations[APP_ARMOR + name] !== undefined)
      found.push(`${path(APP_ARMOR + name)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
  return found;
}

function containerWarnings(container: JsonObject, path: string): string[] {
  const resources = objectOf(container["resources"]);
  return [
    ...["memory", "ephemeral-storage"].flatMap((name) =>
      ["limits", "requests"].flatMap((kind) => fractionWarnings(resources, kind, `${path}.resources`, [name])),
    ),
    ...hiddenVariables(container, path),
  ];
}

/** Amounts of bytes that are no whole number. */
export function fractionWarnings(
  resources: JsonObject,
  kind: string,
  path: string,
  names: readonly string[],
): string[] {
  return names.flatMap((name) => {
    const text = objectOf(resources[kind])[name];
    if (text === undefined || !isFraction(textOf(text))) return [];
    return [
      `${path}.${kind}[${name}]: fractional byte value ${JSON.stringify(textOf(text))} is invalid, must be an integer`,
    ];
  });
}

/** Thousandths of a byte are written with `m`, in the form quantities are stored in. */
function isFraction(text: string): boolean {
  if (!text.endsWith("m")) return false;
  try {
    return compareQuantity(parseQuantity(text), parseQuantity("0")) !== 0 && Number(text.slice(0, -1)) % 1000 !== 0;
  } catch {
    return false;
  }
}

function hiddenVariables(container: JsonObject, path: string): string[] {
  const seen = new Set<string>();
  return objectsIn(container["env"]).flatMap((variable, index) => {
    const name = textOf(variable["name"]);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const value = textOf(variable["value"]);
    const extends_ = value.includes(`$(${name})`) && value !== `$(${name})` && variable["valueFrom"] === undefined;
    return extends_
      ? []
      : [
          `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ];
  });
}

function portWarnings(containers: readonly (readonly [JsonObject, string])[]): string[] {
  const found: string[] = [];
  const known = new Map<string, { port: JsonObject; path: string }[]>();
  for (const [port, path] of portsOf(containers)) {
    const key = `${textOf(port["containerPort"])}/${textOf(port["protocol"])}`;
    const others = known.get(key) ?? [];
    for (const other of others) {
      const note = clash(port, other.port);
      if (note !== undefined) found.push(`${path}: ${note} port definition with ${other.path}`);
    }
    known.set(key, [...others, { port, path }]);
  }
  return found;
}

function clash(a: JsonObject, b: JsonObject): string | undefined {
  const host = (port: JsonObject): number => Number(port["hostPort"] ?? 0);
  const address = (port: JsonObject): string => textOf(port["hostIP"]);
  if (address(a) === address(b) && host(a) === host(b)) return "duplicate";
  if (host(a) === 0 || host(b) === 0) return "overlapping";
  const isOneOpen = (address(a) === "") !== (address(b) === "");
  return host(a) === host(b) && isOneOpen ? "dangerously ambiguous" : undefined;
}

function portNameWarnings(containers: readonly (readonly [JsonObject, string])[]): string[] {
  const known = new Map<string, string>();
  return portsOf(containers).flatMap(([port, path]) => {
    const name = textOf(port["name"]);
    if (name === "") return [];
    const other = known.get(name);
    if (other === undefined) {
      known.set(name, path);
      return [];
    }
    return [
      `${path}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
    ];
  });
}

function portsOf(containers: readonly (readonly [JsonObject, string])[]): [JsonObject, string][] {
  return containers.flatMap(([container, path]) =>
    objectsIn(container["ports"]).map((port, index): [JsonObject, string] => [port, `${path}.ports[${index}]`]),
  );
}

/** Init containers first, as kube-apiserver visits them. */
function containersOf(spec: JsonObject, at: string): [JsonObject, string][] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    objectsIn(spec[list]).map((container, index): [JsonObject, string] => [container, `${at}.${list}[${index}]`]),
  );
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value as never) ? (value as JsonObject) : {};
}
