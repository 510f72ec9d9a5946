/** Which leaves of a document are encrypted. */
import { problemError } from "@fairlead/base";
import { RE2JS } from "re2js";
import type { CommentStack } from "./tree.ts";

/** At most one is set; none means unencryptedSuffix `_unencrypted`. Regexes are RE2, unanchored. */
export interface SelectionRules {
  readonly unencryptedSuffix?: string | undefined;
  readonly encryptedSuffix?: string | undefined;
  readonly unencryptedRegex?: string | undefined;
  readonly encryptedRegex?: string | undefined;
  readonly unencryptedCommentRegex?: string | undefined;
  readonly encryptedCommentRegex?: string | undefined;
}

/** The rules by the names files and .sops.yaml have for them. */
export const RULE_FIELDS = [
  ["unencrypted_suffix", "unencryptedSuffix"],
  ["encrypted_suffix", "encryptedSuffix"],
  ["unencrypted_regex", "unencryptedRegex"],
  ["encrypted_regex", "encryptedRegex"],
  ["unencrypted_comment_regex", "unencryptedCommentRegex"],
  ["encrypted_comment_regex", "encryptedCommentRegex"],
] as const satisfies readonly (readonly [name: string, field: keyof SelectionRules])[];

export const UNENCRYPTED_SUFFIX_DEFAULT = "_unencrypted";

/** Whether the leaf at `path` is encrypted; `isComment` when it is itself the last of the comments. */
export type Selection = (path: readonly string[], comments: CommentStack, isComment: boolean) => boolean;

/** @throws ProblemError InvalidSopsRule for a regular expression that is none */
export function selectionOf(rules: SelectionRules): Selection {
  const unencryptedRegex = compile(rules.unencryptedRegex, "unencrypted_regex");
  const encryptedRegex = compile(rules.encryptedRegex, "encrypted_regex");
  const unencryptedComment = compile(rules.unencryptedCommentRegex, "unencrypted_comment_regex");
  const encryptedComment = compile(rules.encryptedCommentRegex, "encrypted_comment_regex");
  const { unencryptedSuffix, encryptedSuffix } = rules;
  return (path, comments, isComment) => {
    let isEncrypted = true;
    if (unencryptedSuffix) isEncrypted = !path.some((key) => key.endsWith(unencryptedSuffix));
    if (encryptedSuffix) isEncrypted = path.some((key) => key.endsWith(encryptedSuffix));
    if (unencryptedRegex && path.some(unencryptedRegex)) isEncrypted = false;
    if (encryptedRegex) isEncrypted = path.some(encryptedRegex);
    if (unencryptedComment && comments.some((level) => level.some(unencryptedComment))) isEncrypted = false;
    // The comment that asks for encryption stays readable itself.
    if (encryptedComment)
      isEncrypted = (isComment ? withoutLast(comments) : comments).some((level) => level.some(encryptedComment));
    return isEncrypted;
  };
}

function withoutLast(comments: CommentStack): CommentStack {
  return [...comments.slice(0, -1), comments.at(-1)?.slice(0, -1) ?? []];
}

function compile(source: string | undefined, name: string): ((text: string) => boolean) | undefined {
  if (!source) return undefined;
  try {
    const pattern = RE2JS.compile(source);
    return (text) => pattern.matcher(text).find();
  } catch {
    throw problemError("InvalidSopsRule", `${name} ${JSON.stringify(source)} is no regular expression`, {
      hint: "RE2, as Go has it",
    });
  }
}
