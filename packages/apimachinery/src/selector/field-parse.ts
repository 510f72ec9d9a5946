import { problemError } from "@fairlead/base";

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Every requirement must hold; an empty selector matches everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

/**
 * Reads `metadata.name=web,status.phase!=Failed` as fields.ParseSelector does: terms sorted, `\`, `,` and `=` escaped by `\` in
 * values. Which fields a kind knows is another question, see selectableFields.
 * @throws ProblemError InvalidFieldSelector, with the server's sentence.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements = splitTerms(text)
    .sort()
    .filter((term) => term !== "")
    .map((term) => {
      const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
      if (!match) throw invalid(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = "", operator = "", value = ""] = match;
      return { field, operator: operator === "!=" ? ("!=" as const) : ("=" as const), value: unescape(value) };
    })
    // A term without field and value is dropped, as the server's transformation of terms drops it.
    .filter(({ field, value }) => field !== "" || value !== "");
  return { requirements };
}

/** The text of a selector; reads back as the same selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector.requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, "\\$&")}`)
    .join(",");
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "\\") index++;
    else if (char === ",") {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescape(value: string): string {
  let result = "";
  for (let index = 0; index < value.length; index++) {
    const char = value.charAt(index);
    if (char === "," || char === "=") {
      // The server prints the code point, not the character.
      throw invalid(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    if (char !== "\\") {
      result += char;
      continue;
    }
    const escaped = String.fromCodePoint(...[value.codePointAt(++index)].filter((code) => code !== undefined));
    if (escaped !== "\\" && escaped !== "," && escaped !== "=") {
      throw invalid(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    result += escaped;
  }
  return result;
}

function invalid(message: string): Error {
  return problemError("InvalidFieldSelector", message);
}
