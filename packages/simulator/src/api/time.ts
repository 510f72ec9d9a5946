/** Times as the API writes them: RFC 3339 in UTC, in whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds of a time of the API; undefined when it is absent or broken. */
export function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

export function createdAt(object: { readonly metadata: { creationTimestamp?: string } }): number {
  return timeOf(object.metadata.creationTimestamp) ?? 0;
}
