/** Formats with nested values keep the metadata under one key of the top level. */
import { problemError } from "@fairlead/base";
import { Branch } from "../tree.ts";
import type { SealedTree } from "./types.ts";

export const METADATA_KEY = "sops";

/** The metadata is read from the first document; each document's is taken away. */
export function takeMetadata(branches: readonly Branch[]): SealedTree {
  const found = branches[0]?.get(METADATA_KEY);
  if (found !== undefined && !(found instanceof Branch))
    throw problemError("InvalidSopsFile", "Found sops entry that is not a mapping");
  return {
    branches: branches.map((branch) => branch.without(METADATA_KEY)),
    metadata: found,
  };
}

export function putMetadata(branches: readonly Branch[], metadata: Branch): Branch[] {
  return branches.map((branch) => branch.with(METADATA_KEY, metadata));
}
