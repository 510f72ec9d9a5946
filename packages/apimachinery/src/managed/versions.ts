import type { KubeObject } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";

/** An object in one version, with that version's schema. */
export interface Versioned {
  readonly object: KubeObject;
  readonly schema: SchemaNode;
}

/** Brings an object into another version of its kind; undefined for a version that isn't served any more. */
export type ConvertVersion = (object: KubeObject, apiVersion: string) => Versioned | undefined;

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
    if (!this.#known.has(apiVersion)) this.#known.set(apiVersion, this.#convert(this.#object, apiVersion));
    return this.#known.get(apiVersion);
  }
}
