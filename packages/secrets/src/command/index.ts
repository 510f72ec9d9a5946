import { backupCommand, restoreCommand, statusCommand } from "./backup.ts";
import { EXIT_DONE, EXIT_USAGE, type CommandIo } from "./io.ts";
import { resealCommand } from "./reseal.ts";
import { sealCommand } from "./seal.ts";
import { unsealCommand } from "./unseal.ts";

export { sopsCommand } from "./sops/index.ts";
export { localKeys } from "./sops/keys.ts";

interface Entry {
  readonly summary: string;
  readonly run: (args: readonly string[], io: CommandIo) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  seal: { summary: "seal Secrets for Git, as kubeseal does", run: sealCommand },
  unseal: { summary: "open SealedSecrets with private keys or a backup of them", run: unsealCommand },
  reseal: { summary: "seal every SealedSecret below a folder anew, as one change", run: resealCommand },
  backup: { summary: "write a backup of the sealing keys", run: backupCommand },
  restore: { summary: "put the sealing keys of a backup into a cluster", run: restoreCommand },
  status: { summary: "list the sealing keys; is the newest in a backup?", run: statusCommand },
};

/** `fairlead secrets …`: everything about Sealed Secrets. */
export async function secretsCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]?.run(rest, io) ?? EXIT_USAGE;
  const width = Math.max(...Object.keys(COMMANDS).map((each) => each.length));
  const lines = Object.entries(COMMANDS).map(([each, { summary }]) => `  ${each.padEnd(width)}  ${summary}\n`);
  const help = `Usage: fairlead secrets COMMAND [ARGS]\n\n${lines.join("")}`;
  if (name === "--help" || name === "-h" || name === "help") {
    io.stdout.write(help);
    return EXIT_DONE;
  }
  io.stderr.write(`error: unknown command ${JSON.stringify(name)}\n\n${help}`);
  return EXIT_USAGE;
}
