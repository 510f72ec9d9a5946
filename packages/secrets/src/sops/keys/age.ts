/** Data keys wrapped for age recipients. */
import { problemError } from "@fairlead/base";
import { armor, Decrypter, Encrypter } from "age-encryption";
import type { KeyService } from "./types.ts";

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1/;

/** The identities in the text of key files: one a line, `#` begins a comment. */
export function ageIdentitiesIn(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const trimmed = line.trim();
    return IDENTITY.test(trimmed) ? [trimmed] : [];
  });
}

/** @param identities AGE-SECRET-KEY-…; without any, files can be encrypted and none opened */
export function ageService(identities: readonly string[]): KeyService {
  return {
    async wrap({ fields: { recipient = "" } }, dataKey) {
      const encrypter = new Encrypter();
      try {
        encrypter.addRecipient(recipient);
      } catch {
        throw problemError("KeyUnusable", `${JSON.stringify(recipient)} is no age recipient`, { hint: "age1…" });
      }
      return armor.encode(await encrypter.encrypt(dataKey));
    },
    async unwrap({ fields: { recipient = "" }, enc }) {
      if (identities.length === 0) throw problemError("KeyUnusable", `${recipient}: there is no age identity here`);
      try {
        const decrypter = new Decrypter();
        for (const identity of identities) decrypter.addIdentity(identity);
        return await decrypter.decrypt(armor.decode(enc));
      } catch {
        // The library's own words may differ by which part failed, and none of them helps a person.
        throw problemError("KeyUnusable", `${recipient}: none of the age identities here opens it`);
      }
    },
  };
}
