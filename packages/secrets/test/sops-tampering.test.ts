import assert from "node:assert/strict";
import { test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { ProblemError } from "@fairlead/base";
import { ageService } from "../src/sops/keys/age.ts";
import { newDataKey, openSopsFile, sealSopsFile } from "../src/sops/file.ts";
import { parseKeys } from "../src/sops/keys/parse.ts";
import { storeOf, type SopsFormat } from "../src/sops/stores/index.ts";
import { ValueCipher } from "../src/sops/value.ts";

const identity = await generateIdentity();
const now = "2026-01-02T03:04:05Z";
const keys = { age: ageService([identity]) };
const group = parseKeys("age", await identityToRecipient(identity), { now });

const FILES: Readonly<Record<SopsFormat, string>> = {
  yaml: "first: text\nsecond:\n    inner: 4711815\n    list:\n        - 1.5\n        - true\n",
  json: '{\n\t"first": "text",\n\t"second": {\n\t\t"inner": 4711815\n\t}\n}\n',
  dotenv: "FIRST=text\nSECOND=more\n",
  ini: "[section]\nfirst  = text\nsecond = more\n",
  binary: "\u0000\u0001 any bytes",
};

async function sealed(format: SopsFormat): Promise<string> {
  const store = storeOf(format);
  const asked = {
    keyGroups: [group],
    shamirThreshold: 0,
    lastModified: now,
    mac: "",
    version: "",
    unencryptedSuffix: "_unencrypted",
  };
  const { dataKey, metadata } = await newDataKey(asked, keys);
  const cipher = new ValueCipher(dataKey);
  return sealSopsFile({ branches: store.read(FILES[format]), metadata, cipher }, store, Date.parse(now));
}

/** What a file opens to; undefined when it is refused. */
async function opened(text: string, format: SopsFormat): Promise<string | undefined> {
  const store = storeOf(format);
  try {
    return store.write((await openSopsFile(text, store, { keys })).branches);
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    for (const value of ["4711815", "any bytes"]) assert.equal(error.message.includes(value), false, error.message);
    return undefined;
  }
}

test("a file with any bit flipped, any byte gone or any piece doubled is refused, or opens to what it was", async () => {
  for (const format of Object.keys(FILES) as SopsFormat[]) {
    const text = await sealed(format);
    const bytes = Buffer.from(text);
    const wanted = await opened(text, format);
    assert.equal(wanted, storeOf(format).write(storeOf(format).read(FILES[format])));
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      bit: fc.nat(6),
      kind: fc.constantFrom("flip", "cut", "double"),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, bit, kind }) => {
        const changed = Buffer.from(bytes);
        if (kind === "flip") changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        const piece = changed.subarray(at, at + 8);
        const whole =
          kind === "cut"
            ? Buffer.concat([changed.subarray(0, at), changed.subarray(at + 1)])
            : kind === "double"
              ? Buffer.concat([changed.subarray(0, at), piece, changed.subarray(at)])
              : changed;
        const result = await opened(whole.toString("latin1"), format);
        assert.ok(result === undefined || result === wanted, `${format} ${kind} at ${at}: ${JSON.stringify(result)}`);
      }),
      { numRuns: 60, seed: 7 },
    );
  }
});
