import { formatApiVersion, storedForm, type KubeObject } from "@fairlead/apimachinery";
import type { Json } from "@fairlead/base";
import type { Body } from "../storage/body-text.ts";
import type { Entry } from "../storage/entry.ts";
import type { Resource } from "./types.ts";

/** The object in the version a resource is served in; a fresh copy. */
export function decodeEntry(resource: Resource, entry: Entry): KubeObject {
  const converter = resource.custom?.converter;
  if (converter !== undefined && resource.custom !== undefined)
    return resource.custom.decode(converter.decode(resource, entry)).object;
  const version = resource.conversion === undefined ? resource.version : resource.storageVersion;
  const object = {
    apiVersion: formatApiVersion(resource.group, version),
    kind: resource.kind,
    ...entry.parse(),
  } as KubeObject;
  const served = resource.conversion === undefined ? object : resource.conversion.toServed(object);
  return resource.custom?.rewritesOnRead === true ? resource.custom.decode(served).object : served;
}

/** What is stored of an object: without apiVersion and kind, metadata first. */
export function bodyOf(resource: Resource, object: KubeObject): Body {
  const converted = resource.conversion === undefined ? object : resource.conversion.toStored(object);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = converted;
  // Metadata has none: see tidyMetadata.
  if (resource.isCustom || !holdsEmptyList(rest)) return { metadata, ...rest };
  const { apiVersion: _storedVersion, kind: _storedKind, ...stored } = storedForm(converted);
  return stored;
}

/** The opening of an object's JSON that its stored bytes lack; the bytes follow without their first brace. */
export function headOf(resource: Resource): string {
  return `{"kind":"${resource.kind}","apiVersion":"${formatApiVersion(resource.group, resource.version)}",`;
}

const heads = new WeakMap<Resource, Buffer>();

function headBytes(resource: Resource): Buffer {
  let head = heads.get(resource);
  if (head === undefined) {
    head = Buffer.from(headOf(resource));
    heads.set(resource, head);
  }
  return head;
}

/** Whether the stored bytes are the served ones but for the head: true for nearly everything. */
export function servesBytes(resource: Resource): boolean {
  return resource.conversion === undefined && resource.custom?.rewritesOnRead !== true;
}

/** The object's JSON, whole. */
export function encodeEntry(resource: Resource, entry: Entry): Buffer {
  if (!servesBytes(resource)) return Buffer.from(JSON.stringify(decodeEntry(resource, entry)));
  return entry.bytesAfter(headBytes(resource));
}

/** Storage takes nothing from an object but empty lists, which few have: looking is cheaper than rewriting. */
function holdsEmptyList(value: Json | undefined): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0 || value.some(holdsEmptyList);
  for (const key in value) if (holdsEmptyList(value[key])) return true;
  return false;
}
