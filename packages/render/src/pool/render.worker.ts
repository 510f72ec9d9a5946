import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { serialize } from "node:v8";
import { ProblemError, recordingTree, type FileTree } from "@fairlead/base";
import type { ChartSpec, RemoteSource } from "@fairlead/kustomize";
import { Redactor } from "../encrypted/redactor.ts";
import type { OpenedFile, OpenFile } from "../encrypted/types.ts";
import { render } from "../render.ts";
import { askedTree, TreeMemory } from "./asked-tree.ts";
import type { Answer, Job, Known, Message, Question, Result, ThreadData } from "./protocol.ts";

const { answers, signal } = workerData as ThreadData;
const sent = new Int32Array(signal);
let received = 0;

/** Sleeps until the main thread has answered. */
function ask<K extends Answer>(question: Question): K {
  tell({ question });
  Atomics.wait(sent, 0, received);
  received++;
  const answer = (receiveMessageOnPort(answers) as { message: Answer }).message;
  if ("problems" in answer) throw new ProblemError(answer.problems);
  return answer as K;
}

function tell(message: Message, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function treeOf(number: number, memory: TreeMemory): FileTree {
  return askedTree(number, memory, (question) => ask<{ known: readonly Known[] }>(question).known);
}

function remotesOf(memory: TreeMemory, hasCharts: boolean): RemoteSource {
  return {
    ...(hasCharts && {
      chart: (spec: ChartSpec) => treeOf(ask<{ tree: number }>({ about: "chart", spec }).tree, memory),
    }),
    repository: (spec) => treeOf(ask<{ tree: number }>({ about: "repository", spec }).tree, memory),
    file: (url) => ask<{ status: number; body: Uint8Array }>({ about: "file", url }),
  };
}

/** What was opened, or could not be, in one job. */
class Opener {
  readonly redactor = new Redactor();
  isUsed = false;

  readonly open: OpenFile = (file, content) => {
    this.isUsed = true;
    const { opened } = ask<{ opened: OpenedFile | null }>({ about: "encrypted", file, content });
    if (opened) this.redactor.add(opened.secrets);
    return opened ?? undefined;
  };
}

function run({ spec, environment, files, hasRemotes, hasCharts, keysId }: Job): Result {
  const opener = new Opener();
  const { redactor } = opener;
  const used = (): { keysId?: string } => (opener.isUsed && keysId !== undefined ? { keysId } : {});
  const memory = new TreeMemory();
  memory.learn(files);
  const recording = recordingTree(treeOf(0, memory));
  try {
    const remote = hasRemotes ? remotesOf(memory, hasCharts) : undefined;
    const encrypted = keysId === undefined ? undefined : { keysId, open: opener.open };
    const rendered = render(recording.tree, spec, environment, { remote, encrypted });
    return { rendered: { ...rendered, warnings: redactor.problems(rendered.warnings) }, ...used() };
  } catch (error) {
    if (error instanceof ProblemError) {
      return { problems: redactor.problems(error.problems), reads: recording.reads, ...used() };
    }
    return { crash: redactor.text(error instanceof Error ? (error.stack ?? error.message) : String(error)) };
  }
}

parentPort?.on("message", (job: Job) => {
  const packed = serialize(run(job));
  const result = new Uint8Array(packed.byteLength);
  result.set(packed);
  tell({ result }, [result.buffer]);
});
tell({ ready: true });
