/** Finding .sops.yaml, and what it says of a file. */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ruleFor, parseSopsConfig, type CreationRule, type SopsConfig } from "../../sops/config.ts";
import type { CommandIo } from "../io.ts";
import { EXIT, failing, SopsFailure } from "./failure.ts";
import { isThere } from "./files.ts";

const CONFIG_NAME = ".sops.yaml";
/** Folders looked through on the way to the root. */
const LEVELS_MAX = 100;

export interface FoundConfig {
  readonly path: string;
  readonly config: SopsConfig;
}

/** @param named by --config or SOPS_CONFIG @throws SopsFailure */
export async function findConfig(
  named: string | undefined,
  io: CommandIo,
  now: string,
): Promise<FoundConfig | undefined> {
  const path = named ? resolve(io.cwd, named) : await searchUp(io);
  if (path === undefined) return undefined;
  const text = await readFile(path, "utf8").catch(() => {
    throw new SopsFailure(EXIT.generic, `error loading config: could not read ${path}`);
  });
  return { path, config: await failing(() => parseSopsConfig(text, now, path)) };
}

/** @throws SopsFailure when there is none */
export async function requireConfig({
  config,
  io,
  now,
}: {
  readonly config: string | undefined;
  readonly io: CommandIo;
  readonly now: string;
}): Promise<FoundConfig> {
  const found = await findConfig(config, io, now);
  if (found !== undefined) return found;
  throw new SopsFailure(EXIT.generic, "config file not found");
}

async function searchUp(io: CommandIo): Promise<string | undefined> {
  let folder = io.cwd;
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const path = join(folder, CONFIG_NAME);
    if (await isThere(path)) return path;
    if (await isThere(join(folder, ".sops.yml"))) {
      io.stderr.write(`ignoring ${join(folder, ".sops.yml")} (the name of the config file is ${CONFIG_NAME})\n`);
    }
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
  return undefined;
}

/** @throws SopsFailure when no rule fits: better than encrypting for nobody thought of */
export async function ruleOf(
  { path, config }: FoundConfig,
  file: string,
  io: CommandIo,
): Promise<CreationRule | undefined> {
  if (config.rules === undefined) return undefined;
  const inside = relative(dirname(path), resolve(io.cwd, file));
  const named = inside.startsWith("..") ? resolve(io.cwd, file) : inside;
  const rule = await failing(() => ruleFor(config, named.split(sep).join("/")));
  if (rule !== undefined) return rule;
  throw new SopsFailure(EXIT.generic, "error loading config: no matching creation rules found");
}
