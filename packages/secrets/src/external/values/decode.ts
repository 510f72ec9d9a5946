import { problemError } from "@fairlead/base";
import type { DecodingStrategy } from "../model/types.ts";

/** Base64 by Go's rules: padded, nothing after the end, line breaks passed over. undefined when it is not. */
function decodeStrict(value: Uint8Array, alphabet: RegExp, encoding: "base64" | "base64url"): Uint8Array | undefined {
  const text = Buffer.from(value)
    .toString("latin1")
    .replace(/[\r\n]/g, "");
  return text.length % 4 === 0 && alphabet.test(text) ? Buffer.from(text, encoding) : undefined;
}

const base64 = (value: Uint8Array): Uint8Array | undefined => decodeStrict(value, /^[A-Za-z0-9+/]*={0,2}$/, "base64");
const base64Url = (value: Uint8Array): Uint8Array | undefined =>
  decodeStrict(value, /^[A-Za-z0-9\-_]*={0,2}$/, "base64url");

/** `what` names the value in the message. @throws ProblemError InvalidRemoteValue */
export function decodeValue(strategy: DecodingStrategy, value: Uint8Array, what: string): Uint8Array {
  const decoded = {
    None: () => value,
    Base64: () => base64(value),
    Base64URL: () => base64Url(value),
    Auto: () => base64(value) ?? base64Url(value) ?? value,
  }[strategy]();
  if (decoded !== undefined) return decoded;
  throw problemError(
    "InvalidRemoteValue",
    `error applying decoding strategy ${strategy} to data: ${what} is not of that encoding`,
  );
}

/** @throws ProblemError InvalidRemoteValue */
export function refuseNullBytes(value: Uint8Array, key: string): void {
  if (!value.includes(0)) return;
  throw problemError(
    "InvalidRemoteValue",
    `fetched secret value for key ${JSON.stringify(key)} contains null bytes; use a text-safe format such as PEM/base64 or leave nullBytePolicy unset for intentional binary data`,
  );
}
