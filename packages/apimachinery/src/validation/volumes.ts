import type { JsonObject } from "@fairlead/base";
import { resourceFieldRef, volumeFieldRef } from "./env.ts";
import {
  at,
  child,
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  type FieldError,
} from "./field-error.ts";
import {
  eachOf,
  has,
  numberOf,
  oneOfIfSet,
  requiredName,
  requiredText,
  structOf,
  structsOf,
  textOf,
} from "./access.ts";
import { dns1123Label, rangeFault } from "./names.ts";
import { absolutePath, descendingPath, fileMode, noBacksteps, unreservedPath } from "./paths.ts";
import { quantityOfField } from "./resources.ts";
import { validateClaimSpec } from "./storage.ts";

type SourceRule = (source: JsonObject, path: string) => FieldError[];

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

/** In the order the server looks at them: the first one counts, later ones are one too many. */
const SOURCES: readonly (readonly [name: string, rule: SourceRule])[] = [
  ["emptyDir", emptyDir],
  ["hostPath", hostPath],
  ["gitRepo", (source, path) => requiredText(source, "repository", path)],
  ["gcePersistentDisk", (source, path) => requiredText(source, "pdName", path.replace(/[^.]+$/, "persistentDisk"))],
  ["awsElasticBlockStore", (source, path) => requiredText(source, "volumeID", path)],
  ["secret", (source, path) => [...requiredText(source, "secretName", path), ...items(source, path)]],
  ["nfs", nfs],
  ["iscsi", iscsi],
  ["persistentVolumeClaim", (source, path) => requiredText(source, "claimName", path)],
  ["rbd", rbd],
  ["cinder", (source, path) => requiredText(source, "volumeID", path)],
  ["cephfs", (source, path) => (has(source, "monitors") ? [] : [required(child(path, "monitors"))])],
  ["downwardAPI", downwardApi],
  ["fc", () => []],
  ["flexVolume", (source, path) => requiredText(source, "driver", path)],
  ["configMap", (source, path) => [...requiredText(source, "name", path), ...items(source, path)]],
  [
    "azureFile",
    (source, path) => [...requiredText(source, "secretName", path), ...requiredText(source, "shareName", path)],
  ],
  ["vsphereVolume", (source, path) => requiredText(source, "volumePath", path)],
  ["azureDisk", azureDisk],
  ["projected", projected],
  ["csi", (source, path) => requiredText(source, "driver", path)],
  ["ephemeral", ephemeral],
  [
    "image",
    (source, path) => [
      ...requiredText(source, "reference", path),
      ...oneOfIfSet(source, "pullPolicy", path, ["Always", "IfNotPresent", "Never"]),
    ],
  ],
];

function emptyDir(source: JsonObject, path: string): FieldError[] {
  const limit = quantityOfField(source["sizeLimit"]);
  if (limit === undefined || limit.unscaled >= 0n) return [];
  return [forbidden(child(path, "sizeLimit"), "SizeLimit field must be a valid resource quantity")];
}

function hostPath(source: JsonObject, path: string): FieldError[] {
  const target = textOf(source, "path");
  if (target === "") return [required(child(path, "path"))];
  const type = textOf(source, "type");
  const errors = noBacksteps(target, child(path, "path"));
  if (!HOST_PATH_TYPES.includes(type)) errors.push(notSupported(child(path, "type"), type, HOST_PATH_TYPES));
  return errors;
}

function nfs(source: JsonObject, path: string): FieldError[] {
  return [
    ...requiredText(source, "server", path),
    ...requiredText(source, "path", path),
    ...absolutePath(textOf(source, "path"), path),
  ];
}

/** Names of iSCSI targets by how they start; a name that starts otherwise is none. */
const TARGET_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};
const LUN_MAX = 255;

function iscsi(source: JsonObject, path: string): FieldError[] {
  const [iqn, lun] = [textOf(source, "iqn"), numberOf(source, "lun") ?? 0];
  const inner = child(path, "iqn");
  const errors = requiredText(source, "targetPortal", path);
  const form = TARGET_NAMES[iqn.slice(0, 3)];
  if (iqn === "") errors.push(required(inner));
  else if (!form) errors.push(invalid(inner, iqn, "must be valid format starting with iqn, eui, or naa"));
  else if (!form.test(iqn)) errors.push(invalid(inner, iqn, "must be valid format"));
  if (lun < 0 || lun > LUN_MAX) errors.push(invalid(child(path, "lun"), lun, rangeFault(0, LUN_MAX)));
  return errors;
}

function rbd(source: JsonObject, path: string): FieldError[] {
  const errors =
    Array.isArray(source["monitors"]) && source["monitors"].length > 0 ? [] : [required(child(path, "monitors"))];
  return [...errors, ...requiredText(source, "image", path)];
}

const AZURE_MANAGED_URI =
  "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const AZURE_BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

function azureDisk(source: JsonObject, path: string): FieldError[] {
  const [kind, uri] = [textOf(source, "kind"), textOf(source, "diskURI")];
  const errors = [
    ...requiredText(source, "diskName", path),
    ...requiredText(source, "diskURI", path),
    ...oneOfIfSet(source, "cachingMode", path, ["None", "ReadOnly", "ReadWrite"]),
    ...oneOfIfSet(source, "kind", path, ["Dedicated", "Managed", "Shared"]),
  ];
  const [start, form] = kind === "Managed" ? ["/subscriptions/", AZURE_MANAGED_URI] : ["https://", AZURE_BLOB_URI];
  const isReadable = !has(source, "kind") || uri.startsWith(start);
  return isReadable ? errors : [...errors, notSupported(child(path, "diskURI"), uri, [form])];
}

function items(source: JsonObject, path: string): FieldError[] {
  return [
    ...fileMode(numberOf(source, "defaultMode"), child(path, "defaultMode")),
    ...eachOf(source, "items", path, keyToPath),
  ];
}

function keyToPath(item: JsonObject, path: string): FieldError[] {
  return [
    ...requiredText(item, "key", path),
    ...requiredText(item, "path", path),
    ...unreservedPath(textOf(item, "path"), child(path, "path")),
    ...fileMode(numberOf(item, "mode"), child(path, "mode")),
  ];
}

function downwardApi(source: JsonObject, path: string): FieldError[] {
  return [
    ...fileMode(numberOf(source, "defaultMode"), child(path, "defaultMode")),
    // The server leaves the index out here.
    ...structsOf(source, "items").flatMap((file) => downwardFile(file, path)),
  ];
}

function downwardFile(file: JsonObject, path: string): FieldError[] {
  const errors = [...requiredText(file, "path", path), ...unreservedPath(textOf(file, "path"), child(path, "path"))];
  const [field, resource] = [structOf(file, "fieldRef"), structOf(file, "resourceFieldRef")];
  if (field) {
    errors.push(...volumeFieldRef(field, child(path, "fieldRef")));
    if (resource) {
      errors.push(invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (resource) errors.push(...resourceFieldRef(resource, child(path, "resourceFieldRef"), true));
  else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...fileMode(numberOf(file, "mode"), child(path, "mode"))];
}

function projected(source: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>();
  const repeated = structsOf(source, "sources").flatMap((item) =>
    ["secret", "configMap"].flatMap((kind) =>
      structsOf(structOf(item, kind), "items").flatMap((one) => {
        const target = textOf(one, "path");
        const isKnown = target !== "" && seen.has(target);
        seen.add(target);
        return isKnown ? [invalid(path, textOf(structOf(item, kind), "name"), "conflicting duplicate paths")] : [];
      }),
    ),
  );
  return [
    ...repeated,
    ...fileMode(numberOf(source, "defaultMode"), child(path, "defaultMode")),
    ...eachOf(source, "sources", path, (item, inner) => projection(item, inner, path)),
  ];
}

const TOKEN_SECONDS_MIN = 600;

/** `whole`: the path of the volume, under which the server tells the faults of a token's path. */
function projection(source: JsonObject, path: string, whole: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
  const present = names.filter((name) => structOf(source, name));
  for (const name of present.slice(1)) {
    errors.push(forbidden(child(path, name), "may not specify more than 1 volume type per source"));
  }
  const [first] = present;
  if (first === undefined) return [required(path, "must specify at least 1 volume type per source")].slice(1);
  const inner = child(path, first);
  const chosen = structOf(source, first) ?? {};
  if (first === "secret" || first === "configMap") {
    errors.push(...requiredText(chosen, "name", inner), ...eachOf(chosen, "items", inner, keyToPath));
  } else if (first === "downwardAPI") {
    errors.push(...structsOf(chosen, "items").flatMap((file) => downwardFile(file, child(path, "downwardAPI"))));
  } else if (first === "serviceAccountToken") {
    const seconds = numberOf(chosen, "expirationSeconds") ?? TOKEN_SECONDS_MIN;
    if (seconds < TOKEN_SECONDS_MIN) {
      errors.push(
        invalid(child(inner, "expirationSeconds"), seconds, "may not specify a duration less than 10 minutes"),
      );
    }
    errors.push(
      ...requiredText(chosen, "path", whole),
      ...unreservedPath(textOf(chosen, "path"), child(whole, "path")),
    );
  }
  return errors;
}

function ephemeral(source: JsonObject, path: string): FieldError[] {
  const template = structOf(source, "volumeClaimTemplate");
  if (!template) return [required(child(path, "volumeClaimTemplate"))];
  return validateClaimSpec(structOf(template, "spec") ?? {}, child(path, "volumeClaimTemplate", "spec"));
}

function volumeSource(volume: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, rule] of SOURCES) {
    const source = structOf(volume, name);
    if (!source) continue;
    if (count++ > 0) errors.push(forbidden(child(path, name), "may not specify more than 1 volume type"));
    else errors.push(...rule(source, child(path, name)));
  }
  const isKnown = count > 0 || Object.keys(volume).some((name) => name !== "name");
  return isKnown ? errors : [...errors, required(path, "must specify a volume type")];
}

/** Volumes of a pod, and which of them containers may mount: faulty ones count as missing. */
export function validateVolumes(
  spec: JsonObject,
  path: string,
): { errors: FieldError[]; usable: Map<string, JsonObject> } {
  const usable = new Map<string, JsonObject>();
  const errors = eachOf(spec, "volumes", path, (volume, inner) => {
    const name = textOf(volume, "name");
    const own = [...volumeSource(volume, inner), ...requiredName(volume, "name", inner, dns1123Label)];
    if (usable.has(name)) own.push(duplicate(child(inner, "name"), name));
    if (own.length === 0) usable.set(name, volume);
    return own;
  });
  return { errors, usable };
}

/** Mounts of a container. Some paths of the server leave the index out, so these do. */
export function validateMounts(
  container: JsonObject,
  path: string,
  usable: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const listPath = child(path, "volumeMounts");
  const devices = structsOf(container, "volumeDevices");
  const seen = new Set<string>();
  return structsOf(container, "volumeMounts").flatMap((mount, index) => {
    const inner = at(listPath, index);
    const [name, mountPath, subPath] = ["name", "mountPath", "subPath"].map((key) => textOf(mount, key)) as [
      string,
      string,
      string,
    ];
    const errors = requiredText(mount, "name", inner);
    if (!usable.has(name)) errors.push(notFound(child(inner, "name"), name));
    errors.push(...requiredText(mount, "mountPath", inner));
    if (seen.has(mountPath)) errors.push(invalid(child(inner, "mountPath"), mountPath, "must be unique"));
    seen.add(mountPath);
    if (devices.some((device) => textOf(device, "name") === name)) {
      errors.push(invalid(child(inner, "name"), name, "must not already exist in volumeDevices"));
    }
    if (devices.some((device) => textOf(device, "devicePath") === mountPath)) {
      errors.push(invalid(child(inner, "mountPath"), mountPath, "must not already exist as a path in volumeDevices"));
    }
    if (subPath !== "") errors.push(...descendingPath(subPath, child(listPath, "subPath")));
    return [...errors, ...subPathExpression(mount, inner, listPath), ...mountModes(mount, container, listPath)];
  });
}

function subPathExpression(mount: JsonObject, path: string, listPath: string): FieldError[] {
  const expression = textOf(mount, "subPathExpr");
  if (expression === "") return [];
  const errors: FieldError[] = [];
  if (textOf(mount, "subPath") !== "") {
    const text = "subPathExpr and subPath are mutually exclusive";
    errors.push(invalid(child(path, "subPathExpr"), expression, text));
  }
  return [...errors, ...descendingPath(expression, child(listPath, "subPathExpr"))];
}

function mountModes(mount: JsonObject, container: JsonObject, listPath: string): FieldError[] {
  const errors: FieldError[] = [];
  const propagation = textOf(mount, "mountPropagation");
  const supported = ["Bidirectional", "HostToContainer", "None"];
  if (propagation !== "" && !supported.includes(propagation)) {
    errors.push(notSupported(child(listPath, "mountPropagation"), propagation, supported));
  }
  const isPrivileged = structOf(container, "securityContext")?.["privileged"] === true;
  if (propagation === "Bidirectional" && !isPrivileged) {
    const text = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(forbidden(child(listPath, "mountPropagation"), text));
  }
  return errors;
}

/** Block devices of a container. */
export function validateDevices(
  container: JsonObject,
  path: string,
  usable: ReadonlyMap<string, JsonObject>,
): FieldError[] {
  const mounts = structsOf(container, "volumeMounts");
  const [names, paths] = [new Set<string>(), new Set<string>()];
  return eachOf(container, "volumeDevices", path, (device, inner) => {
    const [name, devicePath] = [textOf(device, "name"), textOf(device, "devicePath")];
    const volume = usable.get(name);
    const errors = requiredText(device, "name", inner);
    if (names.has(name)) errors.push(invalid(child(inner, "name"), name, "must be unique"));
    if (volume && !structOf(volume, "persistentVolumeClaim") && !structOf(volume, "ephemeral")) {
      const text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(invalid(child(inner, "name"), name, text));
    }
    if (!volume) errors.push(notFound(child(inner, "name"), name));
    errors.push(...requiredText(device, "devicePath", inner));
    if (paths.has(devicePath)) errors.push(invalid(child(inner, "devicePath"), devicePath, "must be unique"));
    if (mounts.some((mount) => textOf(mount, "name") === name)) {
      errors.push(invalid(child(inner, "name"), name, "must not already exist in volumeMounts"));
    }
    names.add(name);
    paths.add(devicePath);
    return errors;
  });
}
