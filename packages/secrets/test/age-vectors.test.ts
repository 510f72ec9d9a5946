import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { ProblemError } from "@fairlead/base";
import * as vectors from "cctv-age";
import { isAgeFile, openAgeFile, openWithPassphrase } from "../src/sops/keys/age.ts";

interface Vector {
  readonly expect: string;
  /** SHA-256 of what is in it, in hexadecimal. */
  readonly payload: string;
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly file: Buffer;
}

/** A textual header, an empty line, and an age file, compressed perhaps. */
function parseVector(bytes: Uint8Array): Vector {
  const all = Buffer.from(bytes);
  const end = all.indexOf("\n\n");
  const fields = all
    .subarray(0, end)
    .toString()
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)] as const);
  const every = (name: string): string[] => fields.flatMap(([key, value]) => (key === name ? [value] : []));
  const body = all.subarray(end + 2);
  return {
    expect: every("expect")[0] ?? "",
    payload: every("payload")[0] ?? "",
    identities: every("identity"),
    passphrases: every("passphrase"),
    file: every("compressed").includes("zlib") ? inflateSync(body) : body,
  };
}

/** With the one way in that the vector names, as our commands open files. */
async function open({ file, identities, passphrases }: Vector): Promise<Buffer> {
  const [passphrase] = passphrases;
  return passphrase === undefined ? openAgeFile(file, { identities, notes: [] }) : openWithPassphrase(file, passphrase);
}

const named = Object.entries(vectors as unknown as Readonly<Record<string, Uint8Array>>).filter(
  ([name, value]) => name !== "default" && value instanceof Uint8Array,
);

test("there are as many public vectors as the suite says, of every kind", () => {
  const kinds = new Set(named.map(([, bytes]) => parseVector(bytes).expect));
  assert.ok(named.length >= 140, String(named.length));
  const wanted = ["HMAC failure", "armor failure", "header failure", "no match", "payload failure", "success"];
  assert.deepEqual([...kinds].sort(), wanted);
});

test("every public age vector opens to its payload, or is refused", async (t) => {
  for (const [name, bytes] of named) {
    const vector = parseVector(bytes);
    await t.test(name, async () => {
      if (vector.expect === "success") {
        assert.ok(isAgeFile(vector.file), "it is told to be an age file");
        const plain = await open(vector);
        assert.equal(createHash("sha256").update(plain).digest("hex"), vector.payload);
      } else {
        await assert.rejects(open(vector), (error) => error instanceof ProblemError && error.code === "KeyUnusable");
      }
    });
  }
});
