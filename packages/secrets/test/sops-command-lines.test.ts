import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sopsCommand } from "@fairlead/secrets/command";

const folder = mkdtempSync(join(tmpdir(), "sops-lines-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const identities = [await generateIdentity(), await generateIdentity(), await generateIdentity()] as const;
const [one, two, three] = await Promise.all(identities.map((identity) => identityToRecipient(identity)));

async function sops(...args: readonly (string | undefined)[]): Promise<{ exit: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const given = args.map((arg) => arg ?? "");
  const exit = await sopsCommand(given, {
    stdout: { write: (text) => void (out += Buffer.from(text as string).toString()) },
    stderr: { write: (text) => void (err += text) },
    stdin: Readable.from([]),
    env: { HOME: folder, PATH: process.env["PATH"], SOPS_AGE_KEY: identities.join("\n") },
    cwd: folder,
    signal: AbortSignal.timeout(50_000),
  });
  return { exit, out, err };
}

const put = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const sealed = async (
  name: string,
  text: string | Buffer = "a: planted\nb:\n    c: 1\nl:\n    - 1\n",
): Promise<string> => {
  assert.equal((await sops("encrypt", "-i", "--age", one, put(name, text))).exit, 0);
  return name;
};

/** Exit codes as sops 3.13.3 has them. FILE is an encrypted file. */
const LINES: readonly (readonly [line: string, exit: number, says: RegExp])[] = [
  ["decrypt --nope FILE", 1, /flag provided but not defined: -nope/],
  ["--nope decrypt FILE", 1, /flag provided but not defined: -nope/],
  ["encrypt --age", 1, /flag needs an argument: -age/],
  ["decrypt --in-place=maybe FILE", 1, /invalid boolean value "maybe" for -in-place/],
  ["decrypt -i", 8, /cannot use --in-place when reading from stdin/],
  ["encrypt", 8, /must specify --filename-override/],
  ["decrypt -i --output x FILE", 8, /--output and --in-place/],
  ["decrypt none.yaml", 100, /cannot operate on non-existent file/],
  ["rotate none.yaml", 2, /Error reading file: open .*none\.yaml: no such file/],
  ["rotate --add-age ONE none.yaml", 49, /cannot add or remove keys on non-existent file/],
  ["-r --rm-age ONE none.yaml", 49, /use `--kms` and `--pgp` instead/],
  ['set none.yaml ["a"] 1', 2, /Error reading file/],
  ['unset none.yaml ["a"]', 2, /Error reading file/],
  ["exec-env none.yaml true", 2, /open none\.yaml/],
  ["updatekeys FILE", 1, /config file not found/],
  ["rotate -i --rm-age nobody FILE", 1, /unknown recipient type: "nobody"/],
  ["rotate -i --add-age nobody FILE", 1, /unknown recipient type: "nobody"/],
  ["rotate -i --rm-hckms x FILE", 1, /expected 'region:key-uuid'/],
  ["rotate -i --rm-age ONE FILE", 1, /empty key group provided/],
  ["encrypt --encryption-context bad --age ONE plain.yaml", 6, /Invalid KMS encryption context format/],
  ["encrypt --shamir-secret-sharing-threshold x --age ONE plain.yaml", 1, /parse error/],
  ["encrypt --age ONE --encrypted-regex ( plain.yaml", 23, /no regular expression/],
  ['set FILE ["a"] 1E400', 7, /not valid JSON/],
  ['set FILE ["a"]', 100, /Need precisely 3 positional arguments/],
  ['set FILE ["sops"] 1', 203, /top-level entry called 'sops'/],
  ['set FILE ["l"]["x"] 1', 1, /a list has none/],
  ['unset --idempotent FILE ["a"]["x"]', 1, /Unsupported type/],
  ['unset --idempotent FILE ["none"]', 0, /^$/],
  ['decrypt --extract ["b"] --output-type binary FILE', 4, /no binary data found in tree/],
  ['decrypt --extract ["b"]["c"] --output-type dotenv FILE', 4, /only supports emitting strings/],
  ["filestatus list.json", 1, /cannot check file status/],
  ["filestatus cut.yaml", 1, /cannot check file status/],
  ["groups delete --file FILE", 1, /exactly one positional argument/],
  ["groups delete --file FILE 7", 1, /no key group 7/],
  ["groups add --file FILE x", 1, /no positional arguments allowed/],
  ["publish FILE", 1, /config file not found/],
  ["keyservice", 1, /not offered here/],
  ["completion fish", 1, /bash or zsh/],
  ["decrypt FILE other.yaml", 0, /only the first one is used/],
];

test("command lines end as with sops, and say why", async () => {
  put("plain.yaml", "a: 1\n");
  put("list.json", "[1]");
  put("cut.yaml", "x: [");
  for (const [line, exit, says] of LINES) {
    await sealed("s.yaml");
    const words = line.split(" ").map((word) => word.replace("FILE", "s.yaml").replace("ONE", one ?? ""));
    const answer = await sops(...words);
    assert.equal(answer.exit, exit, `${line}: ${answer.err}`);
    assert.match(answer.err, says, line);
  }
});

test("flags are written with one dash or two, with = or without, before the command or with it, even after the file", async () => {
  await sealed("flags.yaml", "a: planted\n");
  const json = '{\n\t"a": "planted"\n}\n';
  for (const line of [
    ["decrypt", "-output-type", "json", "flags.yaml"],
    ["decrypt", "-output-type=json", "flags.yaml"],
    ["decrypt", "flags.yaml", "--output-type", "json"],
    ["-d", "--output-type=json", "flags.yaml"],
    ["--output-type", "json", "-d", "flags.yaml"],
    ["decrypt", "-i=false", "--output-type", "json", "flags.yaml"],
  ]) {
    assert.deepEqual(await sops(...line), { exit: 0, out: json, err: "" }, line.join(" "));
  }
  assert.match(
    (await sops("--mac-only-encrypted", "encrypt", "--age", one, put("m.yaml", "a: 1\n"))).out,
    /mac_only_enc/,
  );
  assert.match(
    (await sops("--indent", "2", "encrypt", "--age", one, put("m.yaml", "a: {b: 1}\n"))).out,
    /^a:\n {2}b: ENC/,
  );
});

test("a negative number is a value and no flag", async () => {
  await sealed("minus.yaml");
  assert.equal((await sops("set", "minus.yaml", '["a"]', "-5")).exit, 0);
  assert.match((await sops("decrypt", "minus.yaml")).out, /^a: -5$/m);
});

test("groups of keys are added and taken away under the data key the file has", async () => {
  await sealed("groups.yaml");
  const value = /^a: (ENC.*)$/m.exec(read("groups.yaml"))?.[1] ?? assert.fail();
  assert.equal((await sops("groups", "add", "--file", "groups.yaml", "-i", "--age", two, "--age", three)).exit, 0);
  assert.match(read("groups.yaml"), /shamir_threshold: 2/);
  assert.ok(read("groups.yaml").includes(value));
  assert.equal((await sops("decrypt", "groups.yaml")).exit, 0);
  const refused = await sops("groups", "delete", "-f", "groups.yaml", "-i", "0");
  assert.match(refused.err, /Shamir threshold is 2, but we only have 1 key groups/);
  const left = ["groups", "delete", "-f", "groups.yaml", "-i", "--shamir-secret-sharing-threshold", "1", "0"];
  assert.equal((await sops(...left)).exit, 0);
  assert.equal(read("groups.yaml").includes(one ?? ""), false);
  assert.equal((await sops("decrypt", "groups.yaml")).exit, 0);
});

test("updatekeys keeps the file's threshold, goes on after a file that fails, and asks first", async () => {
  await sealed("u1.yaml");
  await sealed("u2.yaml");
  const rule = `creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [${one}]\n      - age: [${two}]\n      - age: [${three}]\n`;
  const config = put("rules.yaml", rule);
  assert.equal((await sops("--config", config, "updatekeys", "u1.yaml")).exit, 1, "nobody answers");
  const many = await sops("--config", config, "updatekeys", "-y", "u1.yaml", "none.yaml", "u2.yaml");
  assert.equal(many.exit, 1);
  assert.match(many.err, /failed updating 1 key\(s\)/);
  for (const name of ["u1.yaml", "u2.yaml"]) {
    assert.match(read(name), /shamir_threshold: 3/, "sops gives new groups a threshold of all of them");
    assert.equal((await sops("decrypt", name)).exit, 0);
  }
  assert.match((await sops("--config", config, "updatekeys", "u1.yaml")).err, /already up to date/);
});

test("the completion of a shell knows every command", async () => {
  const { out } = await sops("completion", "bash");
  for (const name of ["decrypt", "exec-env", "groups", "textconv"])
    assert.match(out, new RegExp(`"[^"\n]*\\b${name}\\b`));
  assert.match((await sops("completion", "zsh")).out, /bashcompinit/);
});

/** What sops 3.13.3 prints of a file, as the type that is named; found by running both. */
const PRINTED: readonly (readonly [name: string, text: string, type: string, printed: string])[] = [
  ["merge.yaml", "a: &x\n    k: 1\nb:\n    <<: *x\n", "yaml", "a:\n    k: 1\nb:\n    !!merge <<:\n        k: 1\n"],
  ["bytes.yaml", "b: !!binary /w==\n", "yaml", "b: !!binary /w==\n"],
  [
    "floats.yaml",
    "a: 1e10\nb: 1.5e-10\nc: 3.0e+2\nd: 123456789.5\ne: -.inf\n",
    "dotenv",
    "a=1E+10\nb=1.5E-10\nc=300.0\nd=1.234567895E+08\ne=-Inf\n",
  ],
  ["times.yaml", "a: 2020-01-01T10:11:12.5Z\n", "dotenv", "a=2020-01-01T10:11:12Z\n"],
];

test("what other types write of a file is what sops writes, to the byte", async () => {
  for (const [name, text, type, printed] of PRINTED) {
    await sealed(name, text);
    assert.deepEqual(await sops("decrypt", "--output-type", type, name), { exit: 0, out: printed, err: "" }, name);
  }
});

test("a file of nothing but comments, and a number beyond 64 bits, are refused as unreadable", async () => {
  for (const [name, text] of [
    ["comments.yaml", "# nothing\n"],
    ["number.json", '{"a":1e400}'],
  ] as const) {
    assert.equal((await sops("encrypt", "--age", one, put(name, text))).exit, 2, name);
  }
  assert.equal((await sops("encrypt", "--age", one, put("empty.yaml", ""))).exit, 92);
});

/** Command lines after one another on `a.yaml`, and what sops 3.13.3 says; found by running both. */
const PATHS: readonly (readonly [args: readonly string[], exit: number, out?: RegExp])[] = [
  [["decrypt", "--extract", '["list"][-1]', "paths.yaml"], 1],
  [["decrypt", "--extract", '["map"][0]', "paths.yaml"], 1],
  [["decrypt", "--extract", '["map"]', "paths.yaml"], 0, /^k: v\n---\nb: 2\n$/],
  [["set", "paths.yaml", '["map"][0]', "1"], 0],
  [["set", "paths.yaml", '["list"][-1]', "1"], 1],
  [["set", "paths.yaml", '["new"][7]', "1"], 0],
  [["decrypt", "paths.yaml"], 0, /^map:\n {4}k: v\nlist:\n {4}- 1\nnew:\n {4}- 1\n---\nb: 2\n$/],
];

test("an index has no place in a mapping, which stays as it is; a part of one document leaves the others", async () => {
  await sealed("paths.yaml", "map: {k: v}\nlist: [1]\n---\nb: 2\n");
  for (const [args, exit, out = /^$/] of PATHS) {
    const answer = await sops(...args);
    assert.equal(answer.exit, exit, args.join(" "));
    assert.match(answer.out, out, args.join(" "));
  }
});

test("where the metadata goes nothing of the file's own is written over", async () => {
  assert.equal((await sops("encrypt", "--age", one, put("second.yaml", "a: 1\n---\nsops: 1\n"))).exit, 4);
  assert.equal((await sops("encrypt", "--age", one, put("taken.yaml", "sops: 1\n"))).exit, 203);
  await sealed("own.env", "A=1\n");
  assert.equal(
    (await sops("set", "own.env", '["sops"]', '"mine"')).exit,
    0,
    "only what begins with sops_ is taken here",
  );
  assert.match((await sops("decrypt", "own.env")).out, /^sops=mine$/m);
  assert.equal((await sops("set", "own.env", '["sops_mac"]', '"mine"')).exit, 203);
});

test("keys that are no text, and numbers beyond 64 bits, cannot be encrypted, which is not the fault of the YAML", async () => {
  for (const text of ["1: a\n", "true: a\n", "~: a\n", "a: {1.5: x}\n", "a: 18446744073709551615\n"]) {
    const { exit, err } = await sops("encrypt", "--age", one, put("kinds.yaml", text));
    assert.equal(exit, 23, text);
    assert.match(err, /put it in quotes/);
  }
});

test("UTF-16 is read by its mark, and in later documents both of two keys of one name are kept", async () => {
  const utf16 = Buffer.from("\uFEFFa: \u00fc\n", "utf16le");
  for (const [name, bytes] of [
    ["little.yaml", utf16],
    ["big.yaml", Buffer.from(utf16).swap16()],
  ] as const) {
    await sealed(name, bytes);
    assert.equal((await sops("decrypt", name)).out, "a: \u00fc\n");
  }
  await sealed("doubled.yaml", "a: 1\n---\nb: 1\nb: 2\n");
  assert.match((await sops("decrypt", "doubled.yaml")).out, /b: 1\nb: 2\n$/);
  assert.equal((await sops("encrypt", "--age", one, put("first.yaml", "b: 1\nb: 2\n"))).exit, 2);
});

test("a field of a kind it may not be refuses the whole of .sops.yaml, and every such field is named", async () => {
  const config = put(
    "kinds.sops.yaml",
    `creation_rules:\n  - age: ${one}\n    shamir_threshold: "2"\n    mac_only_encrypted: [x]\n    key_groups: [{age: ${one}}]\nstores: {yaml: {indent: wide}}\n`,
  );
  const { exit, err } = await sops("--config", config, "encrypt", "--age", one, put("k.yaml", "a: 1\n"));
  assert.equal(exit, 1);
  for (const field of ["shamir_threshold", "mac_only_encrypted", "key_groups[0].age"])
    assert.ok(err.includes(`creation_rules[0].${field}: `), field);
  assert.ok(err.includes("stores.yaml.indent: "));
  const none = put("none.sops.yaml", "creation_rules: []\n");
  assert.match((await sops("--config", none, "encrypt", "--age", one, "k.yaml")).err, /no matching creation rules/);
  const narrow = put("narrow.sops.yaml", "stores: {yaml: {indent: -1}}\n");
  assert.equal((await sops("--config", narrow, "encrypt", "--age", one, "k.yaml")).exit, 4);
});
