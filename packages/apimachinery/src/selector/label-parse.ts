import { isJsonObject, problemError } from "@fairlead/base";
import { lexSelector, type Token, type TokenType } from "./lexer.ts";
import { quoted, requirementFault } from "./requirement.ts";
import { labelKeyFaults } from "./syntax.ts";
import type { LabelRequirement, LabelSelector, SelectorOperator } from "./types.ts";

/** A longer selector is refused: it could not have come in a URL. */
const SELECTOR_CHARS_MAX = 1024 * 1024;

/** Thrown inside the parser; the message is the server's. */
class SelectorFault extends Error {}

/**
 * Reads `app=web,tier in (a,b),!legacy` as labels.Parse does. Requirements come sorted by key. Empty text matches everything.
 * @throws ProblemError InvalidLabelSelector, with the server's sentence.
 */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > SELECTOR_CHARS_MAX) throw invalid(`the selector is longer than ${SELECTOR_CHARS_MAX} characters`);
  try {
    return { requirements: byKey(new SelectorParser(lexSelector(text)).parse()) };
  } catch (error) {
    if (error instanceof SelectorFault) throw invalid(error.message);
    throw error;
  }
}

/**
 * Reads the object form, `{matchLabels, matchExpressions}` of meta/v1, as LabelSelectorAsSelector does: absent matches nothing,
 * empty matches everything.
 * @throws ProblemError InvalidLabelSelector
 */
export function labelSelectorFromObject(value: unknown): LabelSelector {
  if (value === undefined || value === null) return { requirements: [], nothing: true };
  if (!isJsonObject(value)) throw invalid("a label selector is an object with matchLabels and matchExpressions");
  const { matchLabels, matchExpressions } = value;
  const requirements = [...labelRequirements(matchLabels), ...expressionRequirements(matchExpressions)];
  for (const requirement of requirements) {
    const fault = requirementFault(requirement);
    if (fault !== undefined) throw invalid(fault);
  }
  return { requirements: byKey(requirements) };
}

/** The selector of a plain map, as Services and ReplicationControllers have it. Absent or empty matches everything. */
export function labelSelectorFromMap(labels: Readonly<Record<string, string>> | undefined): LabelSelector {
  return { requirements: byKey(labelRequirements(labels)) };
}

function labelRequirements(value: unknown): LabelRequirement[] {
  if (value === undefined || value === null) return [];
  if (!isJsonObject(value)) throw invalid("matchLabels is a map of strings");
  return Object.entries(value).map(([key, wanted]) => ({
    key,
    operator: "=",
    values: [stringOf(wanted, `label ${key}`)],
  }));
}

const OBJECT_OPERATORS: Readonly<Record<string, SelectorOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

function expressionRequirements(value: unknown): LabelRequirement[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid("matchExpressions is a list");
  return value.map((expression: unknown) => {
    if (!isJsonObject(expression))
      throw invalid("an entry of matchExpressions is an object with key, operator and values");
    const written = typeof expression["operator"] === "string" ? expression["operator"] : "";
    const operator = Object.hasOwn(OBJECT_OPERATORS, written) ? OBJECT_OPERATORS[written] : undefined;
    if (!operator) throw invalid(`${quoted(written)} is not a valid label selector operator`);
    const values: unknown[] = Array.isArray(expression["values"]) ? expression["values"] : [];
    return {
      key: stringOf(expression["key"] ?? "", "key"),
      operator,
      values: values.map((item) => stringOf(item, "a value")),
    };
  });
}

function stringOf(value: unknown, what: string): string {
  if (typeof value !== "string") throw invalid(`${what} of a label selector must be a string`);
  return value;
}

function byKey(requirements: LabelRequirement[]): LabelRequirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function invalid(message: string): Error {
  return problemError("InvalidLabelSelector", message);
}

/** Values are read where `in` and `notin` are plain words again: `x in (in)`. */
class SelectorParser {
  #position = 0;
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    for (;;) {
      const { type, literal } = this.#peek();
      if (type === "end") return found;
      if (type !== "identifier" && type !== "!") {
        throw new SelectorFault(`found '${literal}', expected: !, identifier, or 'end of string'`);
      }
      found.push(this.#requirementOrFault());
      const separator = this.#next();
      if (separator.type === "end") return found;
      if (separator.type !== ",") {
        throw new SelectorFault(`found '${separator.literal}', expected: ',' or 'end of string'`);
      }
      const following = this.#peek();
      if (following.type !== "identifier" && following.type !== "!") {
        throw new SelectorFault(`found '${following.literal}', expected: identifier after ','`);
      }
    }
  }

  #requirementOrFault(): LabelRequirement {
    try {
      const requirement = this.#requirement();
      const fault = requirementFault(requirement);
      if (fault !== undefined) throw new SelectorFault(fault);
      return requirement;
    } catch (error) {
      if (error instanceof SelectorFault) throw new SelectorFault(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): LabelRequirement {
    const isNegated = this.#peek().type === "!";
    if (isNegated) this.#next();
    const { type, literal: key } = this.#next();
    if (type !== "identifier") throw new SelectorFault(`found '${key}', expected: identifier`);
    const faults = labelKeyFaults(key);
    // The server's parser has no path here and prints its nil.
    if (faults.length > 0) throw new SelectorFault(`<nil>: Invalid value: ${quoted(key)}: ${faults.join("; ")}`);
    if (isNegated) return { key, operator: "!", values: [] };
    const following = this.#peek().type;
    if (following === "end" || following === ",") return { key, operator: "exists", values: [] };
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#values() : [this.#exactValue()];
    return { key, operator, values: [...new Set(values)].sort() };
  }

  #operator(): SelectorOperator {
    const { type, literal } = this.#next("operator");
    switch (type) {
      case "in":
      case "notin":
      case "=":
      case "==":
      case "!=":
        return type;
      case ">":
        return "gt";
      case "<":
        return "lt";
      default:
        throw new SelectorFault(`found '${literal}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #values(): string[] {
    const open = this.#next();
    if (open.type !== "(") throw new SelectorFault(`found '${open.literal}' expected: '('`);
    const first = this.#peek();
    if (first.type === ")") {
      this.#next();
      return [""];
    }
    if (first.type !== "identifier" && first.type !== ",") {
      throw new SelectorFault(`found '${first.literal}', expected: ',', ')' or identifier`);
    }
    const values = this.#list();
    if (this.#next().type !== ")") throw new SelectorFault(`found '${first.literal}', expected: ')'`);
    return values;
  }

  /** Empty values between, before and after commas count as the empty string. */
  #list(): string[] {
    const values: string[] = [];
    for (;;) {
      const { type, literal } = this.#next();
      const following = this.#peek();
      if (type === "identifier") {
        values.push(literal);
        if (following.type === ")") return values;
        if (following.type !== ",") throw new SelectorFault(`found '${following.literal}', expected: ',' or ')'`);
      } else if (type === ",") {
        if (values.length === 0 || following.type === "," || following.type === ")") values.push("");
        if (following.type === ")") return values;
      } else {
        throw new SelectorFault(`found '${literal}', expected: ',', or identifier`);
      }
    }
  }

  #exactValue(): string {
    const { type } = this.#peek();
    if (type === "end" || type === ",") return "";
    const { type: taken, literal } = this.#next();
    if (taken !== "identifier") throw new SelectorFault(`found '${literal}', expected: identifier`);
    return literal;
  }

  #peek(): Token {
    return asValue(this.#tokens[this.#position] ?? END);
  }

  #next(as: "value" | "operator" = "value"): Token {
    const token = this.#tokens[this.#position] ?? END;
    this.#position++;
    return as === "value" ? asValue(token) : token;
  }
}

const END: Token = { type: "end", literal: "" };

function asValue(token: Token): Token {
  const type: TokenType = token.type === "in" || token.type === "notin" ? "identifier" : token.type;
  return type === token.type ? token : { type, literal: token.literal };
}
