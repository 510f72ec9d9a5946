import { problemError } from "@fairlead/base";
import type { ObjectStore } from "./objects/store.ts";

export interface GitCommit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** `Name <email>` */
  readonly author: string;
  /** Milliseconds since the epoch. */
  readonly authoredAtMs: number;
  readonly message: string;
}

/** @throws ProblemError GitObjectMissing, GitObjectBroken */
export function readCommit(store: ObjectStore, id: string): GitCommit {
  const object = store.read(id);
  if (object.type === "tag") return readCommit(store, header(text(object.content), "object") ?? "");
  if (object.type !== "commit") throw problemError("GitObjectBroken", `object ${id} is a ${object.type}, not a commit`);
  const content = text(object.content);
  const end = content.indexOf("\n\n");
  const head = end < 0 ? content : content.slice(0, end);
  const author = /^(.*?) (\d+) [+-]\d{4}$/.exec(header(head, "author") ?? "");
  return {
    id,
    tree: header(head, "tree") ?? "",
    parents: [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? ""),
    author: author?.[1] ?? "",
    authoredAtMs: Number(author?.[2] ?? 0) * 1000,
    message: end < 0 ? "" : content.slice(end + 2),
  };
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString("utf8");
}

function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name} (.*)$`, "m").exec(head)?.[1];
}
