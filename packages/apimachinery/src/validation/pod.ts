import { isIP } from "node:net";
import { cloneJson, jsonEqual, type JsonObject } from "@fairlead/base";
import { labelKeyFaults } from "../selector/syntax.ts";
import { at, child, duplicate, forbidden, invalid, notSupported, required, type FieldError } from "./field-error.ts";
import { eachOf, named, numberOf, oneOf, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateContainers, validateInitContainers, type PodSurroundings } from "./containers.ts";
import { validateAnnotations, validateLabels } from "./metadata.ts";
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, rangeFault } from "./names.ts";
import { validatePodResources } from "./pod-resources.ts";
import { validateResources } from "./resources.ts";
import { validateAffinity, validateSpread, validateTolerations } from "./scheduling.ts";
import { validateHostUsers, validatePodSecurity } from "./security.ts";
import { validateVolumes } from "./volumes.ts";
import { validateWindows } from "./windows.ts";

const INT32_MAX = 2_147_483_647;

/** `isPod`: a pod itself, not a template, where host ports and image names are looked at more strictly. */
function validatePodSpec(spec: JsonObject, path: string, isPod: boolean): FieldError[] {
  const { errors, usable } = validateVolumes(spec, path);
  const pod: PodSurroundings = {
    volumes: usable,
    claimNames: structsOf(spec, "resourceClaims").map((claim) => textOf(claim, "name")),
    graceSeconds: numberOf(spec, "terminationGracePeriodSeconds"),
    os: textOf(structOf(spec, "os"), "name"),
    restartPolicy: textOf(spec, "restartPolicy"),
  };
  return [
    ...errors,
    ...validateContainers(spec, path, pod),
    ...validateInitContainers(spec, path, pod),
    ...validatePodResources(spec, path, pod.claimNames),
    ...hostNetworkPorts(spec, path, isPod),
    ...oneOf(spec, "restartPolicy", path, ["Always", "OnFailure", "Never"]),
    ...oneOf(spec, "dnsPolicy", path, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ...validateLabels(
      structOf(spec, "nodeSelector") as Record<string, string> | undefined,
      child(path, "nodeSelector"),
    ),
    ...validatePodSecurity(spec, path),
    ...validateAffinity(spec, path),
    ...dnsConfig(spec, path),
    ...eachOf(spec, "readinessGates", path, (gate, inner) =>
      named(textOf(gate, "conditionType"), child(inner, "conditionType"), labelKeyFaults),
    ),
    ...gates(spec, path),
    ...eachOf(spec, "resourceClaims", path, (claim, inner) =>
      named(textOf(claim, "name"), child(inner, "name"), dns1123Label),
    ),
    ...systems(spec, path),
    ...validateWindows(spec, path),
    ...validateResources({ limits: structOf(spec, "overhead") ?? {} }, child(path, "overhead"), []),
    ...validateSpread(spec, path),
    ...validateHostUsers(spec, path),
    ...podNames(spec, path),
    ...validateTolerations(spec, path),
    ...eachOf(spec, "hostAliases", path, hostAlias),
    ...oneOf(spec, "preemptionPolicy", path, ["PreemptLowerPriority", "Never"], false),
  ];
}

function gates(spec: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  return eachOf(spec, "schedulingGates", path, (gate, inner) => {
    const name = textOf(gate, "name");
    const errors = named(name, inner, labelKeyFaults);
    if (seen.has(name)) errors.push(duplicate(inner, name));
    seen.add(name);
    return errors;
  });
}

const SYSTEMS = ["linux", "windows"];

function systems(spec: JsonObject, path: string): FieldError[] {
  const os = structOf(spec, "os");
  if (!os) return [];
  const name = textOf(os, "name");
  if (name === "") return [required(child(path, "os", "name"))];
  return SYSTEMS.includes(name) ? [] : [notSupported(child(path, "os"), name, SYSTEMS)];
}

function podNames(spec: JsonObject, path: string): FieldError[] {
  const rules = [
    ["serviceAccountName", dns1123Subdomain],
    ["nodeName", dns1123Subdomain],
    ["hostname", dns1123Label],
    ["subdomain", dns1123Label],
    ["priorityClassName", dns1123Subdomain],
    ["runtimeClassName", dns1123Subdomain],
  ] as const;
  const errors = rules.flatMap(([name, rule]) => {
    const value = textOf(spec, name);
    return value === "" ? [] : named(value, child(path, name), rule);
  });
  const deadline = numberOf(spec, "activeDeadlineSeconds");
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAX)) {
    errors.push(invalid(child(path, "activeDeadlineSeconds"), deadline, rangeFault(1, INT32_MAX)));
  }
  return errors;
}

function hostNetworkPorts(spec: JsonObject, path: string, isPod: boolean): FieldError[] {
  if (spec["hostNetwork"] !== true) return [];
  return eachOf(spec, "containers", path, (container, inner) =>
    eachOf(container, "ports", inner, (port, portPath) => {
      const hostPort = numberOf(port, "hostPort") ?? 0;
      const isChecked = isPod || hostPort !== 0;
      if (!isChecked || hostPort === numberOf(port, "containerPort")) return [];
      return [invalid(child(portPath, "hostPort"), hostPort, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );
}

function hostAlias(alias: JsonObject, path: string): FieldError[] {
  const ip = textOf(alias, "ip");
  const names = textsOf(alias, "hostnames").flatMap((name, index) =>
    named(name, at(child(path, "hostnames"), index), dns1123Subdomain),
  );
  return isIP(ip) ? names : [invalid(child(path, "ip"), ip, INVALID_IP), ...names];
}

export const INVALID_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;

function dnsConfig(spec: JsonObject, path: string): FieldError[] {
  const config = structOf(spec, "dnsConfig");
  const inner = child(path, "dnsConfig");
  const servers = textsOf(config, "nameservers");
  const errors: FieldError[] = [];
  if (textOf(spec, "dnsPolicy") === "None") {
    const text = `must provide at least one DNS nameserver when \`dnsPolicy\` is None`;
    if (!config) return [required(inner, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (servers.length === 0) errors.push(required(child(inner, "nameservers"), text));
  }
  if (servers.length > NAMESERVERS_MAX) {
    const list = child(inner, "nameservers");
    errors.push(invalid(list, servers, `must not have more than ${NAMESERVERS_MAX} nameservers`));
  }
  for (const [index, server] of servers.entries()) {
    if (!isIP(server)) errors.push(invalid(at(child(inner, "nameservers"), index), server, INVALID_IP));
  }
  const searches = textsOf(config, "searches");
  if (searches.length > SEARCHES_MAX) {
    const text = `must not have more than ${SEARCHES_MAX} search paths`;
    errors.push(invalid(child(inner, "searches"), searches, text));
  }
  for (const [index, search] of searches.entries()) {
    const name = search === "." ? "" : search.replace(/\.$/, "");
    if (name !== "") errors.push(...named(name, at(child(inner, "searches"), index), dns1123SubdomainWithUnderscore));
  }
  for (const [index, option] of structsOf(config, "options").entries()) {
    if (textOf(option, "name") === "") errors.push(required(at(child(inner, "options"), index), "must not be empty"));
  }
  return errors;
}

export function validatePodTemplate(template: JsonObject, path: string): FieldError[] {
  const metadata = structOf(template, "metadata");
  const spec = structOf(template, "spec") ?? {};
  const errors = [
    ...validateLabels(structOf(metadata, "labels") as Record<string, string> | undefined, child(path, "labels")),
    ...validateAnnotations(
      structOf(metadata, "annotations") as Record<string, string> | undefined,
      child(path, "annotations"),
    ),
    ...validatePodSpec(spec, child(path, "spec"), false),
  ];
  if (structsOf(spec, "ephemeralContainers").length > 0) {
    const text = "ephemeral containers not allowed in pod template";
    errors.push(forbidden(child(path, "spec", "ephemeralContainers"), text));
  }
  return errors;
}

function validatePod(pod: JsonObject): FieldError[] {
  const spec = structOf(pod, "spec") ?? {};
  const errors = validatePodSpec(spec, "spec", true);
  for (const name of ["containers", "initContainers"]) {
    errors.push(...eachOf(spec, name, "spec", trimmedImage));
  }
  errors.push(...claimNames(spec, textOf(structOf(pod, "metadata"), "name")));
  return textOf(spec, "serviceAccountName") === "" ? [...errors, ...tokensOfNobody(spec)] : errors;
}

/** Claims that are made for the pod alone are called after it and their volume. */
function claimNames(spec: JsonObject, podName: string): FieldError[] {
  if (podName === "") return [];
  return eachOf(spec, "volumes", "spec", (volume, path) => {
    const name = textOf(volume, "name");
    if (name === "" || !structOf(volume, "ephemeral")) return [];
    const claim = `${podName}-${name}`;
    return dns1123Subdomain(claim).map((fault) => invalid(child(path, "name"), name, `PVC name "${claim}": ${fault}`));
  });
}

function tokensOfNobody(spec: JsonObject): FieldError[] {
  return eachOf(spec, "volumes", "spec", (volume, path) =>
    eachOf(structOf(volume, "projected"), "sources", child(path, "projected"), (source, inner) => {
      const text = "must not be specified when serviceAccountName is not set";
      return structOf(source, "serviceAccountToken") ? [forbidden(child(inner, "serviceAccountToken"), text)] : [];
    }),
  );
}

function trimmedImage(container: JsonObject, path: string): FieldError[] {
  const image = textOf(container, "image");
  if (image === image.trim()) return [];
  return [invalid(child(path, "image"), image, "must not have leading or trailing whitespace")];
}

export function validatePodCreate(pod: JsonObject): FieldError[] {
  const spec = structOf(pod, "spec") ?? {};
  const errors = validatePod(pod);
  if (structsOf(spec, "ephemeralContainers").length > 0) {
    errors.push(forbidden("spec.ephemeralContainers", "cannot be set on create"));
  }
  if (textOf(spec, "nodeName") !== "" && structsOf(spec, "schedulingGates").length > 0) {
    errors.push(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

const POD_IMMUTABLE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Of a pod's spec little more than images may change. The message's diff is Go's own; only its first line is given here. */
export function validatePodUpdate(pod: JsonObject, before: JsonObject): FieldError[] {
  const errors = validatePod(pod);
  const [spec = {}, old = {}] = [structOf(pod, "spec"), structOf(before, "spec")];
  for (const name of ["containers", "initContainers"]) {
    if (structsOf(spec, name).length !== structsOf(old, name).length) {
      return [...errors, forbidden(`spec.${name}`, "pod updates may not add or remove containers")];
    }
  }
  const kept = structsOf(spec, "tolerations").map((toleration) => ({ ...toleration, tolerationSeconds: undefined }));
  const isKept = (toleration: JsonObject): boolean =>
    kept.some((other) => jsonEqual(other, { ...toleration, tolerationSeconds: undefined }));
  if (!structsOf(old, "tolerations").every(isKept)) {
    const text = "existing toleration can not be modified except its tolerationSeconds";
    errors.push(forbidden("spec.tolerations", text));
  }
  errors.push(...deadlineFaults(spec, old), ...gateFaults(spec, old));
  const [grace, oldGrace] = [spec, old].map((one) => numberOf(one, "terminationGracePeriodSeconds") ?? 0);
  const isGraceKept = grace === oldGrace || (grace === 1 && (oldGrace ?? 0) < 0);
  if (!isGraceKept || !jsonEqual(mutableTaken(spec), mutableTaken(old))) errors.push(forbidden("spec", POD_IMMUTABLE));
  return errors;
}

/** A deadline may come nearer, not further, and not go. */
function deadlineFaults(spec: JsonObject, old: JsonObject): FieldError[] {
  const [deadline, before] = [spec, old].map((one) => numberOf(one, "activeDeadlineSeconds"));
  if (before === undefined) return [];
  const path = "spec.activeDeadlineSeconds";
  if (deadline === undefined) return [invalid(path, null, "must not update from a positive integer to nil value")];
  return deadline > before ? [invalid(path, deadline, "must be less than or equal to previous value")] : [];
}

function gateFaults(spec: JsonObject, old: JsonObject): FieldError[] {
  const known = new Set(structsOf(old, "schedulingGates").map((gate) => gate["name"]));
  return structsOf(spec, "schedulingGates").flatMap((gate, index) =>
    known.has(gate["name"])
      ? []
      : [
          forbidden(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${String(gate["name"])}'`,
          ),
        ],
  );
}

function mutableTaken(spec: JsonObject): JsonObject {
  const copy = cloneJson(spec);
  for (const name of ["containers", "initContainers"]) {
    for (const container of structsOf(copy, name)) delete container["image"];
  }
  for (const name of ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"])
    delete copy[name];
  return copy;
}
