import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isJsonObject, ProblemError, problemsOf, type Problem } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { privateKeysIn, sealingKey } from "../seal/keys.ts";
import { readSealedSecret } from "../seal/read.ts";
import { labelFor, scopeOf } from "../seal/scope.ts";
import { sealRaw } from "../seal/seal.ts";
import { openWith, unsealValues } from "../seal/unseal.ts";
import { EXIT_DONE, readInput, writeWhole, type CommandIo } from "./io.ts";
import { collect, parseArguments, program, tellingFaults } from "./program.ts";

interface Flags {
  readonly cert: string;
  readonly key: string[];
  readonly dryRun?: boolean;
}

/**
 * `fairlead secrets reseal DIR`: every SealedSecret below a folder sealed anew for the newest key, as one change: all files or, when
 * one value does not open, none. Only the ciphertexts change; the rest of each file stays to the byte.
 */
export async function resealCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const command = program("secrets reseal", "Seals every SealedSecret below a folder anew.", io)
    .argument("<dir>")
    .requiredOption("--cert <file>", "certificate to seal with")
    .requiredOption("--key <file>", "private keys that open what is there: PEM, or a backup", collect)
    .option("--dry-run", "only tell what would change");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  return tellingFaults(io, async () => {
    const publicKey = sealingKey((await readInput(flags.cert, io)).toString("utf8"), Date.now(), flags.cert);
    const keys = [];
    for (const file of flags.key) keys.push(...privateKeysIn((await readInput(file, io)).toString("utf8"), file));
    const root = resolve(io.cwd, command.args[0] ?? ".");
    const open = openWith(keys);
    const problems: Problem[] = [];
    const changed: { readonly path: string; readonly text: string; readonly values: number }[] = [];
    for (const path of globSync("**/*.{yaml,yml,json}", { cwd: root }).sort()) {
      const text = readFileSync(join(root, path), "utf8");
      try {
        const replaced = replaceCiphertexts(text, path, (value, label) => sealRaw(publicKey, value, label), open);
        if (replaced.values > 0) changed.push({ path, ...replaced });
      } catch (error) {
        problems.push(...problemsOf(error, { file: path }));
      }
    }
    if (problems.length > 0) throw new ProblemError(problems);
    for (const { path, text, values } of changed) {
      if (!flags.dryRun) writeWhole(join(root, path), text);
      io.stdout.write(`${path}: ${values} ${values === 1 ? "value" : "values"} resealed\n`);
    }
    return EXIT_DONE;
  });
}

/** @throws ProblemError InvalidSealedSecret, NoKeyDecrypts */
function replaceCiphertexts(
  text: string,
  file: string,
  seal: (value: Uint8Array, label: string) => string,
  open: ReturnType<typeof openWith>,
): { text: string; values: number } {
  // Most files of a tree hold none, and templates are no YAML at all.
  if (!text.includes("SealedSecret")) return { text, values: 0 };
  const { documents } = decodeDocuments(text, { file });
  let result = text;
  let values = 0;
  for (const { value, line } of documents) {
    if (!isJsonObject(value) || value["kind"] !== "SealedSecret") continue;
    const sealed = readSealedSecret(value, { file, line });
    const { name = "", namespace = "", annotations } = sealed.metadata;
    const label = labelFor(scopeOf(annotations), namespace, name);
    for (const [key, plain] of unsealValues(sealed, open, { file, line })) {
      const before = sealed.spec.encryptedData[key] ?? "";
      if (!result.includes(before)) {
        const message = `spec.encryptedData.${key} is broken over lines`;
        throw new ProblemError({ code: "InvalidSealedSecret", message, file, line, hint: "write it in one line" });
      }
      result = result.replace(before, seal(plain, label));
      values += 1;
    }
  }
  return { text: result, values };
}
