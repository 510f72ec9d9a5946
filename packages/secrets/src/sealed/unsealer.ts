import { Worker } from "node:worker_threads";
import type { UnsealAnswer, UnsealRequest } from "./unseal.worker.ts";

interface Waiting {
  readonly resolve: (values: readonly (Uint8Array | null)[]) => void;
  readonly reject: (error: Error) => void;
}

/** The worker that holds private keys. It is started with the first value, and anew when it ended. */
export class Unsealer {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #keys: readonly string[] = [];
  #areKeysSent = false;
  #next = 0;

  /** @param keys PEM, in the order they are tried */
  setKeys(keys: readonly string[]): void {
    this.#keys = keys;
    this.#areKeysSent = false;
  }

  /** In the order of `sealed`; null where no key opens it. */
  open(label: string, sealed: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#next++;
    const request: UnsealRequest = { id, label, sealed, ...(!this.#areKeysSent && { keys: this.#keys }) };
    this.#areKeysSent = true;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./unseal.worker.ts", import.meta.url), { name: "unseal" });
    worker.unref();
    worker.on("message", ({ id, values }: UnsealAnswer) => {
      this.#waiting.get(id)?.resolve(values);
      this.#waiting.delete(id);
    });
    const ended = (): void => {
      this.#worker = undefined;
      this.#areKeysSent = false;
      for (const { reject } of this.#waiting.values()) reject(new Error("the unsealing thread ended"));
      this.#waiting.clear();
    };
    worker.on("error", ended);
    worker.on("exit", ended);
    return worker;
  }
}
