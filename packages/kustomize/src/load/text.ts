import { problemError } from "@fairlead/base";
import type { LoadedFile } from "./loader.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The file as text. @throws ProblemError InvalidUtf8 */
export function textOfFile({ bytes, file }: Pick<LoadedFile, "bytes" | "file">): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw problemError("InvalidUtf8", `"${file}" is not UTF-8 text`, { file }, error);
  }
}
