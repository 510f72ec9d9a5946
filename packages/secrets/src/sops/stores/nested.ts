/** Formats with nested values keep the metadata under one key of the top level. */
import { problemError } from "@fairlead/base";
import { Branch } from "../tree.ts";
import type { SealedTree } from "./types.ts";

const METADATA_KEY = "sops";

/** The metadata is read from the first document; each document's is taken away. */
export function takeMetadata(branches: readonly Branch[]): SealedTree {
  const found = (branches[0]?.entries() ?? []).filter(({ key }) => key === METADATA_KEY);
  if (found.length > 1) throw problemError("InvalidSopsFile", `Found duplicate ${METADATA_KEY} entry`);
  const metadata = found[0]?.value;
  if (metadata !== undefined && !(metadata instanceof Branch))
    throw problemError("InvalidSopsFile", `Found ${METADATA_KEY} entry that is not a mapping`);
  return { branches: branches.map((branch) => branch.without(METADATA_KEY)), metadata };
}

/** @throws ProblemError InvalidSopsFile */
export function putMetadata(branches: readonly Branch[], metadata: Branch): Branch[] {
  assertFree(branches, (key) => key === METADATA_KEY);
  return branches.map((branch) => branch.with(METADATA_KEY, metadata));
}

/** An entry where the metadata goes would be lost. @throws ProblemError InvalidSopsFile */
export function assertFree(branches: readonly Branch[], isTaken: (key: string) => boolean): void {
  const found = branches.flatMap((branch) => branch.entries()).find(({ key }) => isTaken(key));
  if (found === undefined) return;
  const where = `Found key ${JSON.stringify(found.key)} in encrypted data`;
  throw problemError("InvalidSopsFile", `${where}, which is reserved for the metadata of SOPS`);
}
