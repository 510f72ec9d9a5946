import type { JsonObject } from "@fairlead/base";
import { eachOf, has, named, structOf, structsOf, textOf } from "./access.ts";
import { child, forbidden, invalid, type FieldError } from "./field-error.ts";
import { dns1123Subdomain } from "./names.ts";

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"];
const CREDENTIAL_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What a pod for Windows says of itself, and what none may say that is not for it (core/v1 validation of windowsOptions and os). */
export function validateWindows(spec: JsonObject, path: string): FieldError[] {
  const os = textOf(structOf(spec, "os"), "name");
  return [
    ...optionsOf(spec, path),
    ...everyContainer(spec, path, optionsOf),
    ...hostProcesses(spec, path),
    ...(os === "windows" ? [...linuxOfPod(spec, path), ...everyContainer(spec, path, linuxOfContainer)] : []),
    ...(os === "linux" ? [...windowsOfLinux(spec, path), ...everyContainer(spec, path, windowsOfLinux)] : []),
  ];
}

type Check = (owner: JsonObject, path: string) => FieldError[];

function everyContainer(spec: JsonObject, path: string, check: Check): FieldError[] {
  return CONTAINER_LISTS.flatMap((list) => eachOf(spec, list, path, check));
}

/** `owner` is a pod's spec or a container. */
function windowsOptions(owner: JsonObject): JsonObject | undefined {
  return structOf(structOf(owner, "securityContext"), "windowsOptions");
}

function optionsOf(owner: JsonObject, path: string): FieldError[] {
  const options = windowsOptions(owner);
  if (options === undefined) return [];
  const inner = child(path, "securityContext", "windowsOptions");
  const errors: FieldError[] = [];
  if (has(options, "gmsaCredentialSpecName")) {
    const name = "gmsaCredentialSpecName";
    errors.push(...named(textOf(options, name), child(inner, name), dns1123Subdomain));
  }
  if (has(options, "gmsaCredentialSpec")) {
    const value = textOf(options, "gmsaCredentialSpec");
    const place = child(inner, "gmsaCredentialSpec");
    if (value === "") errors.push(invalid(place, value, "gmsaCredentialSpec cannot be an empty string"));
    else if (Buffer.byteLength(value) > CREDENTIAL_KIB_MAX * 1024) {
      const text = `gmsaCredentialSpec size must be under ${CREDENTIAL_KIB_MAX} KiB`;
      errors.push(invalid(place, value, text));
    }
  }
  if (!has(options, "runAsUserName")) return errors;
  const user = textOf(options, "runAsUserName");
  return [...errors, ...userFaults(user).map((fault) => invalid(child(inner, "runAsUserName"), user, fault))];
}

function userFaults(name: string): string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  if (CONTROL.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const [user = "", domain] = parts.toReversed();
  const faults: string[] = [];
  if (domain !== undefined) {
    if (domain.length >= DOMAIN_LENGTH_MAX)
      faults.push(`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`);
    if (!NET_BIOS.test(domain) && !DNS_DOMAIN.test(domain))
      faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") faults.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_LENGTH_MAX)
    faults.push(`runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`);
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    faults.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces");
  return faults;
}

/** All containers of a pod are processes of the host, or none is; those share its network. */
function hostProcesses(spec: JsonObject, path: string): FieldError[] {
  const ofPod = windowsOptions(spec)?.["hostProcess"] ?? undefined;
  const containers = CONTAINER_LISTS.flatMap((list) => structsOf(spec, list));
  const errors = everyContainer(spec, path, (container, inner) => {
    const own = windowsOptions(container)?.["hostProcess"] ?? undefined;
    if (own === undefined || ofPod === undefined || own === ofPod) return [];
    const text = `pod hostProcess value must be identical if both are specified, was ${String(ofPod)}`;
    return [invalid(child(inner, "securityContext", "windowsOptions", "hostProcess"), own, text)];
  });
  const count = containers.filter((one) => (windowsOptions(one)?.["hostProcess"] ?? ofPod) === true).length;
  if (count === 0) return errors;
  if (count !== containers.length) {
    const text = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalid(path, "", text));
  }
  if (spec["hostNetwork"] !== true) {
    const text = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalid(child(path, "hostNetwork"), false, text));
  }
  return errors;
}

const NOT_FOR_WINDOWS = "cannot be set for a windows pod";
const POD_ONLY_LINUX = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
];
const CONTAINER_ONLY_LINUX = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

function linuxOfPod(spec: JsonObject, path: string): FieldError[] {
  const isSet = (name: string): boolean =>
    name.startsWith("host") && name !== "hostUsers" ? spec[name] === true : has(spec, name);
  return [
    ...["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"]
      .filter(isSet)
      .map((name) => forbidden(child(path, name), NOT_FOR_WINDOWS)),
    ...only(POD_ONLY_LINUX, spec, path),
  ];
}

function linuxOfContainer(container: JsonObject, path: string): FieldError[] {
  return only(CONTAINER_ONLY_LINUX, container, path);
}

function only(names: readonly string[], owner: JsonObject, path: string): FieldError[] {
  const context = structOf(owner, "securityContext");
  return names
    .filter((name) => has(context, name))
    .map((name) => forbidden(child(path, "securityContext", name), NOT_FOR_WINDOWS));
}

function windowsOfLinux(owner: JsonObject, path: string): FieldError[] {
  if (windowsOptions(owner) === undefined) return [];
  return [forbidden(child(path, "securityContext", "windowsOptions"), "windows options cannot be set for a linux pod")];
}
