/** One file's SealedSecrets sealed anew, and no byte of it changed but ciphertexts. */
import type { KeyObject } from "node:crypto";
import { isJsonObject, ProblemError, type Json, type Problem } from "@fairlead/base";
import { decodeDocuments, editScalar } from "@fairlead/yaml";
import { unsealBytes } from "../seal/cipher.ts";
import { decodeBase64, readSealedSecret } from "../seal/read.ts";
import { labelFor, scopeOf } from "../seal/scope.ts";
import { sealRaw } from "../seal/seal.ts";
import { keyIdOf } from "../sealed/key-secret.ts";

export interface ResealOptions {
  readonly publicKey: KeyObject;
  readonly keys: readonly KeyObject[];
  /** Seals anew what the newest key has sealed already, too. */
  readonly isAll: boolean;
}

/** Which key a value is sealed with. */
export interface UsedKey {
  readonly object: string;
  readonly key: string;
  readonly id: string;
  readonly isNewest: boolean;
}

export interface ResealedText {
  readonly text: string;
  /** How many values were sealed anew. */
  readonly values: number;
  readonly used: readonly UsedKey[];
}

/** @returns undefined for what is no YAML (a chart's template, mostly) @throws ProblemError InvalidSealedSecret, NoKeyDecrypts */
export function resealText(text: string, file: string, options: ResealOptions): ResealedText | undefined {
  const { documents, problems: unreadable } = decodeDocuments(text, { file });
  if (unreadable.length > 0) return undefined;
  const newest = keyIdOf(options.publicKey);
  const keys = options.keys.map((key) => ({ key, id: keyIdOf(key) }));
  const problems: Problem[] = [];
  const used: UsedKey[] = [];
  let result = text;
  let values = 0;
  for (const [document, { value, line }] of documents.entries()) {
    for (const { object, path } of sealedIn(value)) {
      const sealed = readSealedSecret(object, { file, line });
      const { name = "", namespace = "", annotations } = sealed.metadata;
      const label = labelFor(scopeOf(annotations), namespace, name);
      const title = `${namespace}/${name}`;
      for (const [key, before] of Object.entries(sealed.spec.encryptedData)) {
        const opened = openWithAny(keys, before, label);
        if (opened === undefined) {
          const message = `no key could decrypt secret (${key})`;
          problems.push({ code: "NoKeyDecrypts", message, file, line, object: `SealedSecret ${title}` });
          continue;
        }
        used.push({ object: title, key, id: opened.id, isNewest: opened.id === newest });
        if (opened.id === newest && !options.isAll) continue;
        const after = sealRaw(options.publicKey, opened.plain, label);
        result = result.includes(before)
          ? result.replace(before, after)
          : editScalar(result, [...path, "spec", "encryptedData", key], after, { document, file });
        values += 1;
      }
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return { text: result, values, used };
}

/** A document, or the items of a List. */
function sealedIn(value: Json): { object: Json; path: (string | number)[] }[] {
  if (!isJsonObject(value)) return [];
  if (value["kind"] === "SealedSecret") return [{ object: value, path: [] }];
  const items = Array.isArray(value["items"]) ? value["items"] : [];
  return items.flatMap((item, index) =>
    isJsonObject(item) && item["kind"] === "SealedSecret" ? [{ object: item, path: ["items", index] }] : [],
  );
}

function openWithAny(
  keys: readonly { readonly key: KeyObject; readonly id: string }[],
  text: string,
  label: string,
): { readonly plain: Uint8Array; readonly id: string } | undefined {
  const bytes = decodeBase64(text);
  if (bytes === undefined) return undefined;
  for (const { key, id } of keys) {
    const plain = unsealBytes(key, bytes, label);
    if (plain !== undefined) return { plain, id };
  }
  return undefined;
}
