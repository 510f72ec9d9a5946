import type { FileEntry, FileStat, Problem, ReadSet } from "@fairlead/base";
import type { ChartSpec, RepositorySpec } from "@fairlead/kustomize";
import type { MessagePort } from "node:worker_threads";
import type { OpenedFile } from "../encrypted/types.ts";
import type { Rendered, RenderEnvironment, SourceSpec } from "../types.ts";

/** What a render thread is started with. */
export interface ThreadData {
  /** Answers to questions come through here, read synchronously. */
  readonly answers: MessagePort;
  /** One Int32: how many answers were sent so far. The thread sleeps on it. */
  readonly signal: SharedArrayBuffer;
}

/** One render for the thread. */
export interface Job {
  readonly spec: SourceSpec;
  readonly environment: RenderEnvironment;
  /** Files that it will most likely ask for, of the source's own tree. */
  readonly files: readonly Known[];
  readonly hasRemotes: boolean;
  readonly hasCharts: boolean;
  /** Encrypted files are opened, with these keys. */
  readonly keysId: string | undefined;
}

/** A tree of this job: 0 is the source's own, others are remote bases in the order in which they were asked for. */
type TreeNumber = number;

/** What a render wants to know of the world outside its thread. */
export type Question =
  | { readonly about: "stat" | "list" | "read"; readonly tree: TreeNumber; readonly path: string }
  | { readonly about: "repository"; readonly spec: RepositorySpec }
  | { readonly about: "chart"; readonly spec: ChartSpec }
  | { readonly about: "file"; readonly url: string }
  | { readonly about: "encrypted"; readonly file: string; readonly content: Uint8Array };

/** What is known of a path: exactly what the tree said. */
export interface Known {
  readonly tree: TreeNumber;
  readonly path: string;
  /** Null: nothing is there. */
  readonly stat?: FileStat | null;
  readonly list?: readonly FileEntry[];
  readonly content?: Uint8Array;
}

export type Answer =
  | { readonly known: readonly Known[] }
  | { readonly tree: TreeNumber }
  | { readonly opened: OpenedFile | null }
  | { readonly status: number; readonly body: Uint8Array }
  | { readonly problems: readonly Problem[] };

/** What the thread tells: once that it has loaded, and then per job questions and a result. */
export type Message = { readonly ready: true } | { readonly question: Question } | { readonly result: Uint8Array };

/** `result` of a message, serialized in the thread so that its size is known before anybody unpacks it. */
export type Result =
  | { readonly rendered: Rendered; readonly keysId?: string | undefined }
  | { readonly problems: readonly Problem[]; readonly reads: ReadSet; readonly keysId?: string | undefined }
  | { readonly crash: string };
