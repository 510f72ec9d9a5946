/** Whole files: the data key from the master keys, the values under it, the MAC over them. */
import { randomBytes } from "node:crypto";
import { problemError, problemsOf, ProblemError, type Problem } from "@fairlead/base";
import { decryptBranches, encryptBranches, verifyMac } from "./crypt.ts";
import type { KeyServices } from "./keys/types.ts";
import {
  FORMAT_VERSION,
  readMetadata,
  writeMetadata,
  type KeyGroup,
  type MasterKey,
  type Metadata,
} from "./metadata.ts";
import { combineShares, splitSecret } from "./shamir.ts";
import type { Store } from "./stores/types.ts";
import type { Branch } from "./tree.ts";
import { ValueCipher } from "./value.ts";

const DATA_KEY_BYTES = 32;

export interface OpenFile {
  /** Without the metadata; a document each. */
  readonly branches: readonly Branch[];
  readonly metadata: Metadata;
  readonly dataKey: Uint8Array;
  /** Remembers the vectors of what was decrypted, so that unchanged values are encrypted to the same text again. */
  readonly cipher: ValueCipher;
}

export interface OpenOptions {
  readonly keys: KeyServices;
  readonly file?: string | undefined;
  /** Takes a file whose MAC is wrong or missing; only ever on a person's word. */
  readonly isMacIgnored?: boolean | undefined;
  /** Kinds of keys in the order they are tried; those that are not named come last. */
  readonly order?: readonly string[] | undefined;
}

/** Whether a text is a file that sops has encrypted: its metadata is whole and has a MAC. */
export function isSopsText(text: string, store: Store): boolean {
  try {
    const { metadata } = store.readSealed(text);
    return metadata !== undefined && readMetadata(metadata).mac !== "";
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
}

/**
 * Decrypts a file and verifies its MAC.
 * @throws ProblemError InvalidSopsFile, NoDataKey, DecryptFailed, MacMismatch, MacMissing
 */
export async function openSopsFile(text: string, store: Store, options: OpenOptions): Promise<OpenFile> {
  const { keys, file, isMacIgnored = false, order } = options;
  const { branches: sealed, metadata: part } = store.readSealed(text, file);
  const metadata = readMetadata(part, file);
  const dataKey = await dataKeyOf(metadata, keys, file, order);
  const cipher = new ValueCipher(dataKey);
  return atFile(file, () => {
    const { branches, mac } = decryptBranches(sealed, metadata, cipher);
    if (!isMacIgnored) {
      if (metadata.mac === "") throw problemError("MacMissing", "the file has no MAC, so changes to it cannot be told");
      verifyMac(mac, metadata.mac, metadata.lastModified, cipher);
    }
    return { branches, metadata, dataKey, cipher };
  });
}

/** Adds the file to problems that know only the path within it. */
function atFile<T>(file: string | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ProblemError ? new ProblemError(problemsOf(error, { file })) : error;
  }
}

/** Local keys first: a cloud's is slower, and may ask a person to sign in. */
const ORDER: readonly string[] = ["age", "pgp"];

/** @throws ProblemError NoDataKey */
export async function dataKeyOf(
  { keyGroups, shamirThreshold }: Metadata,
  keys: KeyServices,
  file: string | undefined,
  order: readonly string[] = ORDER,
): Promise<Uint8Array> {
  const failures: Problem[] = [];
  const needed = keyGroups.length > 1 ? shamirThreshold || keyGroups.length : 1;
  const parts: Uint8Array[] = [];
  for (const group of keyGroups) {
    if (parts.length >= needed) break;
    const part = await openGroup(group, { keys, failures, order });
    if (part !== undefined) parts.push(part);
  }
  if (parts.length >= needed) return keyGroups.length > 1 ? combineShares(parts) : (parts[0] ?? new Uint8Array());
  const why = failures.map(({ message }) => message).join("; ");
  const short = keyGroups.length > 1 ? ` (${parts.length} of ${needed} groups)` : "";
  throw problemError("NoDataKey", `no master key here opens the file${short}: ${why || "it names none"}`, { file });
}

interface Opening {
  readonly keys: KeyServices;
  readonly failures: Problem[];
  readonly order: readonly string[];
}

async function openGroup(group: KeyGroup, { keys, failures, order }: Opening): Promise<Uint8Array | undefined> {
  const rank = ({ kind }: MasterKey): number => (order.includes(kind) ? order.indexOf(kind) : order.length);
  for (const key of group.toSorted((a, b) => rank(a) - rank(b))) {
    const service = keys[key.kind];
    try {
      if (service !== undefined) return await service.unwrap(key);
      failures.push({ code: "KeyUnusable", message: `${key.kind} keys cannot be used here` });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      failures.push(...error.problems);
    }
  }
  return undefined;
}

/** A new data key, wrapped for every master key. @throws ProblemError KeyUnusable with every key that cannot be used */
export async function newDataKey(
  metadata: Metadata,
  keys: KeyServices,
): Promise<{ dataKey: Uint8Array; metadata: Metadata }> {
  const dataKey = randomBytes(DATA_KEY_BYTES);
  return { dataKey, metadata: await wrapDataKey(dataKey, metadata, keys) };
}

/** The metadata with the data key wrapped for each master key anew. */
export async function wrapDataKey(dataKey: Uint8Array, metadata: Metadata, keys: KeyServices): Promise<Metadata> {
  const { keyGroups, shamirThreshold } = metadata;
  const threshold = keyGroups.length > 1 ? shamirThreshold || keyGroups.length : shamirThreshold;
  if (keyGroups.some((group) => group.length === 0)) {
    throw problemError("NoMasterKey", `empty key group provided: no master key to encrypt for`, {
      hint: "--age, or creation_rules in .sops.yaml",
    });
  }
  const parts = keyGroups.length > 1 ? splitSecret(dataKey, keyGroups.length, threshold) : [dataKey];
  const problems: Problem[] = [];
  const wrapped: MasterKey[][] = [];
  for (const [index, group] of keyGroups.entries()) {
    const keysOfGroup: MasterKey[] = [];
    for (const key of group) {
      try {
        const service = keys[key.kind];
        if (service === undefined) throw problemError("KeyUnusable", `${key.kind} keys cannot be used here`);
        const whole = (await service.complete?.(key)) ?? key;
        keysOfGroup.push({ ...whole, enc: await service.wrap(whole, parts[index] ?? dataKey) });
      } catch (error) {
        problems.push(...problemsOf(error));
      }
    }
    wrapped.push(keysOfGroup);
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { ...metadata, keyGroups: wrapped, shamirThreshold: threshold };
}

/** Writes a file from plain documents under a data key that is wrapped already. @param now milliseconds since 1970 */
export function sealSopsFile(
  { branches, metadata, cipher }: Omit<OpenFile, "dataKey">,
  store: Store,
  now: number,
): string {
  const lastModified = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
  const encrypted = encryptBranches(branches, metadata, cipher);
  const mac = cipher.encrypt(encrypted.mac, lastModified);
  const part = writeMetadata({ ...metadata, lastModified, mac, version: FORMAT_VERSION });
  return store.writeSealed(encrypted.branches, part);
}
