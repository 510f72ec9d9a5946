/** Data keys wrapped for age recipients: X25519, post-quantum and tagged ones by the library, SSH keys by ssh.ts. */
import { problemError } from "@fairlead/base";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { sshIdentity, sshRecipient } from "./ssh.ts";
import type { KeyService } from "./types.ts";

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1/;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;

/** The identities in the text of key files: an age identity a line, `#` begins a comment; SSH private keys whole. */
export function ageIdentitiesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...lines.filter((line) => IDENTITY.test(line)), ...(text.match(PEM) ?? [])];
}

/** @param identities AGE-SECRET-KEY-… or private SSH keys; without any, files can be encrypted and none opened */
export function ageService(identities: readonly string[]): KeyService {
  return {
    async wrap({ fields: { recipient = "" } }, dataKey) {
      const encrypter = new Encrypter();
      try {
        encrypter.addRecipient(recipient.startsWith("ssh-") ? (sshRecipient(recipient) ?? recipient) : recipient);
      } catch {
        throw problemError(
          "KeyUnusable",
          `failed to parse input, unknown recipient type: ${JSON.stringify(recipient)}`,
          {
            hint: "age1…, age1pq1…, or the public part of an SSH key",
          },
        );
      }
      return armor.encode(await encrypter.encrypt(dataKey));
    },
    async unwrap({ fields: { recipient = "" }, enc }) {
      if (identities.length === 0) throw problemError("KeyUnusable", `${recipient}: there is no age identity here`);
      try {
        return await decrypterOf(identities).decrypt(armor.decode(enc));
      } catch {
        // The library's own words may differ by which part failed, and none of them helps a person.
        throw problemError("KeyUnusable", `${recipient}: none of the age identities here opens it`);
      }
    },
  };
}

function decrypterOf(identities: readonly string[]): Decrypter {
  const decrypter = new Decrypter();
  for (const identity of identities) {
    if (IDENTITY.test(identity)) decrypter.addIdentity(identity);
    else {
      // One that is locked by a passphrase is no reason not to try the others.
      const ssh = sshIdentity(identity);
      if (ssh) decrypter.addIdentity(ssh);
    }
  }
  return decrypter;
}
