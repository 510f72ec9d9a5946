import { parentPort } from "node:worker_threads";
import { problemError, problemsOf } from "@fairlead/base";
import type { PackedRows, WriterAnswer, WriterRequest } from "./disk-writer.ts";
import { openLogFile, type LogFile } from "./sqlite-file.ts";
import type { LogRow } from "./types.ts";

/** By number; why it could not be opened, for one that could not. */
const files = new Map<number, LogFile | { readonly failure: unknown }>();
parentPort?.on("message", (request: WriterRequest) => {
  let answer: WriterAnswer = { id: request.id };
  try {
    carryOut(request);
  } catch (error) {
    answer = { id: request.id, problems: problemsOf(error) };
  }
  parentPort?.postMessage(answer);
});

function carryOut(request: WriterRequest): void {
  if (request.op === "open") return open(request.file, request.path, request.bytesMax);
  const file = files.get(request.file);
  if (!file) throw problemError("DataDirectoryUnusable", "the database could not be opened for writing");
  if ("failure" in file) {
    if (request.op === "close") return void files.delete(request.file);
    throw file.failure;
  }
  switch (request.op) {
    case "append":
      file.append(unpack(request.rows));
      // Written is over: left to a collector, megabytes of such buffers would lie here until this thread is short of memory.
      return void request.rows.bodies.buffer.transfer(0);
    case "remove":
      return file.remove(request.revisions, request.compacted);
    case "close":
      files.delete(request.file);
      return file.close();
  }
}

function open(file: number, path: string, bytesMax: number): void {
  try {
    files.set(file, openLogFile(path, bytesMax));
  } catch (failure) {
    files.set(file, { failure });
    throw failure;
  }
}

function unpack({ heads, lengths, bodies }: PackedRows): LogRow[] {
  let at = 0;
  return heads.map((head, index) => {
    const from = at;
    at += lengths[index] ?? 0;
    return { ...head, body: Buffer.from(bodies.buffer, bodies.byteOffset + from, at - from) };
  });
}
