/**
 * resourceVersions are opaque to old clients and, since KEP-5504, decimal numbers that grow. They are compared where both are
 * decimal; undefined where they are not, and then nothing may be concluded.
 */
export function compareVersions(a: string, b: string): number | undefined {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * Where to resume a watch from. A bookmark counts only once something came after it: a proxy or server that lets a bookmark
 * overtake an event would otherwise make a resumed watch skip that event. Never moves back.
 */
export class WatchPosition {
  #version: string;
  #bookmark: string | undefined;
  readonly start: string;

  constructor(version: string) {
    this.#version = version;
    this.start = version;
  }

  get version(): string {
    return this.#version;
  }

  onEvent(version: string): void {
    this.#advance(version);
  }

  onBookmark(version: string): void {
    if (this.#bookmark !== undefined) this.#advance(this.#bookmark);
    this.#bookmark = version;
  }

  #advance(version: string): void {
    const order = compareVersions(version, this.#version);
    if (order === undefined || order > 0) this.#version = version;
  }
}
