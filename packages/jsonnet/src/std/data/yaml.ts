import { type Machine, type Value } from "../../runtime/machine.ts";
import { ProblemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { Trace } from "../../runtime/trace.ts";
import { arrayOf } from "../define.ts";
import { valueOf } from "./plain.ts";

const DOCUMENT_START = /^---(?:[ \t].*)?$/;

/** One document is its value; where a line begins one with `---`, all of them are an array. */
export function parseYamlText(machine: Machine, site: Trace, text: string): Value {
  const { documents, isStream } = documentsOf(text);
  const values = documents.map((document) => {
    try {
      return valueOf(decodeYaml(document));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      throw machine.fail(`failed to parse YAML: ${error.problems[0]?.message ?? error.message}`, site);
    }
  });
  if (values.length === 0) return null;
  return isStream ? arrayOf(values) : (values[0] as Value);
}

/** The line that starts a document belongs to it. The reader gives an empty line after the last one. */
function documentsOf(text: string): { documents: string[]; isStream: boolean } {
  const documents: string[] = [];
  let lines: string[] = [];
  let isStream = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (DOCUMENT_START.test(line.replace(/\r$/, ""))) {
      isStream = true;
      if (lines.length > 0) documents.push(`${lines.join("\n")}\n`);
      lines = [];
    }
    lines.push(line);
  }
  if (lines.length > 0 && text !== "") documents.push(`${lines.join("\n")}\n`);
  return { documents, isStream };
}
