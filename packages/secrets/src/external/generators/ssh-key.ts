import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { RandomSource } from "@fairlead/gotemplate";
import { entriesFrom } from "./clouds.ts";
import type { Generator } from "./types.ts";

const generate = promisify(generateKeyPair);
const CURVES: Readonly<Record<number, string>> = { 256: "P-256", 384: "P-384", 521: "P-521" };
const NAMES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** A pair of keys as ssh-keygen writes them. */
export const sshKeyGenerator: Generator = {
  kind: "SSHKey",
  parse(spec) {
    const type = spec.choice("keyType", ["rsa", "ecdsa", "ed25519"], "rsa");
    const size = spec.integer("keySize", type === "rsa" ? 2048 : 256);
    if (size < 256 || size > 8192) spec.fault("keySize", "must be 256 to 8192");
    if (type === "rsa" && size < 1024) spec.fault("keySize", "must be at least 1024 for rsa");
    const comment = spec.text("comment");
    if (/[\r\n]/.test(comment)) spec.fault("comment", "must be one line");
    return async ({ random }) => {
      const parts = sshParts(await keyPair(type, size));
      const open = blob(...parts.open);
      const line = `${parts.open[0]?.toString() ?? ""} ${open.toString("base64")}`;
      return entriesFrom({
        privateKey: opensshPem(open, parts.secret, comment, random),
        publicKey: `${line}${comment === "" ? "" : ` ${comment}`}\n`,
      });
    };
  },
};

async function keyPair(type: "rsa" | "ecdsa" | "ed25519", size: number): Promise<KeyObject> {
  if (type === "ed25519") return (await generate("ed25519")).privateKey;
  if (type === "ecdsa") return (await generate("ec", { namedCurve: CURVES[size] ?? "P-256" })).privateKey;
  return (await generate("rsa", { modulusLength: size })).privateKey;
}

interface SshParts {
  /** Fields of the public key, the type first. */
  readonly open: readonly Buffer[];
  /** Fields of the private one. */
  readonly secret: readonly Buffer[];
}

function sshParts(key: KeyObject): SshParts {
  const jwk = key.export({ format: "jwk" });
  const of = (name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y"): Buffer =>
    Buffer.from(jwk[name] ?? "", "base64url");
  if (jwk.kty === "RSA") {
    const name = Buffer.from("ssh-rsa");
    const numbers = ["n", "e", "d", "qi", "p", "q"] as const;
    return {
      open: [name, integer(of("e")), integer(of("n"))],
      secret: [name, ...numbers.map((part) => integer(of(part)))],
    };
  }
  if (jwk.kty === "OKP") {
    const name = Buffer.from("ssh-ed25519");
    return { open: [name, of("x")], secret: [name, of("x"), Buffer.concat([of("d"), of("x")])] };
  }
  const curve = Buffer.from(NAMES[jwk.crv ?? ""] ?? "");
  const name = Buffer.concat([Buffer.from("ecdsa-sha2-"), curve]);
  const point = Buffer.concat([Buffer.of(4), of("x"), of("y")]);
  return { open: [name, curve, point], secret: [name, curve, point, integer(of("d"))] };
}

/** A number as SSH has it: positive, without needless zeros. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  return (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short;
}

/** Each field with its length before it. */
function blob(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

/** openssh-key-v1 without a passphrase: magic, no cipher, one key, and the private part padded to eight bytes. */
function opensshPem(open: Buffer, secret: readonly Buffer[], comment: string, random: RandomSource): string {
  const check = Buffer.from(random.bytes(4));
  const plain = Buffer.concat([check, check, blob(...secret, Buffer.from(comment))]);
  const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, at) => at + 1));
  const none = Buffer.from("none");
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    blob(none, none, Buffer.alloc(0)),
    Buffer.of(0, 0, 0, 1),
    blob(open, Buffer.concat([plain, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
