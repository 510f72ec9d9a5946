import { jsonEqual, type JsonObject } from "@fairlead/base";
import { compareQuantity } from "../quantity/arithmetic.ts";
import { parseQuantity } from "../quantity/parse.ts";
import { child, forbidden, invalid, keyed, notSupported, required, type FieldError } from "./field-error.ts";
import { has, named, requiredText, structOf, textOf, textsOf } from "./access.ts";
import { immutable, validateSelector } from "./metadata.ts";
import { dns1123Subdomain } from "./names.ts";
import { quantityOfField } from "./resources.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];
const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];

export function validateClaimSpec(spec: JsonObject, path: string): FieldError[] {
  const errors = accessModes(spec, path);
  errors.push(...validateSelector(structOf(spec, "selector"), child(path, "selector")));
  const requestsPath = child(path, "resources");
  const requests = structOf(structOf(spec, "resources"), "requests");
  const amount = requests?.["storage"];
  const storage = quantityOfField(amount);
  if (amount === undefined || amount === null) errors.push(required(keyed(requestsPath, "storage")));
  else if (storage !== undefined && storage.unscaled <= 0n) {
    errors.push(invalid(keyed(requestsPath, "storage"), amount, "must be greater than zero"));
  }
  const className = textOf(spec, "storageClassName");
  if (className !== "") errors.push(...named(className, child(path, "storageClassName"), dns1123Subdomain));
  const attributes = textOf(spec, "volumeAttributesClassName");
  if (attributes !== "") errors.push(...named(attributes, child(path, "volumeAttributesClassName"), dns1123Subdomain));
  errors.push(
    ...volumeMode(spec, path),
    ...dataSource(spec, "dataSource", path),
    ...dataSource(spec, "dataSourceRef", path),
  );
  const [from, ref] = [structOf(spec, "dataSource"), structOf(spec, "dataSourceRef")];
  if (from && ref && !has(ref, "namespace") && !jsonEqual(from, ref)) {
    // The server shows a path in place of the value, and Go prints nothing of one.
    errors.push(invalid(path, {}, "must match dataSourceRef"));
  }
  return errors;
}

function accessModes(spec: JsonObject, path: string): FieldError[] {
  const modes = textsOf(spec, "accessModes");
  const inner = child(path, "accessModes");
  if (modes.length === 0) return [required(inner, "at least 1 access mode is required")];
  const errors = modes
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(inner, mode, ACCESS_MODES));
  const hasOthers = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  if (modes.includes("ReadWriteOncePod") && hasOthers) {
    errors.push(forbidden(inner, "may not use ReadWriteOncePod with other access modes"));
  }
  return errors;
}

function volumeMode(spec: JsonObject, path: string): FieldError[] {
  const mode = textOf(spec, "volumeMode");
  return !has(spec, "volumeMode") || VOLUME_MODES.includes(mode)
    ? []
    : [notSupported(child(path, "volumeMode"), mode, VOLUME_MODES)];
}

function dataSource(spec: JsonObject, name: string, path: string): FieldError[] {
  const source = structOf(spec, name);
  if (!source) return [];
  const inner = child(path, name);
  const errors = [...requiredText(source, "name", inner), ...requiredText(source, "kind", inner)];
  const [group, kind] = [textOf(source, "apiGroup"), textOf(source, "kind")];
  if (group === "" && kind !== "PersistentVolumeClaim") {
    errors.push(invalid(inner, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  return group === "" ? errors : [...errors, ...named(group, child(inner, "apiGroup"), dns1123Subdomain)];
}

export function validateClaim(claim: JsonObject): FieldError[] {
  return validateClaimSpec(structOf(claim, "spec") ?? {}, "spec");
}

const CLAIM_IMMUTABLE =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** A bound claim may grow; everything else is fixed once the claim is there. */
export function validateClaimUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const [spec = {}, old = {}] = [structOf(after, "spec"), structOf(before, "spec")];
  const without = (value: JsonObject): JsonObject => ({
    ...value,
    volumeName: undefined,
    volumeAttributesClassName: undefined,
    resources: { ...structOf(value, "resources"), requests: undefined } as JsonObject,
    ...(textOf(old, "volumeName") === "" ? {} : { volumeName: value["volumeName"] }),
  });
  const isBound = textOf(structOf(before, "status"), "phase") === "Bound";
  const isSame = isBound
    ? jsonEqual(without(spec), without(old))
    : jsonEqual({ ...without(spec), resources: spec["resources"] }, { ...without(old), resources: old["resources"] });
  if (!isSame) errors.push(forbidden("spec", CLAIM_IMMUTABLE));
  const [size, oldSize] = [spec, old].map((value) =>
    quantityOfField(structOf(structOf(value, "resources"), "requests")?.["storage"]),
  );
  const newSize = size ?? parseQuantity("0");
  const capacity = quantityOfField(structOf(structOf(before, "status"), "capacity")?.["storage"]) ?? parseQuantity("0");
  if (oldSize && compareQuantity(newSize, oldSize) < 0 && compareQuantity(newSize, capacity) <= 0) {
    const text = "field can not be less than status.capacity";
    errors.push(forbidden("spec.resources.requests.storage", text));
  }
  return [...errors, ...immutable(spec["volumeMode"], old["volumeMode"], "volumeMode")];
}

export function validatePersistentVolume(volume: JsonObject): FieldError[] {
  const spec = structOf(volume, "spec") ?? {};
  const errors = textsOf(spec, "accessModes").length === 0 ? [required("spec.accessModes")] : accessModes(spec, "spec");
  const capacity = structOf(spec, "capacity") ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) {
    errors.push(required("spec.capacity"), notSupported("spec.capacity", {}, ["storage"]));
  } else if (!names.includes("storage") || names.length > 1) {
    errors.push(notSupported("spec.capacity", capacity, ["storage"]));
  }
  for (const [name, amount] of Object.entries(capacity)) {
    const quantity = quantityOfField(amount);
    if (quantity && quantity.unscaled <= 0n) {
      errors.push(invalid(keyed("spec.capacity", name), amount ?? "", "must be greater than zero"));
    }
  }
  const policy = textOf(spec, "persistentVolumeReclaimPolicy");
  if (policy !== "" && !RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported("spec.persistentVolumeReclaimPolicy", policy, RECLAIM_POLICIES));
  }
  const className = textOf(spec, "storageClassName");
  if (className !== "") errors.push(...named(className, "spec.storageClassName", dns1123Subdomain));
  const hasSource = Object.keys(spec).some((name) => PV_SOURCES.has(name));
  if (!hasSource) errors.push(required("spec", "must specify a volume type"));
  const hostPath = structOf(spec, "hostPath");
  if (hostPath) {
    errors.push(...requiredText(hostPath, "path", "spec.hostPath"));
    const path = textOf(hostPath, "path");
    if (path.split("/").includes("..")) errors.push(invalid("spec.hostPath.path", path, "must not contain '..'"));
    const type = textOf(hostPath, "type");
    if (!HOST_PATH_TYPES.includes(type)) errors.push(notSupported("spec.hostPath.type", type, HOST_PATH_TYPES));
  }
  return [...errors, ...volumeMode(spec, "spec")];
}

const PV_SOURCE_IMMUTABLE = "spec.persistentvolumesource is immutable after creation";

export function validatePersistentVolumeUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const [spec = {}, old = {}] = [structOf(after, "spec"), structOf(before, "spec")];
  const sourceOf = (value: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(value).filter(([name]) => PV_SOURCES.has(name)));
  const isSame = jsonEqual(sourceOf(spec), sourceOf(old));
  return [
    ...(isSame ? [] : [forbidden("spec.persistentvolumesource", PV_SOURCE_IMMUTABLE)]),
    ...immutable(spec["volumeMode"], old["volumeMode"], "volumeMode"),
  ];
}

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

const PV_SOURCES = new Set([
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "local",
  "storageos",
  "csi",
]);
