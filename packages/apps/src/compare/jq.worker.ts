import { parentPort, workerData } from "node:worker_threads";
import { raw } from "jq-wasm";

/** A program over one JSON text. */
export interface JqRequest {
  readonly program: string;
  readonly input: string;
}

export type JqAnswer = { readonly output: string } | { readonly error: string };

const { memoryBytesMax, outputCharsMax } = workerData as {
  readonly memoryBytesMax: number;
  readonly outputCharsMax: number;
};
/** The part of WebAssembly.Memory that is used here; Node's types leave it out. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE_BYTES = 65_536;

// The heap limits of a worker do not count what WebAssembly takes, so growth is refused where it happens.
const memory = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } }).WebAssembly.Memory
  .prototype;
const grow = Reflect.get(memory, "grow") as WasmMemory["grow"];
memory.grow = function limited(this: WasmMemory, pages: number): number {
  if (this.buffer.byteLength + pages * PAGE_BYTES > memoryBytesMax) throw new RangeError("jq takes too much memory");
  return grow.call(this, pages);
};

parentPort?.on("message", ({ program, input }: JqRequest) => {
  raw(input, program, ["-c"]).then(
    (output) => answer(output.length > outputCharsMax ? { error: "jq gives too much" } : { output }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});

// Loading counts for no expression: only who is ready is given time limits.
raw("null", ".").then(
  () => parentPort?.postMessage("ready"),
  (error: unknown) => answer({ error: String(error) }),
);

function answer(message: JqAnswer): void {
  parentPort?.postMessage(message);
}
