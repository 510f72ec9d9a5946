/** Encrypting and decrypting whole documents, and the MAC over them. */
import { createHash, timingSafeEqual, type Hash } from "node:crypto";
import { problemError } from "@fairlead/base";
import { selectionOf, type SelectionRules } from "./rules.ts";
import { type Branch, Comment, mapLeaves, type Leaf, type LeafChange } from "./tree.ts";
import { bytesOf, DecryptError, type ValueCipher } from "./value.ts";

export interface CryptRules extends SelectionRules {
  /** The MAC covers encrypted leaves alone. */
  readonly macOnlyEncrypted?: boolean | undefined;
}

/** Begins the MAC over encrypted leaves alone, so that it never equals the one over all: SHA-256 of "sops". */
const MAC_ONLY_ENCRYPTED_START = createHash("sha256").update("sops").digest();

/** Documents encrypted, and the MAC over their plain leaves: upper-case hexadecimal SHA-512. */
export function encryptBranches(
  branches: readonly Branch[],
  rules: CryptRules,
  cipher: ValueCipher,
): { branches: Branch[]; mac: string } {
  const mac = new LeafMac(rules);
  const isSelected = selectionOf(rules);
  const change: LeafChange = (leaf, path, comments) => {
    const isEncrypted = isSelected(path, comments, leaf instanceof Comment);
    mac.add(leaf, isEncrypted);
    return isEncrypted ? cipher.encrypt(leaf, additionalData(path)) : leaf;
  };
  return { branches: branches.map((branch) => mapLeaves(branch, change)), mac: mac.end() };
}

/**
 * Documents decrypted, and the MAC over what came out; verifyMac compares it with the file's.
 * @throws ProblemError DecryptFailed naming the path of the first leaf that does not open
 */
export function decryptBranches(
  branches: readonly Branch[],
  rules: CryptRules,
  cipher: ValueCipher,
): { branches: Branch[]; mac: string } {
  const mac = new LeafMac(rules);
  const isSelected = selectionOf(rules);
  const change: LeafChange = (leaf, path, comments) => {
    const isEncrypted = isSelected(path, comments, leaf instanceof Comment);
    const plain = isEncrypted ? decryptLeaf(leaf, path, cipher) : leaf;
    mac.add(leaf instanceof Comment ? leaf : plain, isEncrypted);
    return plain;
  };
  return { branches: branches.map((branch) => mapLeaves(branch, change)), mac: mac.end() };
}

/**
 * The file's MAC is encrypted too, bound to the time of its last change.
 * @throws ProblemError MacMismatch: a leaf was changed, added or taken away without the data key
 */
export function verifyMac(computed: string, stored: string, lastModified: string, cipher: ValueCipher): void {
  let original: Leaf;
  try {
    original = cipher.decrypt(stored, lastModified);
  } catch (error) {
    if (error instanceof DecryptError)
      throw problemError("MacMismatch", `the file's MAC cannot be read: ${error.message}`);
    throw error;
  }
  const [a, b] = [Buffer.from(computed), Buffer.from(String(original))];
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw problemError("MacMismatch", "MAC mismatch: the file was changed after sops wrote it", {
    hint: "take it back from Git, or, if the change is wanted, `fairlead sops edit --ignore-mac`",
  });
}

function decryptLeaf(leaf: Leaf, path: readonly string[], cipher: ValueCipher): Leaf {
  const where = path.join(".");
  try {
    if (leaf instanceof Comment) return cipher.decrypt(leaf.text, additionalData(path));
    if (typeof leaf === "string") return cipher.decrypt(leaf, additionalData(path));
  } catch (error) {
    // Comments were not always encrypted; one that does not open is taken for a plain one, as sops does.
    if (error instanceof DecryptError && leaf instanceof Comment) return leaf;
    if (error instanceof DecryptError)
      throw problemError("DecryptFailed", `${where} cannot be decrypted: ${error.message}`);
    throw error;
  }
  throw problemError("DecryptFailed", `${where} should be encrypted and is not`);
}

/** Keys from the root, each followed by a colon: a value moved to another key does not open. */
function additionalData(path: readonly string[]): string {
  return `${path.join(":")}:`;
}

class LeafMac {
  readonly #hash: Hash = createHash("sha512");
  readonly #isOnlyEncrypted: boolean;

  constructor({ macOnlyEncrypted }: CryptRules) {
    this.#isOnlyEncrypted = macOnlyEncrypted === true;
    if (this.#isOnlyEncrypted) this.#hash.update(MAC_ONLY_ENCRYPTED_START);
  }

  add(plain: Leaf, isEncrypted: boolean): void {
    if (plain instanceof Comment || (this.#isOnlyEncrypted && !isEncrypted)) return;
    this.#hash.update(bytesOf(plain));
  }

  end(): string {
    return this.#hash.digest("hex").toUpperCase();
  }
}
