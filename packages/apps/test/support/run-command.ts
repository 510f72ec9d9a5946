import { appCommand } from "../../src/command/index.ts";
import type { ConnectHub } from "../../src/command/access.ts";
import type { CommandIo } from "../../src/command/io.ts";
import type { World } from "./world.ts";

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

type HubCommand = (args: readonly string[], io: CommandIo, connect?: ConnectHub) => Promise<number>;

/** Runs a command beside the engine, whose clock goes on meanwhile. @throws what the command throws */
export async function runCommand(world: World, command: HubCommand, ...args: string[]): Promise<Ran> {
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => void (out += text) },
    stderr: { write: (text: string) => void (err += text) },
    env: { USER: "ann" },
    signal: new AbortController().signal,
  };
  let exit: number | undefined;
  let failure: { readonly error: unknown } | undefined;
  command(args, io, () => world.hub.as.user("fairlead-cli")).then(
    (code) => void (exit = code),
    (error: unknown) => void (failure = { error }),
  );
  for (let round = 0; round < 2_000 && exit === undefined && !failure; round++) await world.tick(10);
  if (failure) throw failure.error;
  return { exit: exit ?? -2, out, err };
}

export function runApp(world: World, ...args: string[]): Promise<Ran> {
  return runCommand(world, appCommand, ...args);
}
