import { type Json, ProblemError } from "@fairlead/base";
import { decodeYaml, parseYaml } from "@fairlead/yaml";
import type { Loader } from "../load/loader.ts";
import { textOfFile } from "../load/text.ts";
import { type DecodeFault, type Decoder, decodeInto } from "./decode.ts";
import { positionAt } from "./position.ts";

/** Decodes JSON of a file; faults become problems with their positions. @throws ProblemError */
export function decodeTyped<T>(
  decoder: Decoder<T>,
  value: Json,
  from: { readonly text: string; readonly file: string; readonly isStrict: boolean; readonly code: string },
): T {
  const faults: DecodeFault[] = [];
  const decoded = decodeInto(decoder, value ?? {}, faults, from.isStrict);
  if (faults.length === 0) return decoded as T;
  const [document] = parseYaml(from.text, { file: from.file }).documents;
  throw new ProblemError(
    faults.map(({ message, path }) => ({
      code: from.code,
      message: `error unmarshaling JSON: while decoding JSON: ${message}`,
      file: from.file,
      ...(document && positionAt(document.content, path)),
    })),
  );
}

/** Loads a file that a kustomization names and decodes it. @throws ProblemError */
export function loadTyped<T>(loader: Loader, path: string, decoder: Decoder<T>, isStrict: boolean, code: string): T {
  const loaded = loader.load(path);
  const text = textOfFile(loaded);
  const value = decodeYaml(text, { file: loaded.file, uniqueKeys: isStrict });
  return decodeTyped(decoder, value, { text, file: loaded.file, isStrict, code });
}
