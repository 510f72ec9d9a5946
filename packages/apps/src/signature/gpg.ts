import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { problemError } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import type { SignedText } from "./split.ts";

/** What gpg says of a signature. `keyId` is the long id of the primary key. */
export type Verdict =
  | { readonly ok: true; readonly keyId: string; readonly signer: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Verifies a signature with the system's gpg against these public keys and no others: a keyring of its own is made for it and
 * removed again. @throws ProblemError GpgUnusable when gpg cannot be run
 */
export async function verifyWithGpg(signed: SignedText, keys: ReadonlyMap<string, string>): Promise<Verdict> {
  const home = await mkdtemp(join(tmpdir(), "fairlead-gpg-"));
  try {
    await writeFile(join(home, "keys.asc"), [...keys.values()].join("\n"));
    await writeFile(join(home, "signature.asc"), signed.signature, "latin1");
    await writeFile(join(home, "payload"), signed.payload);
    if (keys.size > 0) await gpg(home, ["--import", "keys.asc"]);
    return verdictOf(await gpg(home, ["--verify", "signature.asc", "payload"]));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** gpg's machine-readable lines; its status is not asked, since the lines say more. */
function gpg(home: string, args: readonly string[]): Promise<string> {
  const fixed = [
    "--homedir",
    home,
    "--batch",
    "--no-tty",
    "--no-auto-check-trustdb",
    "--trust-model",
    "always",
    "--status-fd",
    "1",
  ];
  return new Promise((resolve, reject) => {
    const child = spawn("gpg", [...fixed, ...args], {
      cwd: home,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C", GNUPGHOME: home },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: LIMITS.gpgTimeMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-LIMITS.gpgOutputChars);
    });
    child.on("error", (error) => reject(problemError("GpgUnusable", `gpg cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (signal) reject(problemError("GpgUnusable", `gpg took longer than ${LIMITS.gpgTimeMs / 1000} s`));
      else if (code === null) reject(problemError("GpgUnusable", "gpg ended without a status"));
      else resolve(output);
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  BADSIG: "the signature does not fit what was signed",
  EXPSIG: "the signature has expired",
  EXPKEYSIG: "the key has expired",
  REVKEYSIG: "the key was revoked",
  NO_PUBKEY: "the key is not among the known ones",
  ERRSIG: "the signature cannot be checked",
};

function verdictOf(output: string): Verdict {
  const lines = output.split("\n").flatMap((line) => {
    const [mark, word = "", ...rest] = line.trim().split(" ");
    return mark === "[GNUPG:]" ? [{ word, rest }] : [];
  });
  for (const word of ["NO_PUBKEY", "BADSIG", "REVKEYSIG", "EXPKEYSIG", "EXPSIG", "ERRSIG"]) {
    const found = lines.find((line) => line.word === word);
    if (found) return { ok: false, reason: `${REASONS[word]} (key ${found.rest[0] ?? ""})` };
  }
  const good = lines.find(({ word }) => word === "GOODSIG");
  // The last field of VALIDSIG is the fingerprint of the primary key, also where a subkey signed.
  const fingerprint = lines.find(({ word }) => word === "VALIDSIG")?.rest.at(-1);
  if (!good || !fingerprint) return { ok: false, reason: "there is no signature that gpg can read" };
  return { ok: true, keyId: fingerprint.slice(-16).toUpperCase(), signer: good.rest.slice(1).join(" ") };
}
