import assert from "node:assert/strict";
import { test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { ProblemError } from "@fairlead/base";
import {
  ageService,
  storeOf,
  newDataKey,
  openSopsFile,
  sealSopsFile,
  ValueCipher,
  type Metadata,
  type Store,
} from "@fairlead/secrets";

const NOW = Date.parse("2026-11-24T10:00:00Z");
const identities = [await generateIdentity(), await generateIdentity()];
const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)));
const keys = { age: ageService(identities) };

function metadataFor(rules: Partial<Metadata>, groups: readonly (readonly string[])[] = [recipients]): Metadata {
  const keyGroups = groups.map((group) =>
    group.map((recipient) => ({ kind: "age" as const, fields: { recipient }, enc: "" })),
  );
  const empty = { lastModified: "", mac: "", version: "", shamirThreshold: 0 };
  return { ...empty, unencryptedSuffix: "_unencrypted", ...rules, keyGroups };
}

async function encrypt(text: string, store: Store, asked: Metadata): Promise<string> {
  const { dataKey, metadata } = await newDataKey(asked, keys);
  return sealSopsFile({ branches: store.read(text), metadata, cipher: new ValueCipher(dataKey) }, store, NOW);
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.message.includes("planted"), false);
    return error.code;
  }
  return "";
}

const YAML =
  "# about\na: planted # here\nlist:\n    # one\n    - 1\n    - 2.5\nn_unencrypted: {b: true}\n---\nsecond: 2020-01-02\n";
const YAML_AGAIN =
  "# about\n# here\na: planted\nlist:\n    # one\n    - 1\n    - 2.5\nn_unencrypted:\n    b: true\n---\nsecond: 2020-01-02T00:00:00Z\n";
const JSON_TEXT = '{\n\t"2": "planted",\n\t"1": [\n\t\t9007199254740993,\n\t\tnull\n\t],\n\t"e": {}\n}\n';

test("YAML and JSON come back with order, comments, documents and kinds", async () => {
  for (const [text, again, store] of [
    [YAML, YAML_AGAIN, storeOf("yaml")],
    [JSON_TEXT, JSON_TEXT, storeOf("json")],
  ] as const) {
    const sealed = await encrypt(text, store, metadataFor({}));
    assert.equal(sealed.includes("planted"), false);
    const open = await openSopsFile(sealed, store, { keys });
    assert.equal(store.write(open.branches), again);
    const same = sealSopsFile(open, store, NOW);
    assert.deepEqual(dataOf(same), dataOf(sealed), "unchanged values keep their ciphertexts");
  }
});

function dataOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => line.match(/data:[^,]+,iv:[^,]+,.*type:(?:int|float|time)/)?.[0] ?? []);
}

const RULES: readonly (readonly [Partial<Metadata>, readonly string[]])[] = [
  [{}, ["a", "list"]],
  [{ unencryptedSuffix: undefined, encryptedSuffix: "st" }, ["list"]],
  [{ unencryptedSuffix: undefined, encryptedRegex: "^(a|n_)" }, ["a", "n_unencrypted"]],
  [{ unencryptedSuffix: undefined, unencryptedRegex: "^a$" }, ["list", "n_unencrypted"]],
  [{ unencryptedSuffix: undefined, encryptedCommentRegex: "enc" }, ["list"]],
  [{ unencryptedSuffix: undefined, unencryptedCommentRegex: "enc" }, ["a", "n_unencrypted"]],
];

test("each rule chooses what is encrypted, with the MAC over all or over that alone", async () => {
  for (const [rules, encrypted] of RULES) {
    for (const macOnlyEncrypted of [false, true]) {
      const text = "a: 1\n# enc\nlist: [2]\nn_unencrypted: 3\n";
      const sealed = await encrypt(text, storeOf("yaml"), metadataFor({ ...rules, macOnlyEncrypted }));
      const [branch] = storeOf("yaml").read(sealed);
      const found = branch?.entries().filter(({ key, value }) => key !== "sops" && /ENC\[/.test(String(value)));
      assert.deepEqual(
        found?.map(({ key }) => key),
        encrypted,
        JSON.stringify(rules),
      );
      await openSopsFile(sealed, storeOf("yaml"), { keys });
      const changed = sealed.replace(/^n_unencrypted: 3$/m, "n_unencrypted: 4").replace(/^a: 1$/m, "a: 7");
      if (changed === sealed) continue;
      const code = await codeOf(openSopsFile(changed, storeOf("yaml"), { keys }));
      assert.equal(code, macOnlyEncrypted ? "" : "MacMismatch", JSON.stringify(rules));
    }
  }
});

test("groups of keys share the data key: all are needed, or as many as the threshold says", async () => {
  const [one = "", two = ""] = recipients;
  const sealed = await encrypt("a: 1\n", storeOf("yaml"), metadataFor({}, [[one], [two]]));
  const text = async (service: ReturnType<typeof ageService>) =>
    storeOf("yaml").write((await openSopsFile(sealed, storeOf("yaml"), { keys: { age: service } })).branches);
  assert.equal(await text(keys.age), "a: 1\n");
  assert.equal(await codeOf(text(ageService(identities.slice(0, 1)))), "NoDataKey");
});

test("files that are changed, cut, or not ours are refused by name", async () => {
  const sealed = await encrypt("a: planted\nb: [1, 2]\n", storeOf("yaml"), metadataFor({}));
  const cases: readonly (readonly [string, string])[] = [
    [sealed.replace(/^a: /m, "c: "), "DecryptFailed"],
    [sealed.replace(/^ {4}- ENC.*\n/m, ""), "MacMismatch"],
    [sealed.replace(/^( {4}mac: ).*$/m, '$1""'), "MacMissing"],
    [sealed.replace(/^( {4}lastmodified: ).*$/m, '$1"2020-01-01T00:00:00Z"'), "MacMismatch"],
    [sealed.replace(/^a: .*$/m, "a: planted"), "DecryptFailed"],
    ["a: planted\n", "InvalidSopsFile"],
    ["a: [planted\n", "InvalidSopsFile"],
    ["- planted\n", "InvalidSopsFile"],
  ];
  for (const [text, code] of cases) {
    assert.equal(await codeOf(openSopsFile(text, storeOf("yaml"), { keys })), code, text.slice(0, 60));
  }
  assert.equal(await codeOf(openSopsFile(sealed, storeOf("yaml"), { keys: {} })), "NoDataKey");
});
