/** Data keys wrapped for PGP keys by the gpg program, which also knows agents and smart cards. */
import { spawn } from "node:child_process";
import { problemError } from "@fairlead/base";
import type { KeyService } from "./types.ts";

/** gpg may ask a person for a passphrase. */
const GPG_TIMEOUT_MS = 120_000;

export interface GpgOptions {
  /** The program, `gpg` unless SOPS_GPG_EXEC names another. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function pgpService(options: GpgOptions): KeyService {
  return {
    async wrap({ fields: { fp = "" } }, dataKey) {
      if (!/^[0-9A-Fa-f]{8,}!?$/.test(fp))
        throw problemError("KeyUnusable", `${JSON.stringify(fp)} is no PGP fingerprint`);
      const args = [
        "--no-default-recipient",
        "--yes",
        "--encrypt",
        "-a",
        "-r",
        fp,
        "--trusted-key",
        fp.slice(-16),
        "--no-encrypt-to",
      ];
      const answer = await gpg(options, args, dataKey);
      if (answer !== undefined) return answer.toString("utf8");
      throw problemError("KeyUnusable", `${fp}: gpg cannot encrypt for it`, { hint: `gpg --recv-keys ${fp}` });
    },
    async unwrap({ fields: { fp = "" }, enc }) {
      const answer = await gpg(options, ["--use-agent", "-d"], Buffer.from(enc));
      if (answer !== undefined && answer.length > 0) return answer;
      throw problemError("KeyUnusable", `${fp}: gpg has no key that opens it`);
    },
  };
}

/** What gpg says of failures names files and keys of the machine; only that it failed goes on. */
function gpg({ program, env }: GpgOptions, args: readonly string[], input: Uint8Array): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...env }, stdio: ["pipe", "pipe", "ignore"], timeout: GPG_TIMEOUT_MS });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? Buffer.concat(chunks) : undefined));
    // A gpg that ends early closes its input; its exit code tells the rest.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
