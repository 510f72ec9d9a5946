import { problemError } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { compareText } from "../values/json-text.ts";
import { compilePattern, type Entries } from "../values/keys.ts";
import { propertyOf } from "../values/property.ts";
import type { Fields } from "../model/fields.ts";
import type { Find, RemoteRef } from "../model/types.ts";
import { rawMap } from "./json-values.ts";
import type { Provider, ProviderClient, RemoteWrites } from "./types.ts";
import { pushedValue } from "./values.ts";

interface FakeItem {
  readonly key: string;
  readonly version: string;
  readonly value: string;
}

/** Values in the store itself; for trying things out. */
export const fakeProvider: Provider = {
  name: "fake",
  parse(fields) {
    const items = fields.list("data").map(parseItem);
    const validation = fields.integer("validationResult", 0);
    // What is pushed lasts as long as the store's setting: a store of this kind is for trying things out.
    const pushed = new Map<string, Uint8Array>();
    return () => new FakeClient(items, validation, pushed);
  },
};

function parseItem(item: Fields): FakeItem {
  return { key: item.required("key"), version: item.text("version"), value: item.required("value") };
}

class FakeClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  readonly #items: readonly FakeItem[];
  readonly #validation: number;
  readonly #pushed: Map<string, Uint8Array>;

  constructor(items: readonly FakeItem[], validation: number, pushed: Map<string, Uint8Array>) {
    this.#items = items;
    this.#validation = validation;
    this.#pushed = pushed;
    const isGiven = (key: string): boolean => items.some((item) => item.key === key);
    this.writes = {
      exists: async ({ key }) => pushed.has(key) || isGiven(key),
      push: async (value, target) => {
        const { key } = target;
        if (isGiven(key)) throw problemError("ProviderRefused", "key already exists");
        pushed.set(key, pushedValue(pushed.get(key), value, target));
      },
      remove: async ({ key }) => void pushed.delete(key),
    };
  }

  identityOf(ref: RemoteRef): string {
    return `${ref.key}\n${ref.version}`;
  }

  async read(ref: RemoteRef): Promise<Uint8Array | undefined> {
    const item = this.#items.findLast(({ key, version }) => key === ref.key && version === ref.version);
    return item ? toBytes(item.value) : ref.version === "" ? this.#pushed.get(ref.key) : undefined;
  }

  valueOf(payload: Uint8Array, ref: RemoteRef): Uint8Array | undefined {
    if (ref.property === "") return payload;
    const found = propertyOf(fromBytes(payload), ref.property);
    return found === undefined ? undefined : toBytes(found);
  }

  mapOf(payload: Uint8Array, ref: RemoteRef): Entries | undefined {
    const value = this.valueOf(payload, ref);
    return value && rawMap(value, ref.key);
  }

  async find(find: Find): Promise<Entries> {
    if (find.name === undefined)
      throw problemError("InvalidExternalSecret", "unsupported find operator: the fake provider finds by name only");
    const matches = compilePattern(find.name);
    const latest = new Map<string, FakeItem>();
    for (const item of this.#items) {
      const known = latest.get(item.key);
      if (matches(item.key) && (known === undefined || compareText(known.version, item.version) < 0))
        latest.set(item.key, item);
    }
    const pushed = [...this.#pushed].filter(([key]) => matches(key));
    return new Map([...[...latest].map(([key, { value }]) => [key, toBytes(value)] as const), ...pushed]);
  }

  async validate(): Promise<void> {
    // The store says what its validation shall give: 0 ready, 1 unknown, 2 error.
    if (this.#validation === 2) throw problemError("InvalidStore", "unable to validate");
    if (this.#validation === 1) throw problemError("StoreNotReady", "unable to validate");
  }

  close(): void {
    // Nothing is open.
  }
}
