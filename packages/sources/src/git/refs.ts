import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { highestWithin, isConstraint } from "../versions.ts";
import { runGit } from "./run.ts";

/** What every name of a repository pointed to at one moment. */
export interface RefSnapshot {
  /** Full ref name → commit, annotated tags peeled. */
  readonly refs: ReadonlyMap<string, string>;
  /** Full ref name → tag object, of annotated tags. */
  readonly tagObjects: ReadonlyMap<string, string>;
  /** The branch HEAD points to, as a full ref name; undefined when HEAD is detached. */
  readonly headRef: string | undefined;
  /** The commit of HEAD; undefined in an empty repository. */
  readonly head: string | undefined;
}

const FORMAT = "%(refname)%09%(objectname)%09%(*objectname)";

/** Asks git, so that packed refs, reftables and worktrees need no reader of ours: one process a change, not one a render. */
export async function readRefs(gitDirectory: string): Promise<RefSnapshot> {
  const [listed, headText] = await Promise.all([
    runGit(["--git-dir", gitDirectory, "for-each-ref", `--format=${FORMAT}`]),
    readHead(gitDirectory),
  ]);
  const refs = new Map<string, string>();
  const tagObjects = new Map<string, string>();
  for (const line of listed.split("\n")) {
    const [name, id, peeled] = line.split("\t");
    if (name && id) refs.set(name, peeled || id);
    if (name && id && peeled) tagObjects.set(name, id);
  }
  const headRef = /^ref: (.+)$/.exec(headText)?.[1];
  return { refs, tagObjects, headRef, head: headRef === undefined ? headText || undefined : refs.get(headRef) };
}

/** With reftables the HEAD file is a dummy that points to an invalid name; git knows the real one. */
async function readHead(gitDirectory: string): Promise<string> {
  const text = (await readFile(join(gitDirectory, "HEAD"), "utf8")).trim();
  if (text !== "ref: refs/heads/.invalid") return text;
  return `ref: ${(await runGit(["--git-dir", gitDirectory, "symbolic-ref", "HEAD"])).trim()}`;
}

export type RevisionKind = "head" | "branch" | "tag" | "ref" | "commit";

export interface ResolvedRevision {
  /** Full commit id. */
  readonly commit: string;
  readonly kind: RevisionKind;
  /** The short name that was meant: `main`, `v1.2.3`. */
  readonly name: string;
}

/**
 * What a targetRevision means: a range of versions is the highest tag within it, if there is one; empty and HEAD are the default branch;
 * then a full ref, a branch, a tag. A branch wins over a tag of the same name, as in Argo CD. Commit ids are not looked up here.
 * @param tagPrefix only tags that begin so are versions, and the rest of their name is the version
 */
export function resolveName(snapshot: RefSnapshot, revision: string, tagPrefix = ""): ResolvedRevision | undefined {
  return resolveRange(snapshot, revision, tagPrefix) ?? resolveExact(snapshot, revision);
}

function resolveRange(snapshot: RefSnapshot, range: string, tagPrefix: string): ResolvedRevision | undefined {
  if (range === "" || (!isConstraint(range) && tagPrefix === "")) return undefined;
  const prefix = `refs/tags/${tagPrefix}`;
  const versions = [...snapshot.refs.keys()]
    .filter((ref) => ref.startsWith(prefix))
    .map((ref) => ref.slice(prefix.length));
  const version = isConstraint(range) ? highestWithin(range, versions) : versions.find((name) => name === range);
  const commit = version === undefined ? undefined : snapshot.refs.get(`${prefix}${version}`);
  return commit === undefined ? undefined : { commit, kind: "tag", name: `${tagPrefix}${version}` };
}

function resolveExact(snapshot: RefSnapshot, revision: string): ResolvedRevision | undefined {
  if (revision === "" || revision === "HEAD") {
    const name = snapshot.headRef?.replace("refs/heads/", "") ?? "HEAD";
    return snapshot.head === undefined ? undefined : { commit: snapshot.head, kind: "head", name };
  }
  const candidates: ReadonlyArray<readonly [ref: string, kind: RevisionKind]> = [
    [revision.startsWith("refs/") ? revision : "", "ref"],
    [`refs/heads/${revision}`, "branch"],
    [`refs/tags/${revision}`, "tag"],
  ];
  for (const [ref, kind] of candidates) {
    const commit = snapshot.refs.get(ref);
    if (commit !== undefined) return { commit, kind, name: revision };
  }
  return undefined;
}

/** True when any name points elsewhere than before. */
export function refsDiffer(a: RefSnapshot, b: RefSnapshot): boolean {
  if (a.head !== b.head || a.headRef !== b.headRef || a.refs.size !== b.refs.size) return true;
  for (const [name, commit] of a.refs) if (b.refs.get(name) !== commit) return true;
  return false;
}
