import { problemError, ProblemError } from "@fairlead/base";
import type {
  DataItem,
  DataSource,
  ExternalSecretSpec,
  Find,
  GeneratorRef,
  RemoteRef,
  Rewrite,
  StoreRef,
  Strategies,
} from "../model/types.ts";
import { decodeValue, refuseNullBytes } from "../values/decode.ts";
import { checkKeys, convertKeys, rewriteKeys, type Entries } from "../values/keys.ts";

/** Where values come from; undefined: there is no such secret. */
export interface Reading {
  value(ref: RemoteRef, store: StoreRef): Promise<Uint8Array | undefined>;
  map(ref: RemoteRef, store: StoreRef): Promise<Entries | undefined>;
  find(find: Find, store: StoreRef): Promise<Entries>;
  /** @param place in the spec */
  generate(ref: GeneratorRef, place: number): Promise<Entries>;
}

export interface Collected {
  readonly entries: Entries;
  /** What does not exist at the provider and may be missing: said in an event each. */
  readonly missing: readonly string[];
}

/**
 * The values an ExternalSecret asks for: dataFrom in order, then data, which wins. What is missing is an error with deletion policy
 * Retain and left out with the others (facts/secrets.md §1D).
 * @throws ProblemError naming the entry of the spec
 */
export async function collect(spec: ExternalSecretSpec, reading: Reading): Promise<Collected> {
  const entries: Entries = new Map();
  const missing: string[] = [];
  const isKept = spec.target.deletionPolicy === "Retain";
  // Asked at once, put together in order.
  const sources = spec.dataFrom.map((source, index) => quiet(collectSource(source, index, spec, reading)));
  const items = spec.data.map((item) => quiet(collectItem(item, spec, reading)));
  for (const [index, source] of sources.entries()) {
    const where = `spec.dataFrom[${index}]`;
    const found = await source.catch((error: unknown) => Promise.reject(placed(error, `error processing ${where}`)));
    if (found === undefined && isKept) throw missingError(`error processing ${where}`);
    if (found === undefined) missing.push(`secret does not exist at provider using ${where}`);
    for (const [key, value] of found ?? []) entries.set(key, value);
  }
  for (const [index, item] of items.entries()) {
    const { secretKey, remoteRef } = spec.data[index] as DataItem;
    const where = `spec.data[${index}] (key: ${remoteRef.key})`;
    const found = await item.catch((error: unknown) => Promise.reject(placed(error, `error processing ${where}`)));
    if (found === undefined && isKept) throw missingError(`error processing ${where}`);
    if (found === undefined)
      missing.push(`secret does not exist at provider using spec.data[${index}] (key=${remoteRef.key})`);
    else entries.set(secretKey, found);
  }
  return { entries, missing };
}

/** A promise whose failure is seen later, when its turn comes. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function collectItem(
  item: DataItem,
  spec: ExternalSecretSpec,
  reading: Reading,
): Promise<Uint8Array | undefined> {
  const value = await reading.value(item.remoteRef, storeOf(item.store, spec));
  if (value === undefined) return undefined;
  const decoded = decodeValue(item.remoteRef.decoding, value, `the value for ${item.secretKey}`);
  if (item.remoteRef.refusesNullBytes) refuseNullBytes(decoded, item.secretKey);
  return decoded;
}

async function collectSource(
  source: DataSource,
  index: number,
  spec: ExternalSecretSpec,
  reading: Reading,
): Promise<Entries | undefined> {
  if (source.kind === "generator")
    return checkKeys(rewriteKeys(source.rewrite, await reading.generate(source.ref, index)));
  if (source.kind === "find") {
    const found = await reading.find(source.find, storeOf(source.store, spec));
    return shaped(found, source.rewrite, source.find);
  }
  const map = await reading.map(source.ref, storeOf(source.store, spec));
  return map && shaped(map, source.rewrite, source.ref);
}

/** Rewriting, else conversion; then keys are checked, then values decoded. */
function shaped(entries: Entries, rewrite: readonly Rewrite[], strategies: Strategies): Entries {
  const renamed = rewrite.length > 0 ? rewriteKeys(rewrite, entries) : convertKeys(strategies.conversion, entries);
  const decoded: Entries = new Map();
  for (const [key, value] of checkKeys(renamed)) {
    const plain = decodeValue(strategies.decoding, value, `the value of key ${key}`);
    if (strategies.refusesNullBytes) refuseNullBytes(plain, key);
    decoded.set(key, plain);
  }
  return decoded;
}

function storeOf(own: StoreRef | undefined, spec: ExternalSecretSpec): StoreRef {
  const store = own ?? spec.store;
  if (store === undefined) throw problemError("InvalidExternalSecret", "no store is named");
  return store;
}

function missingError(where: string): Error {
  return problemError("RemoteSecretMissing", `${where}, err: Secret does not exist`);
}

/** The error with the entry of the spec; what it was stays its cause, since a store that is out is waited for differently. */
function placed(error: unknown, where: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  return new ProblemError(
    error.problems.map((problem) => ({ ...problem, message: `${where}, err: ${problem.message}` })),
    { cause: error },
  );
}
