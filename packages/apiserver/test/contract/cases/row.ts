/** An object of a kind, its status if it has any, and its rows: narrow and wide columns come together. */
export interface Row {
  /** Goes at the end of its case, where it would be in the way of what comes later. */
  readonly isDeletedAtOnce?: boolean;
  /** What the server adds a moment later, by path; waited for before the row is read. */
  readonly settled?: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly body: {
    readonly metadata: { readonly name: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  };
  readonly status?: object;
  /** Who makes the object, where the object says so. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A pod template with these labels. */
export const template = (app: string): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }] },
});
