import type { JsonObject } from "@fairlead/base";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, has, numberOf, oneOf, requiredName, requiredText, structOf, structsOf, textOf } from "./access.ts";
import { validateEnv } from "./env.ts";
import { dns1123Label, portName, portNumber } from "./names.ts";
import { validateLifecycle, validateProbes } from "./probes.ts";
import { validateResources } from "./resources.ts";
import { validateContainerSecurity } from "./security.ts";
import { validateDevices, validateMounts } from "./volumes.ts";

/** What containers are checked against. */
export interface PodSurroundings {
  readonly volumes: ReadonlyMap<string, JsonObject>;
  readonly claimNames: readonly string[];
  readonly graceSeconds: number | undefined;
  readonly os: string;
  readonly restartPolicy: string;
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always";

export function validateContainers(spec: JsonObject, path: string, pod: PodSurroundings): FieldError[] {
  const containers = structsOf(spec, "containers");
  const inner = child(path, "containers");
  if (containers.length === 0) return [required(inner)];
  const seen = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const own = at(inner, index);
    return [
      ...common(container, own, pod),
      ...repeatedName(container, own, seen, true),
      ...validateLifecycle(structOf(container, "lifecycle"), child(own, "lifecycle"), pod.graceSeconds, pod.os),
      ...validateProbes(container, own, pod.graceSeconds),
      ...restartRules(container, own),
    ];
  });
  return [...errors, ...hostPortConflicts(containers, inner)];
}

export function validateInitContainers(spec: JsonObject, path: string, pod: PodSurroundings): FieldError[] {
  const inner = child(path, "initContainers");
  const seen = new Set(structsOf(spec, "containers").map((container) => textOf(container, "name")));
  return structsOf(spec, "initContainers").flatMap((container, index) => {
    const own = at(inner, index);
    const isSidecar = textOf(container, "restartPolicy") === "Always";
    return [
      ...common(container, own, pod),
      ...restartRules(container, own),
      ...repeatedName(container, own, seen, false),
      ...hostPortConflicts([container], inner),
      ...(isSidecar
        ? [
            ...validateLifecycle(structOf(container, "lifecycle"), child(own, "lifecycle"), pod.graceSeconds, pod.os),
            ...validateProbes(container, own, pod.graceSeconds),
          ]
        : ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
            .filter((name) => has(container, name))
            .map((name) => forbidden(child(own, name), NOT_FOR_INIT))),
    ];
  });
}

/** Of containers a missing name counts as one that may not be there twice, of init containers it doesn't. */
function repeatedName(container: JsonObject, path: string, seen: Set<string>, countsMissing: boolean): FieldError[] {
  const name = textOf(container, "name");
  if (seen.has(name)) return [duplicate(child(path, "name"), name)];
  if (name !== "" || countsMissing) seen.add(name);
  return [];
}

function restartRules(container: JsonObject, path: string): FieldError[] {
  const policy = textOf(container, "restartPolicy");
  const supported = ["Always", "Never", "OnFailure"];
  if (policy !== "" && !supported.includes(policy))
    return [notSupported(child(path, "restartPolicy"), policy, supported)];
  const hasRules = structsOf(container, "restartPolicyRules").length > 0;
  if (policy !== "" || !hasRules) return [];
  return [required(child(path, "restartPolicy"), "must specify restartPolicy when restart rules are used")];
}

function common(container: JsonObject, path: string, pod: PodSurroundings): FieldError[] {
  return [
    ...requiredName(container, "name", path, dns1123Label),
    ...requiredText(container, "image", path),
    ...oneOf(container, "terminationMessagePolicy", path, ["File", "FallbackToLogsOnError"]),
    ...ports(container, path),
    ...validateEnv(container, path),
    ...validateMounts(container, path, pod.volumes),
    ...validateDevices(container, path, pod.volumes),
    ...oneOf(container, "imagePullPolicy", path, ["Always", "IfNotPresent", "Never"]),
    ...validateResources(structOf(container, "resources"), child(path, "resources"), pod.claimNames),
    ...resizePolicies(container, path, pod.restartPolicy),
    ...validateContainerSecurity(container, path),
  ];
}

function ports(container: JsonObject, path: string): FieldError[] {
  const names = new Set<string>();
  return eachOf(container, "ports", path, (port, inner) => {
    const errors: FieldError[] = [];
    const name = textOf(port, "name");
    if (name !== "") {
      const faults = portName(name);
      errors.push(...faults.map((fault) => invalid(child(inner, "name"), name, fault)));
      if (faults.length === 0 && names.has(name)) errors.push(duplicate(child(inner, "name"), name));
      if (faults.length === 0) names.add(name);
    }
    const number = numberOf(port, "containerPort") ?? 0;
    if (number === 0) errors.push(required(child(inner, "containerPort")));
    else errors.push(...portNumber(number).map((fault) => invalid(child(inner, "containerPort"), number, fault)));
    const hostPort = numberOf(port, "hostPort") ?? 0;
    if (hostPort !== 0) {
      errors.push(...portNumber(hostPort).map((fault) => invalid(child(inner, "hostPort"), hostPort, fault)));
    }
    return [...errors, ...oneOf(port, "protocol", inner, PROTOCOLS)];
  });
}

function hostPortConflicts(containers: readonly JsonObject[], path: string): FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) =>
    eachOf(container, "ports", at(path, index), (port, inner) => {
      const number = numberOf(port, "hostPort") ?? 0;
      if (number === 0) return [];
      const text = `${textOf(port, "protocol")}/${textOf(port, "hostIP")}/${number}`;
      if (seen.has(text)) return [duplicate(child(inner, "hostPort"), text)];
      seen.add(text);
      return [];
    }),
  );
}

function resizePolicies(container: JsonObject, path: string, podRestartPolicy: string): FieldError[] {
  const inner = child(path, "resizePolicy");
  const seen = new Set<string>();
  return structsOf(container, "resizePolicy").flatMap((policy, index) => {
    const [resource, restart] = [textOf(policy, "resourceName"), textOf(policy, "restartPolicy")];
    const errors = seen.has(resource) ? [duplicate(at(inner, index), resource)] : [];
    seen.add(resource);
    const check = (value: string, supported: readonly string[]): FieldError[] =>
      value === "" ? [required(inner)] : supported.includes(value) ? [] : [notSupported(inner, value, supported)];
    errors.push(...check(resource, ["cpu", "memory"]), ...check(restart, ["NotRequired", "RestartContainer"]));
    if (podRestartPolicy === "Never" && restart !== "NotRequired") {
      errors.push(invalid(inner, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}
