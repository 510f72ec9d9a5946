/** Opens sealed values off the main thread: an RSA-4096 operation takes milliseconds, and a thousand of them would stop everything. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { unsealBytes } from "../seal/cipher.ts";

export interface UnsealRequest {
  readonly id: number;
  /** PEM, in the order they are tried. Sent only when they changed. */
  readonly keys?: readonly string[];
  readonly label: string;
  readonly sealed: readonly Uint8Array[];
}

export interface UnsealAnswer {
  readonly id: number;
  /** null: no key opens it. */
  readonly values: readonly (Uint8Array | null)[];
}

/** Those that opened something lately come first: nothing in a value says its key, and every wrong one costs as much as the right. */
let keys: readonly KeyObject[] = [];

parentPort?.on("message", (request: UnsealRequest) => {
  if (request.keys !== undefined) keys = request.keys.map((pem) => createPrivateKey(pem));
  const values = request.sealed.map((sealed) => {
    for (const key of keys) {
      const value = unsealBytes(key, sealed, request.label);
      if (value === undefined) continue;
      if (key !== keys[0]) keys = [key, ...keys.filter((other) => other !== key)];
      return value;
    }
    return null;
  });
  parentPort?.postMessage({ id: request.id, values } satisfies UnsealAnswer);
});
