import type { JsonObject } from "@fairlead/base";
import { child, duplicate, forbidden, invalid, notSupported, required, at, type FieldError } from "./field-error.ts";
import { eachOf, has, numberOf, structOf, textOf } from "./access.ts";
import { rangeFault } from "./names.ts";
import { descendingPath } from "./paths.ts";

const ID_MAX = 2_147_483_647;

function ids(context: JsonObject, path: string, ...names: readonly string[]): FieldError[] {
  return names.flatMap((name) => {
    const value = numberOf(context, name);
    const isValid = value === undefined || (value >= 0 && value <= ID_MAX);
    return isValid ? [] : [invalid(child(path, name), value, rangeFault(0, ID_MAX))];
  });
}

function seccomp(context: JsonObject, path: string): FieldError[] {
  const profile = structOf(context, "seccompProfile");
  if (!profile) return [];
  const inner = child(path, "seccompProfile");
  const type = textOf(profile, "type");
  const supported = ["Localhost", "RuntimeDefault", "Unconfined"];
  const errors: FieldError[] = [];
  if (type === "") errors.push(required(child(inner, "type"), "type is required when seccompProfile is set"));
  else if (!supported.includes(type)) errors.push(notSupported(child(inner, "type"), type, supported));
  const local = child(inner, "localhostProfile");
  if (type === "Localhost") {
    if (!has(profile, "localhostProfile")) errors.push(required(local, "must be set when seccomp type is Localhost"));
    else errors.push(...descendingPath(textOf(profile, "localhostProfile"), local));
  } else if (has(profile, "localhostProfile")) {
    const internal = { Type: type, LocalhostProfile: textOf(profile, "localhostProfile") };
    errors.push(invalid(local, internal, "can only be set when seccomp type is Localhost"));
  }
  return errors;
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const SYSCTL_LENGTH_MAX = 253;
const SYSCTL_FAULT = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
/** Settings that belong to a namespace of the host's, by what of it the pod may share. */
const HOST_SYSCTLS = [
  ["hostNetwork", /^net\./],
  ["hostIPC", /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/],
] as const;

function sysctls(spec: JsonObject, context: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  return eachOf(context, "sysctls", path, (sysctl, inner) => {
    const name = textOf(sysctl, "name");
    const place = child(inner, "name");
    const errors: FieldError[] = [];
    const dotted = name.replaceAll("/", ".");
    if (name === "") errors.push(required(place));
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) errors.push(invalid(place, name, SYSCTL_FAULT));
    else if (seen.has(name)) errors.push(duplicate(place, name));
    seen.add(name);
    for (const [field, pattern] of HOST_SYSCTLS) {
      if (spec[field] === true && pattern.test(dotted)) {
        errors.push(invalid(place, name, `may not be specified when '${field}' is true`));
      }
    }
    return errors;
  });
}

const APP_ARMOR = ["Localhost", "RuntimeDefault", "Unconfined"];

function appArmor(context: JsonObject, path: string): FieldError[] {
  const profile = structOf(context, "appArmorProfile");
  if (!profile) return [];
  const inner = child(path, "appArmorProfile");
  const type = textOf(profile, "type");
  const local = child(inner, "localhostProfile");
  if (type === "") return [required(child(inner, "type"), "type is required when appArmorProfile is set")];
  if (!APP_ARMOR.includes(type)) return [notSupported(child(inner, "type"), type, APP_ARMOR)];
  const given = textOf(profile, "localhostProfile");
  if (type === "Localhost") {
    return given.trim() === "" ? [required(local, "must be set when AppArmor type is Localhost")] : [];
  }
  return has(profile, "localhostProfile")
    ? [invalid(local, given, "can only be set when AppArmor type is Localhost")]
    : [];
}

export function validatePodSecurity(spec: JsonObject, path: string): FieldError[] {
  const context = structOf(spec, "securityContext");
  if (!context) return [];
  const inner = child(path, "securityContext");
  const errors = ids(context, inner, "fsGroup", "runAsUser", "runAsGroup");
  const groups = Array.isArray(context["supplementalGroups"]) ? context["supplementalGroups"] : [];
  for (const [index, group] of groups.entries()) {
    const isValid = typeof group === "number" && group >= 0 && group <= ID_MAX;
    if (!isValid) errors.push(invalid(at(child(inner, "supplementalGroups"), index), group, rangeFault(0, ID_MAX)));
  }
  if (spec["hostPID"] === true && spec["shareProcessNamespace"] === true) {
    const text = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalid(child(inner, "shareProcessNamespace"), true, text));
  }
  const policy = textOf(context, "fsGroupChangePolicy");
  const policies = ["Always", "OnRootMismatch"];
  if (policy !== "" && !policies.includes(policy)) {
    errors.push(notSupported(child(inner, "fsGroupChangePolicy"), policy, policies));
  }
  return [...errors, ...sysctls(spec, context, inner), ...seccomp(context, inner), ...appArmor(context, inner)];
}

export function validateContainerSecurity(container: JsonObject, path: string): FieldError[] {
  const context = structOf(container, "securityContext");
  if (!context) return [];
  const inner = child(path, "securityContext");
  const errors = ids(context, inner, "runAsUser", "runAsGroup");
  const procMount = textOf(context, "procMount");
  const mounts = ["Default", "Unmasked"];
  if (procMount !== "" && !mounts.includes(procMount)) {
    errors.push(notSupported(child(inner, "procMount"), procMount, mounts));
  }
  errors.push(...seccomp(context, inner), ...appArmor(context, inner));
  if (context["allowPrivilegeEscalation"] === false) {
    if (context["privileged"] === true) {
      errors.push(
        invalid(inner, goContext(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
      );
    }
    const added = structOf(context, "capabilities")?.["add"];
    if (Array.isArray(added) && added.some((name) => name === "CAP_SYS_ADMIN" || name === "SYS_ADMIN")) {
      const text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(invalid(inner, goContext(context), text));
    }
  }
  return errors;
}

/** The server prints its internal type here, all fields of it. */
function goContext(context: JsonObject): JsonObject {
  const names = [
    "Capabilities",
    "Privileged",
    "SELinuxOptions",
    "WindowsOptions",
    "RunAsUser",
    "RunAsGroup",
    "RunAsNonRoot",
    "ReadOnlyRootFilesystem",
    "AllowPrivilegeEscalation",
    "ProcMount",
    "SeccompProfile",
    "AppArmorProfile",
  ];
  const lower = (name: string): string =>
    name.startsWith("SEL") ? "seLinuxOptions" : name.charAt(0).toLowerCase() + name.slice(1);
  const internal: JsonObject = {};
  for (const name of names) internal[name] = context[lower(name)] ?? null;
  const capabilities = structOf(context, "capabilities");
  if (capabilities) internal["Capabilities"] = { Add: capabilities["add"] ?? null, Drop: capabilities["drop"] ?? null };
  return internal;
}

export function validateHostUsers(spec: JsonObject, path: string): FieldError[] {
  if (spec["hostUsers"] !== false) return [];
  return [
    ["hostNetwork", "hostNetwork"],
    ["hostPID", "HostPID"],
    ["hostIPC", "HostIPC"],
  ]
    .filter(([name]) => spec[name ?? ""] === true)
    .map(([, shown]) => forbidden(child(path, shown ?? ""), "when `hostUsers` is false"));
}
