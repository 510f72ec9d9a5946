import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { JsonnetError, printSnippet, type Variable } from "@fairlead/jsonnet";

/** A program and what it is run with. */
export interface Case {
  readonly name: string;
  readonly text: string;
  /** Files it may import, by path; the program itself lies at `main.jsonnet`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly libraries?: readonly string[];
  readonly extVars?: readonly Variable[];
  readonly tlas?: readonly Variable[];
}

export interface Answer {
  readonly status: number;
  readonly output: string;
  /** Error and traces of std.trace, lines of the standard library's own code left out. */
  readonly error: string;
}

/** go-jsonnet has no limit on time; ours ends in a problem. */
const ANSWER_MS_MAX = 60_000;
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

function variableFlags(kind: "ext" | "tla", variables: readonly Variable[] = []): string[] {
  return variables.flatMap(({ name, value, isCode }) => [`--${kind}-${isCode ? "code" : "str"}`, `${name}=${value}`]);
}

/** Lays the files of a case into a folder of its own and runs the real one there. */
export async function askGo(binary: string, folder: string, given: Case): Promise<Answer> {
  for (const [path, content] of Object.entries({ ...given.files, "main.jsonnet": given.text })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return runGo(binary, folder, "main.jsonnet", given);
}

export function runGo(
  binary: string,
  folder: string,
  path: string,
  given: Omit<Case, "name" | "text">,
): Promise<Answer> {
  const flags = [
    "--max-trace",
    "0",
    ...(given.libraries ?? []).flatMap((library) => ["--jpath", library]),
    ...variableFlags("ext", given.extVars),
    ...variableFlags("tla", given.tlas),
  ];
  const options = { cwd: folder, maxBuffer: OUTPUT_BYTES_MAX, timeout: ANSWER_MS_MAX, env: {} };
  return new Promise((resolve) => {
    execFile(binary, [...flags, "--", path], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, output: stdout, error: withoutStd(stderr) });
    });
  });
}

/** The lines that name code inside of std: ours is not written in Jsonnet. */
function withoutStd(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("\t<std>:"))
    .join("\n");
}

export function askOurs(given: Case): Answer {
  const files = new Map(Object.entries({ ...given.files, "main.jsonnet": given.text }));
  const read = (path: string): Uint8Array | "directory" | undefined => {
    const content = files.get(path);
    if (content !== undefined) return typeof content === "string" ? Buffer.from(content) : content;
    return [...files.keys()].some((file) => file.startsWith(`${path}/`)) ? "directory" : undefined;
  };
  return answerOf("main.jsonnet", given.text, given, read);
}

/** Ours for a file below a folder. */
export function runOurs(folder: string, path: string, given: Omit<Case, "name" | "text">): Answer {
  const read = (file: string): Uint8Array | "directory" | undefined => {
    const found = statSync(join(folder, file), { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    return found.isDirectory() ? "directory" : readFileSync(join(folder, file));
  };
  return answerOf(path, readFileSync(join(folder, path), "utf8"), given, read);
}

function answerOf(
  path: string,
  text: string,
  given: Omit<Case, "name" | "text">,
  read: (path: string) => Uint8Array | "directory" | undefined,
): Answer {
  const traces: string[] = [];
  try {
    const output = printSnippet(
      { name: path, importName: path, text },
      {
        read,
        libraries: given.libraries,
        externalVariables: given.extVars,
        topLevelArguments: given.tlas,
        trace: (line) => void traces.push(`${line}\n`),
      },
    );
    return { status: 0, output, error: traces.join("") };
  } catch (error) {
    if (!(error instanceof JsonnetError)) throw error;
    return { status: 1, output: "", error: `${traces.join("")}${error.textWithTrace(0)}\n` };
  }
}
