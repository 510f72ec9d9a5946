import type { KubeObject } from "../object/types.ts";
import { problemError } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { describeTypedFaults, validateTyped } from "../smd/validate.ts";

/** An object in one version, with that version's schema. */
export interface Versioned {
  readonly object: KubeObject;
  readonly schema: SchemaNode;
}

/** Brings an object into another version of its kind; undefined for a version that isn't served any more. */
export type ConvertVersion = (object: KubeObject, apiVersion: string) => Versioned | undefined;

/**
 * A conversion as field tracking uses it. Custom resources keep every field when their version changes, and one that the other
 * version doesn't declare is an error there: kube-apiserver neither applies to such an object nor tracks an update of it.
 * @throws ProblemError InvalidTyped, its message with `prefix` before
 */
export function convertTyped(
  convert: ConvertVersion,
  object: KubeObject,
  apiVersion: string,
  prefix = "",
): Versioned | undefined {
  const versioned = convert(object, apiVersion);
  if (versioned === undefined || versioned.schema.ref !== undefined) return versioned;
  const faults = validateTyped(versioned.object, versioned.schema, { allowDuplicates: true });
  if (faults.length > 0) throw problemError("InvalidTyped", prefix + describeTypedFaults(faults));
  return versioned;
}

/** Conversions of one object, each made once. */
export class Versions {
  readonly #object: KubeObject;
  readonly #convert: ConvertVersion;
  readonly #known = new Map<string, Versioned | undefined>();

  constructor(own: Versioned, apiVersion: string, convert: ConvertVersion) {
    this.#object = own.object;
    this.#convert = convert;
    this.#known.set(apiVersion, own);
  }

  in(apiVersion: string): Versioned | undefined {
    if (!this.#known.has(apiVersion)) {
      this.#known.set(apiVersion, convertTyped(this.#convert, this.#object, apiVersion));
    }
    return this.#known.get(apiVersion);
  }
}
