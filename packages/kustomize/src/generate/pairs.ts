import { baseName, problemError } from "@fairlead/base";
import type { GeneratorSpec } from "../kustomization/types.ts";
import type { Loader } from "../load/loader.ts";
import { within } from "../transform/fault.ts";

/** Values are bytes: a file need not be text. */
export type Pairs = Map<string, Uint8Array>;

/**
 * Keys and values of a generator: env files, then literals, then files.
 * @throws ProblemError KustomizeGenerator for a source of the wrong form, or a key that comes twice
 */
export function loadPairs(loader: Loader, spec: GeneratorSpec): Pairs {
  return within({}, "loading KV pairs: ", () => {
    const pairs: Pairs = new Map();
    const add = (key: string, value: Uint8Array): void => {
      if (pairs.has(key)) {
        const message = `configmap ${spec.name ?? ""} illegally repeats the key \`${key}\``;
        throw problemError("KustomizeGenerator", message);
      }
      pairs.set(key, value);
    };
    const { envs = [], literals = [], files = [] } = spec;
    within({}, `env source files: [${envs.join(" ")}]: `, () => envs.forEach((path) => addEnvFile(loader, path, add)));
    within({}, `literal sources [${literals.join(" ")}]: `, () =>
      literals.forEach((literal) => addLiteral(literal, add)),
    );
    within({}, `file sources: [${files.join(" ")}]: `, () => files.forEach((source) => addFile(loader, source, add)));
    return pairs;
  });
}

type Add = (key: string, value: Uint8Array) => void;

/** `key=value`; quotes around the whole value go. */
function addLiteral(literal: string, add: Add): void {
  const equals = literal.indexOf("=");
  if (equals <= 0) {
    throw problemError("KustomizeGenerator", `invalid literal source ${literal}, expected key=value`);
  }
  const value = literal.slice(equals + 1);
  const isQuoted = value.length >= 2 && value[0] === value.at(-1) && (value[0] === '"' || value[0] === "'");
  add(literal.slice(0, equals), Buffer.from(isQuoted ? value.slice(1, -1) : value));
}

/** `path`, whose last part is the key, or `key=path`. */
function addFile(loader: Loader, source: string, add: Add): void {
  const parts = source.split("=");
  const [first = "", second] = parts;
  if (parts.length > 2)
    throw problemError("KustomizeGenerator", `source "${source}" key name or file path contains '='`);
  if (second !== undefined && first === "") {
    throw problemError("KustomizeGenerator", `missing key name for file path "${second}" in source "${source}"`);
  }
  if (second === "") {
    throw problemError("KustomizeGenerator", `missing file path for key name "${first}" in source "${source}"`);
  }
  const path = second ?? first;
  add(second === undefined ? baseName(path) : first, loader.load(path).bytes);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Lines of `KEY=value`; a key alone has an empty value, `#` begins a comment. */
function addEnvFile(loader: Loader, path: string, add: Add): void {
  const { bytes, file } = loader.load(path);
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  for (let line = 1; start < content.length; line++) {
    const newline = content.indexOf(0x0a, start);
    const end = newline < 0 ? content.length : newline;
    const text = decodeLine(content.subarray(start, end), file, line);
    addEnvLine(line === 1 ? text.replace(/^\ufeff/, "") : text, add);
    start = end + 1;
  }
}

function decodeLine(bytes: Uint8Array, file: string, line: number): string {
  try {
    return utf8.decode(bytes).replace(/\r$/, "");
  } catch (error) {
    const message = `line ${line} has invalid utf8 bytes`;
    throw problemError("InvalidUtf8", message, { file, line }, error);
  }
}

function addEnvLine(line: string, add: Add): void {
  const text = line.replace(/^[\s\u0085]+/, "");
  if (text === "" || text.startsWith("#")) return;
  const equals = text.indexOf("=");
  if (equals < 0) add(text, Buffer.alloc(0));
  else if (equals > 0) add(text.slice(0, equals), Buffer.from(text.slice(equals + 1)));
}
