/** Where a resource came from and what touched it, for people; the real tool's annotations know files only (buildMetadata). */
export interface Provenance {
  readonly file: string;
  readonly line: number | undefined;
  /** Files of patches, generators and transformers, in the order in which they touched it. */
  readonly overlays: string[];
}

export function touch(provenance: Provenance, file: string): void {
  if (provenance.overlays.at(-1) !== file) provenance.overlays.push(file);
}
