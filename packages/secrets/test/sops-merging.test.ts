import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { sopsCommand } from "../src/command/sops/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sops-merging-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const identities = [await generateIdentity(), await generateIdentity()] as const;
const recipients = await Promise.all(identities.map((each) => identityToRecipient(each)));

async function sops(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const exit = await sopsCommand(args, {
    stdout: { write: (text) => void (out += String(text)) },
    stderr: { write: (text) => void (err += text) },
    stdin: Readable.from([]),
    env: { HOME: folder, PATH: process.env["PATH"], SOPS_AGE_KEY: identities.join("\n") },
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
  });
  return { exit, out, err };
}

const EDIT = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key: fc.constantFrom("a", "b", "c", "new", "other"),
    value: fc.jsonValue({ maxDepth: 0 }),
  }),
  fc.record({
    kind: fc.constant("deep" as const),
    key: fc.constantFrom("x", "y", "z"),
    value: fc.constantFrom(1, "two", true),
  }),
  fc.record({ kind: fc.constant("unset" as const), key: fc.constantFrom("a", "b", "c") }),
  fc.record({ kind: fc.constant("rotate" as const) }),
  fc.record({ kind: fc.constant("add" as const) }),
);
type Edit = typeof EDIT extends fc.Arbitrary<infer T> ? T : never;

async function apply(file: string, edit: Edit): Promise<void> {
  if (edit.kind === "set") await sops("set", file, `["${edit.key}"]`, JSON.stringify(edit.value));
  if (edit.kind === "deep") await sops("set", file, `["deep"]["${edit.key}"]`, JSON.stringify(edit.value));
  if (edit.kind === "unset") await sops("unset", "--idempotent", file, `["${edit.key}"]`);
  if (edit.kind === "rotate") await sops("rotate", "-i", file);
  if (edit.kind === "add") await sops("rotate", "-i", "--add-age", recipients[1] ?? "", file);
}

test("merging two branches never yields a file with a bad MAC: it is whole, or ours stays as it was", async () => {
  let merges = 0;
  for (const name of ["base.yaml", "base.json", "base.env"]) {
    const plain = {
      "base.yaml": "# top\na: 1\nb: text\nc: true\ndeep:\n    # in\n    x: y\n",
      "base.json": '{"a":1,"b":"text","c":true,"deep":{"x":"y"}}',
      "base.env": "a=1\nb=text\nc=x\n",
    }[name];
    writeFileSync(join(folder, `plain.${name}`), plain ?? "");
    const base = await sops("encrypt", "--age", recipients[0] ?? "", `plain.${name}`);
    writeFileSync(join(folder, name), base.out);
    const [ours, theirs] = [`ours.${name}`, `theirs.${name}`];
    await fc.assert(
      fc.asyncProperty(fc.array(EDIT, { maxLength: 3 }), fc.array(EDIT, { maxLength: 3 }), async (mine, others) => {
        for (const file of [ours, theirs]) copyFileSync(join(folder, name), join(folder, file));
        for (const edit of mine) await apply(ours, edit);
        for (const edit of others) await apply(theirs, edit);
        const before = readFileSync(join(folder, ours), "utf8");
        const merged = await sops("merge", name, ours, theirs, name);
        const opened = await sops("decrypt", ours);
        assert.equal(opened.exit, 0, `${merged.err}${opened.err}`);
        if (merged.exit === 0) merges += 1;
        else assert.equal(readFileSync(join(folder, ours), "utf8"), before);
      }),
      { numRuns: 6, seed: 5 },
    );
  }
  assert.ok(merges > 2, `only ${merges} merges went through`);
});
