/** Files of any format, opened as they are met: by their name where it tells the format, else by what is in them. */
import { ProblemError, type Problem } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { isSopsText, openSopsFile } from "./file.ts";
import type { KeyServices } from "./keys/types.ts";
import { formatOf, storeOf, type SopsFormat } from "./stores/index.ts";
import type { Store } from "./stores/types.ts";
import { Branch, Comment, type TreeElement, type TreeValue } from "./tree.ts";

export interface OpenedBytes {
  readonly content: Uint8Array;
  /** The values that were encrypted, for whoever has to keep them out of messages. */
  readonly secrets: readonly string[];
}

const FORMATS: readonly SopsFormat[] = ["yaml", "json", "dotenv", "ini"];

/**
 * Opens a file that sops has encrypted, its MAC verified; undefined for any other file.
 * @throws ProblemError as openSopsFile, with the line; no message quotes a value
 */
export async function openSopsBytes(
  bytes: Uint8Array,
  file: string,
  keys: KeyServices,
): Promise<OpenedBytes | undefined> {
  const text = fromBytes(bytes);
  const store = sealedStore(text, file);
  if (!store) return undefined;
  try {
    const { branches } = await openSopsFile(text, store, { keys, file });
    const sealed = store.readSealed(text, file).branches;
    const secrets = sealed.flatMap((branch, index) => encryptedTexts(branch, branches[index]));
    return { content: toBytes(store.write(branches)), secrets };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(
      error.problems.map((problem) => ({ ...problem, file, line: problem.line ?? lineOf(text, problem) })),
    );
  }
}

/** A name may say too little (`secret.enc`) or lie; sops itself goes by the name, so that is tried first. */
function sealedStore(text: string, file: string): Store | undefined {
  const named = formatOf(file);
  const formats = named === "binary" ? [named, ...FORMATS] : [named, ...FORMATS.filter((each) => each !== named)];
  for (const format of formats) {
    const store = storeOf(format);
    if (isSopsText(text, store)) return format === "binary" && !isBinary(store, text) ? storeOf("json") : store;
  }
  return undefined;
}

/** Bytes of any kind are JSON with one entry when they are encrypted; other JSON under a strange name is JSON. */
function isBinary(store: Store, text: string): boolean {
  const entries = store.readSealed(text).branches[0]?.entries() ?? [];
  return entries.length === 1 && entries[0]?.key === "data";
}

const ENCRYPTED = /^ENC\[AES256_GCM,/;

/** Texts that came out of encrypted leaves; both trees have one shape. */
function encryptedTexts(sealed: TreeElement, plain: TreeElement | undefined): string[] {
  if (sealed instanceof Branch) {
    if (!(plain instanceof Branch)) return [];
    return sealed.items.flatMap((item, index) => {
      const other = plain.items[index];
      if (other === undefined) return [];
      return encryptedTexts(elementOf(item), elementOf(other));
    });
  }
  if (Array.isArray(sealed)) {
    const items = Array.isArray(plain) ? (plain as readonly TreeElement[]) : [];
    return (sealed as readonly TreeElement[]).flatMap((item, index) => encryptedTexts(item, items[index]));
  }
  const text = sealed instanceof Comment ? sealed.text : sealed;
  if (typeof text !== "string" || !ENCRYPTED.test(text) || plain === undefined || plain === null) return [];
  return [
    plain instanceof Comment
      ? plain.text
      : typeof plain === "object" && "text" in plain
        ? plain.text
        : String(plain as string),
  ];
}

function elementOf(item: Branch["items"][number]): TreeValue | Comment {
  return item instanceof Comment ? item : item.value;
}

/** Where the key of a value that does not open stands; for faults of the whole file, where its metadata begins. */
function lineOf(text: string, { code, message }: Problem): number | undefined {
  const lines = text.split("\n");
  const key =
    code === "DecryptFailed" ? /^(\S+) (?:cannot|should) be /.exec(message)?.[1]?.split(".").at(-1) : undefined;
  const start = code === "MacMismatch" ? /^\s*"?(?:sops_)?mac"?\s*[:=]/ : /^\s*(?:"?sops"?\s*:|\[sops\]|sops_)/;
  const found = lines.findIndex((line) =>
    key === undefined ? start.test(line) : line.includes(key) && line.includes("ENC["),
  );
  return found < 0 ? undefined : found + 1;
}
