import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sopsCommand } from "@fairlead/secrets/command";

const folder = mkdtempSync(join(tmpdir(), "sops-commands-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const identities = [await generateIdentity(), await generateIdentity()] as const;
const [one, two] = [await identityToRecipient(identities[0]), await identityToRecipient(identities[1])];

interface Answer {
  readonly exit: number;
  readonly out: Buffer;
  readonly err: string;
}

async function sops(
  args: readonly string[],
  stdin: string | Buffer = "",
  env: Record<string, string> = {},
): Promise<Answer> {
  const out: Buffer[] = [];
  let err = "";
  const exit = await sopsCommand(args, {
    stdout: { write: (text) => void out.push(Buffer.from(text as string)) },
    stderr: { write: (text) => void (err += text) },
    stdin: Readable.from([Buffer.from(stdin)]),
    env: { HOME: folder, PATH: process.env["PATH"], SOPS_AGE_KEY: identities.join("\n"), ...env },
    cwd: folder,
    signal: AbortSignal.timeout(30_000),
  });
  return { exit, out: Buffer.concat(out), err };
}

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const contentOf = (name: string): string => readFileSync(join(folder, name), "utf8");

const FILES: readonly (readonly [name: string, content: string | Buffer])[] = [
  ["a.yaml", "# about\na: planted\nlist:\n    - 1\n    - 2.5\n"],
  ["a.json", '{\n\t"a": "planted",\n\t"n": 9007199254740993\n}\n'],
  ["a.env", "#note\nA=planted\nB=two\\nlines\nC_unencrypted=x\nD=\n"],
  ["a.ini", "; note\nglobal = planted\n\n[s]\na      = 1\nlonger = `x;y`\n"],
  ["a.bin", Buffer.from([0, 255, 254, 10, 65])],
];

test("every format is encrypted and comes back to the byte", async () => {
  for (const [name, content] of FILES) {
    const sealed = await sops(["encrypt", "--age", one, file(name, content)]);
    assert.equal(sealed.exit, 0, sealed.err);
    assert.equal(sealed.out.includes("planted"), false, name);
    file(`sealed.${name}`, sealed.out);
    const plain = await sops(["decrypt", `sealed.${name}`]);
    assert.deepEqual([plain.exit, plain.out], [0, Buffer.from(content as string)], name + plain.err);
    const status = await sops(["filestatus", `sealed.${name}`]);
    assert.equal(status.out.toString(), '{"encrypted":true}\n');
    const flipped = sealed.out
      .toString()
      .replace(/(ENC\[AES256_GCM,data:)(.)/, (_all, start: string, char: string) => start + (char === "A" ? "B" : "A"));
    const refused = await sops(["decrypt", "--filename-override", name], flipped);
    // A comment that does not open is taken for a plain one, and the MAC does not cover comments.
    if (!/^[#;]/.test(flipped)) assert.equal(refused.exit, 25, name);
  }
});

test("a value can be set, taken away and read alone, and the rest keeps its ciphertext", async () => {
  file("set.yaml", (await sops(["encrypt", "--age", one, file("plain.yaml", "a: 1\nb:\n    - x\n    - w\n")])).out);
  const kept = /^ {4}- (ENC.*)$/m.exec(contentOf("set.yaml"))?.[1] ?? "";
  const steps: readonly (readonly [readonly string[], number])[] = [
    [["set", "set.yaml", '["c"]["d"]', '{"z":1,"y":[2.5]}'], 0],
    [["set", "set.yaml", '["b"][7]', '"end"'], 0],
    [["set", "set.yaml", '["a"]', "not json"], 7],
    [["set", "set.yaml", "a", "1"], 7],
    [["set", "set.yaml", '["a"]'], 100],
    [["unset", "set.yaml", '["a"]'], 0],
    [["unset", "set.yaml", '["a"]'], 1],
    [["unset", "--idempotent", "set.yaml", '["a"]'], 0],
  ];
  for (const [args, exit] of steps) assert.equal((await sops(args)).exit, exit, args.join(" "));
  assert.ok(contentOf("set.yaml").includes(kept));
  const whole = await sops(["decrypt", "set.yaml"]);
  assert.equal(
    whole.out.toString(),
    'b:\n    - x\n    - w\n    - end\nc:\n    d:\n        z: 1\n        "y":\n            - 2.5\n',
  );
  assert.equal((await sops(["decrypt", "--extract", '["b"][2]', "set.yaml"])).out.toString(), "end");
  assert.equal((await sops(["decrypt", "--extract", '["nope"]', "set.yaml"])).exit, 1);
  assert.equal((await sops(["decrypt", "--extract", "nope", "set.yaml"])).exit, 91);
});

test("rotating makes a new data key, adds keys and takes them away", async () => {
  file("rotate.yaml", (await sops(["encrypt", "--age", one, file("plain.yaml", "a: planted\n")])).out);
  const rotated = await sops(["rotate", "-i", "--add-age", two, "--rm-age", one, "rotate.yaml"]);
  assert.equal(rotated.exit, 0, rotated.err);
  assert.equal((await sops(["decrypt", "rotate.yaml"], "", { SOPS_AGE_KEY: identities[0] })).exit, 128);
  const open = await sops(["decrypt", "rotate.yaml"], "", { SOPS_AGE_KEY: identities[1] });
  assert.equal(open.out.toString(), "a: planted\n");
});

test("creation rules choose keys and what is encrypted; updatekeys follows them", async () => {
  const rules = (age: string): string =>
    `creation_rules:\n  - path_regex: \\.prod\\.yaml$\n    encrypted_regex: ^a$\n    age: ${age}\nstores:\n  yaml:\n    indent: 2\n`;
  file(".sops.yaml", rules(one));
  try {
    file("x.prod.yaml", "a: planted\nb:\n    c: clear\n");
    assert.equal((await sops(["encrypt", "-i", "x.prod.yaml"])).exit, 0);
    assert.match(contentOf("x.prod.yaml"), /^b:\n {2}c: clear$/m);
    const other = await sops(["encrypt", "--age", one, file("x.other.yaml", "a: 1\n")]);
    assert.deepEqual([other.exit, other.err], [1, "error loading config: no matching creation rules found\n"]);
    file(".sops.yaml", rules(`${one},${two}`));
    const before = /^a: .*$/m.exec(contentOf("x.prod.yaml"))?.[0] ?? "";
    const left = await sops(["updatekeys", "x.prod.yaml"], "n\n");
    assert.ok(left.out.toString().includes(`+++ ${two}\n`));
    assert.equal(contentOf("x.prod.yaml").includes(two), false);
    assert.equal((await sops(["updatekeys", "-y", "x.prod.yaml"])).exit, 0);
    assert.ok(contentOf("x.prod.yaml").includes(two) && contentOf("x.prod.yaml").includes(before));
    const open = await sops(["decrypt", "x.prod.yaml"], "", { SOPS_AGE_KEY: identities[1] });
    assert.equal(open.out.toString(), "a: planted\nb:\n  c: clear\n");
  } finally {
    rmSync(join(folder, ".sops.yaml"));
  }
});

test("an editor's changes are encrypted; none, or a failing editor, leave the file alone", async () => {
  file("edit.yaml", (await sops(["encrypt", "--age", one, file("plain.yaml", "a: planted\nb: 2\n")])).out);
  const before = contentOf("edit.yaml");
  assert.equal((await sops(["edit", "edit.yaml"], "", { SOPS_EDITOR: "true" })).exit, 200);
  assert.equal((await sops(["edit", "edit.yaml"], "", { SOPS_EDITOR: "false" })).exit, 201);
  assert.equal(contentOf("edit.yaml"), before);
  assert.equal((await sops(["edit", "edit.yaml"], "", { SOPS_EDITOR: "sed -i 's/^b: 2/b: 3/'" })).exit, 0);
  assert.equal((await sops(["decrypt", "edit.yaml"])).out.toString(), "a: planted\nb: 3\n");
  assert.ok(contentOf("edit.yaml").includes(/^a: .*$/m.exec(before)?.[0] ?? "?"));
});

const REFUSED: readonly (readonly [args: readonly string[], exit: number])[] = [
  [["decrypt", "nowhere.yaml"], 100],
  [["encrypt", "bad.yaml"], 1],
  [["encrypt", "--age", one, "bad.yaml"], 2],
  [["encrypt", "--age", "bad", "plain.yaml"], 1],
  [["encrypt", "--age", one, "empty.yaml"], 92],
  [["encrypt", "--age", one, "taken.yaml"], 203],
  [["encrypt", "--age", one], 8],
  [["encrypt", "--age", one, "-i", "--output", "x", "plain.yaml"], 8],
  [["encrypt", "--age", one, "--encrypted-suffix", "x", "--encrypted-regex", "y", "plain.yaml"], 8],
  [["encrypt", "--age", one, "--encrypted-regex", "(", "plain.yaml"], 23],
  [["decrypt", "plain.yaml"], 1],
  [["decrypt", "--bogus", "plain.yaml"], 1],
  [["edit"], 100],
  [["rotate"], 100],
  [["updatekeys", "plain.yaml"], 1],
];

test("what cannot be done ends with sops' exit codes, and no message holds a value", async () => {
  file("bad.yaml", "a: [planted\n");
  file("empty.yaml", "");
  file("taken.yaml", "sops: planted\n");
  file("plain.yaml", "a: planted\n");
  for (const [args, exit] of REFUSED) {
    const answer = await sops(args);
    assert.equal(answer.exit, exit, `${args.join(" ")}: ${answer.err}`);
    assert.equal(answer.err.includes("planted"), false, answer.err);
  }
  assert.equal((await sops(["filestatus", "plain.yaml"])).out.toString(), '{"encrypted":false}\n');
});

test("a changed MAC, or none, ends with 51, and is ignored only when asked", async () => {
  const sealed = (await sops(["encrypt", "--age", one, file("plain.yaml", "a: 1\nb_unencrypted: 2\n")])).out.toString();
  for (const text of [sealed.replace("b_unencrypted: 2", "b_unencrypted: 3"), sealed.replace(/^ {4}mac: .*\n/m, "")]) {
    file("mac.yaml", text);
    assert.equal((await sops(["decrypt", "mac.yaml"])).exit, 51);
    assert.equal((await sops(["decrypt", "--ignore-mac", "mac.yaml"])).exit, 0);
  }
});

test("two branches merge into one file with a MAC of its own; a real conflict leaves ours whole", async () => {
  const base = (await sops(["encrypt", "--age", one, file("plain.yaml", "# top\na: 1\nb: 2\nc:\n    d: 3\n")])).out;
  for (const name of ["base.yaml", "ours.yaml", "theirs.yaml"]) file(name, base);
  await sops(["set", "ours.yaml", '["a"]', '"ours"']);
  await sops(["set", "theirs.yaml", '["c"]["e"]', '"theirs"']);
  await sops(["unset", "theirs.yaml", '["b"]']);
  const merged = await sops(["merge", "base.yaml", "ours.yaml", "theirs.yaml", "secrets.yaml"]);
  assert.equal(merged.exit, 0, merged.err);
  const plain = await sops(["decrypt", "ours.yaml"]);
  assert.equal(plain.out.toString(), "# top\na: ours\nc:\n    d: 3\n    e: theirs\n");
  await sops(["set", "theirs.yaml", '["a"]', '"planted"']);
  const before = contentOf("ours.yaml");
  const conflict = await sops(["merge", "base.yaml", "ours.yaml", "theirs.yaml", "secrets.yaml"]);
  assert.deepEqual([conflict.exit, conflict.err], [1, "CONFLICT in secrets.yaml: both sides changed a\n"]);
  assert.equal(contentOf("ours.yaml"), before);
  assert.match((await sops(["textconv", "ours.yaml"])).out.toString(), /^a: ours$/m);
  assert.equal((await sops(["textconv", "plain.yaml"])).out.toString(), contentOf("plain.yaml"));
});
