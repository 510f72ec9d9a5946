import { problemError, ProblemError } from "@fairlead/base";
import type { YamlDocument } from "../node.ts";
import { parseYaml } from "../read/parse.ts";
import { locate } from "./locate.ts";
import { renderings, type Replacement } from "./renderings.ts";
import { isSameBut } from "./same.ts";

export interface EditOptions {
  /** Which document of the stream, from 0. */
  readonly document?: number | undefined;
  /** Named in problems. */
  readonly file?: string | undefined;
}

/**
 * Changes one scalar of a YAML text and no other byte. The style stays if the value can be written in it; else the scalar is quoted. A
 * string stays a string (`v1` changed to `1.10` becomes `"1.10"`), a number or boolean may become anything. Quotes, block scalars with
 * their indentation, comments, anchors, tags and line endings are kept. An alias at the path is replaced; one on the way is refused.
 *
 * Every answer has been read again: the value is there, and nothing else of the stream has changed.
 * @throws ProblemError YamlEdit where the path leads to no scalar; YamlSyntax where the text is not YAML.
 */
export function editScalar(
  text: string,
  path: readonly (string | number)[],
  value: string,
  options: EditOptions = {},
): string {
  const documents = parsed(text, options);
  const index = options.document ?? 0;
  const document = documents[index];
  const at = options.file === undefined ? {} : { file: options.file };
  if (document === undefined) {
    throw problemError("YamlEdit", `there is no document ${index}, only ${documents.length}`, at);
  }
  const target = locate(document.content, path);
  const { node } = target;
  if (node.kind === "scalar" && node.value === value && !(node.tag === "!!null" && !node.isTagged)) return text;
  for (const replacement of renderings(text, target, value)) {
    const edited = applied(text, replacement);
    const { documents: after, problems } = parseYaml(edited);
    if (problems.length === 0 && isSameBut(documents, after, node, value)) return edited;
  }
  const { line, column } = node;
  throw problemError("YamlEdit", `cannot edit ${path.join(".")}: the value cannot be written there`, {
    ...at,
    line,
    column,
  });
}

function parsed(text: string, { file }: EditOptions): YamlDocument[] {
  const { documents, problems } = parseYaml(text, { file });
  if (problems.length > 0) throw new ProblemError(problems);
  return documents;
}

function applied(text: string, { from, to, text: put }: Replacement): string {
  return text.slice(0, from) + put + text.slice(to);
}
