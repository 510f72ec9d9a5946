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

let keys: readonly KeyObject[] = [];

parentPort?.on("message", (request: UnsealRequest) => {
  if (request.keys !== undefined) keys = request.keys.map((pem) => createPrivateKey(pem));
  // Values of one object were sealed together: the key that opened one is tried first for the next.
  let order = [...keys];
  const values = request.sealed.map((sealed) => {
    for (const key of order) {
      const value = unsealBytes(key, sealed, request.label);
      if (value === undefined) continue;
      order = [key, ...order.filter((other) => other !== key)];
      return value;
    }
    return null;
  });
  parentPort?.postMessage({ id: request.id, values } satisfies UnsealAnswer);
});
