import { createHash } from "node:crypto";
import type { Problem } from "@fairlead/base";
import type { ApplicationSource } from "../application/types.ts";
import type { Project } from "../project/types.ts";
import type { ResolvedSource, SourceAccess } from "../source/types.ts";
import { splitSigned } from "./split.ts";
import type { verifyWithGpg, Verdict } from "./gpg.ts";

export type VerifySignature = typeof verifyWithGpg;

export interface SignatureFacts {
  readonly sources: SourceAccess;
  /** Armoured public keys. */
  readonly keys: ReadonlyMap<string, string>;
}

const KEPT_MAX = 5_000;

/** Verdicts by revision and keyring: a signature is checked once, not at every look. */
export class Signatures {
  readonly #verify: VerifySignature;
  readonly #known = new Map<string, Promise<Verdict>>();

  constructor(verify: VerifySignature) {
    this.#verify = verify;
  }

  /** What keeps a revision from being applied under a project with signatureKeys; undefined when nothing does. */
  async fault(
    facts: SignatureFacts,
    project: Project,
    source: ApplicationSource,
    resolved: ResolvedSource,
    revision: string | undefined,
  ): Promise<Problem | undefined> {
    const { signatureKeys } = project.spec;
    if (signatureKeys.length === 0) return undefined;
    const verdict = await this.#verdict(facts, source, resolved, revision);
    const isListed = verdict.ok && signatureKeys.includes(verdict.keyId);
    if (isListed) return undefined;
    const reason = verdict.ok
      ? `it is signed by ${verdict.signer} with key ${verdict.keyId}, which spec.signatureKeys does not list`
      : verdict.reason;
    return {
      code: "SignatureRequired",
      message: `project ${project.name} requires signed revisions, and ${source.repoURL} at ${resolved.revision.slice(0, 12)} cannot be used: ${reason}`,
      hint: `keys that may sign: ${signatureKeys.join(", ")}; their public parts belong into argocd-gpg-keys-cm`,
    };
  }

  async #verdict(
    facts: SignatureFacts,
    source: ApplicationSource,
    resolved: ResolvedSource,
    revision: string | undefined,
  ): Promise<Verdict> {
    const { keys, sources } = facts;
    const content = await sources.signedObject?.(source, resolved, revision);
    if (!content) return { ok: false, reason: "there is no commit or tag that could be signed" };
    const signed = splitSigned(content);
    if (!signed) return { ok: false, reason: "it is not signed with GnuPG" };
    const key = createHash("sha1")
      .update(content)
      .update(JSON.stringify([...keys]))
      .digest("base64");
    let known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= KEPT_MAX) this.#known.clear();
      this.#known.set(key, (known = this.#verify(signed, keys)));
      // That gpg could not be run says nothing about the signature.
      known.catch(() => this.#known.delete(key));
    }
    return known;
  }
}
