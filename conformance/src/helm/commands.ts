import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { helmLint, helmTemplate } from "@fairlead/helm";
import { askOurs, type Ask } from "./answers.ts";
import { BASE, COMMAND_CASES, type CommandCase } from "./command-cases.ts";
import { difference } from "./compare.ts";

export interface Task {
  readonly name: string;
  run(): Promise<string | undefined>;
}

/** Folders of the cases; the same for every binary, so that messages that name them are the same. */
export function writeCases(): { readonly root: string; remove(): void } {
  const root = join(tmpdir(), `fairlead-helm-cases-${process.getuid?.() ?? 0}`);
  rmSync(root, { recursive: true, force: true });
  for (const each of COMMAND_CASES) writeCase(root, each);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function folderOf(root: string, { files = {} }: CommandCase): string {
  return join(
    root,
    createHash("sha256")
      .update(JSON.stringify(Object.entries(files)))
      .digest("hex")
      .slice(0, 12),
  );
}

function writeCase(root: string, each: CommandCase): void {
  const folder = folderOf(root, each);
  if (existsSync(folder)) return;
  for (const [path, text] of Object.entries({ ...BASE, ...each.files })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Each command line, run by helm and by ours in the same folder. */
export function commandTasks(compat: "v3" | "v4", askIn: (folder: string) => Ask, root: string): Task[] {
  return COMMAND_CASES.map((each) => {
    const folder = folderOf(root, each);
    const args = each.args.split(" ");
    const [command = "", ...rest] = args;
    const ask = askIn(folder);
    return {
      name: `${compat} helm ${each.args} ${JSON.stringify(each.files ?? {})}`.trim(),
      run: async () => {
        const ours = await askOurs(command === "lint" ? helmLint : helmTemplate, ["--compat", compat, ...rest], folder);
        return difference(await ask(args), ours, () => ask(args, "again"), args.includes("--debug"));
      },
    };
  });
}
