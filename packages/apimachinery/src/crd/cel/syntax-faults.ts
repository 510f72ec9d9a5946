import type { CelFault } from "./syntax.ts";
import { readTokens, shown, type Token } from "./tokens.ts";

/** Faults told of one expression. */
const FAULTS_MAX = 30;

/** What may begin an expression, as the grammar of cel-go lists it. */
const BEGINNINGS =
  "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
/** At the beginning of an index, which may be optional, and of the arguments of a call, which may have none. */
const INDEX_BEGINNINGS = BEGINNINGS.replace("'!'", "'!', '?'");
const CALL_BEGINNINGS = BEGINNINGS.replace("'.'", "')', '.'");
const BEGINS = /^(?:[[{(.\-!\w"'`]|$)/;
/** After what a bracket is an index or the arguments of a call, and a minus stands between two values. */
const IS_VALUE = /^(?!in$)[\w"'`)\]}]/;

const OPERATORS: ReadonlySet<string> = new Set([
  "*",
  "/",
  "%",
  "+",
  "<",
  "<=",
  ">",
  ">=",
  "==",
  "!=",
  "&&",
  "||",
  "in",
]);
const CLOSERS: Readonly<Record<string, string>> = { RPAREN: ")", RBRACKET: "]", RBRACE: "}", COLON: ":" };

interface Place {
  /** Undefined at the end of the text. */
  readonly token: Token | undefined;
  readonly previous: Token | undefined;
  readonly next: Token | undefined;
  /** Whether the innermost bracket that is open is an index's. */
  readonly isIndex: boolean;
  readonly isList: boolean;
}

interface Step {
  readonly faults: readonly CelFault[];
  /** The text with which the compiler goes on; absent where nobody can say how. */
  readonly left?: string;
}

/**
 * The faults of an expression that is no expression, in the words of cel-go's parser and with what it says after the first: of what
 * is no token, and of a token too much. After other faults its parser guesses where to go on, and what it says then is not told.
 * @param parse throws the library's error for the first fault of a text
 */
export function syntaxFaults(text: string, parse: (text: string) => unknown): CelFault[] {
  const read = readTokens(text);
  const faults: CelFault[] = [...read.faults];
  let left: string | undefined = read.faults.length === 0 ? text : keepTokens(text, read.tokens);
  while (left !== undefined && faults.length < FAULTS_MAX) {
    const error = errorOf(left, parse);
    if (error === undefined) break;
    const step: Step = explain(left, error);
    faults.push(...step.faults);
    left = step.left;
  }
  if (faults.length === 0) faults.push({ at: 0, message: `Syntax error: ${errorOf(text, parse)?.message ?? ""}` });
  return faults.slice(0, FAULTS_MAX).sort((a, b) => a.at - b.at);
}

interface ParseError {
  readonly message: string;
  readonly at: number;
}

function errorOf(text: string, parse: (text: string) => unknown): ParseError | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return { message, at: (error as { range?: { start?: number } } | undefined)?.range?.start ?? 0 };
  }
}

function keepTokens(text: string, tokens: readonly Token[]): string {
  let kept = "";
  for (const { text: token, start } of tokens) kept = kept.padEnd(start) + token;
  return kept.padEnd(text.length);
}

function explain(text: string, { message, at }: ParseError): Step {
  const [, reserved] = /^Reserved identifier: (\w+)/.exec(message) ?? [];
  if (reserved !== undefined) {
    const left = text.slice(0, at) + "x".repeat(reserved.length) + text.slice(at + reserved.length);
    return { faults: [{ at, message: `reserved identifier: ${reserved}` }], left };
  }
  const isEnd = message.includes("EOF");
  const place = placeOf(text, isEnd ? text.length : at);
  const [, wanted = ""] = /^Expected (\w+), got/.exec(message) ?? [];
  if (isEnd) return { faults: faultsAtEnd(text, place, wanted) };
  if (wanted === "IDENTIFIER") return afterDot(place, at);
  if (CLOSERS[wanted] !== undefined) return withoutCloser(text, place, wanted);
  if (message.startsWith("Unexpected character: '"))
    return tooMuch(place, place.next === undefined, "expecting <EOF>", at);
  // A name in backticks is one after a dot only.
  const isQuoted = message.startsWith("Unexpected character") && place.token?.text.startsWith("`") === true;
  if (isQuoted || message.startsWith("Unexpected token")) return noBeginning(text, place, at);
  return { faults: [{ at, message: `Syntax error: ${message}` }] };
}

function placeOf(text: string, at: number): Place {
  const { tokens } = readTokens(text);
  const found = tokens.findIndex(({ text: token, start }) => start + token.length > at);
  const index = found < 0 ? tokens.length : found;
  const open: { text: string; isIndex: boolean }[] = [];
  for (const [nth, { text: token }] of tokens.slice(0, index).entries()) {
    if ("[{(".includes(token))
      open.push({ text: token, isIndex: token === "[" && IS_VALUE.test(tokens[nth - 1]?.text ?? "") });
    else if ("]})".includes(token)) open.pop();
  }
  const innermost = open.at(-1);
  const isIndex = innermost?.isIndex === true;
  return {
    token: tokens[index],
    previous: tokens[index - 1],
    next: tokens[index + 1],
    isIndex,
    isList: innermost?.text === "[" && !isIndex,
  };
}

function faultsAtEnd(text: string, { previous, isIndex }: Place, wanted: string): CelFault[] {
  const told = (what: string): CelFault => ({ at: text.length, message: `Syntax error: ${what}` });
  const { text: last = "" } = previous ?? {};
  if (last === ".") return [told("no viable alternative at input '.'")];
  if (wanted === "RPAREN") return [told("missing ')' at '<EOF>'")];
  if (wanted === "RBRACKET" && isIndex) return [told("missing ']' at '<EOF>'")];
  if (CLOSERS[wanted] !== undefined) return [told(`mismatched input '<EOF>' ${expectingCloser(wanted, isIndex)}`)];
  if (last === "!") return [told(`extraneous input '<EOF>' ${BEGINNINGS}`)];
  if (last === "[" && isIndex) return [told(`mismatched input '<EOF>' ${INDEX_BEGINNINGS}`)];
  const isCall = /\w\s*\(\s*$/.test(text);
  const end = told(`mismatched input '<EOF>' ${isCall ? CALL_BEGINNINGS : BEGINNINGS}`);
  const isNegation = last === "-" && /(?:^|[^\w"'`)\]}\s])\s*-\s*$/.test(text);
  return isNegation ? [told("no viable alternative at input '-'"), end] : [end];
}

function expectingCloser(wanted: string, isIndex: boolean): string {
  const closer = CLOSERS[wanted] ?? "";
  const mayGoOn = wanted === "RBRACE" || (wanted === "RBRACKET" && !isIndex);
  return mayGoOn ? `expecting {'${closer}', ','}` : `expecting '${closer}'`;
}

function afterDot(place: Place, at: number): Step {
  const { token, next } = place;
  if (token === undefined) return { faults: [{ at, message: "Syntax error: no viable alternative at input '.'" }] };
  // A dot and digits are a number, and no part of what stands before it.
  if (/^\.\d/.test(token.text)) return tooMuch(place, next === undefined, "expecting <EOF>", at);
  return {
    faults: [{ at: token.start, message: `Syntax error: no viable alternative at input '.${shown(token.text)}'` }],
  };
}

/** One token too much is passed over where the next one fits. */
function tooMuch({ token }: Place, isPassedOver: boolean, expecting: string, at: number, text?: string): Step {
  const what = isPassedOver ? "extraneous" : "mismatched";
  const start = token?.start ?? at;
  const faults = [
    { at: start, message: `Syntax error: ${what} input '${shown(token?.text ?? "<EOF>")}' ${expecting}` },
  ];
  if (!isPassedOver || text === undefined || token === undefined) return { faults };
  return { faults, left: blank(text, token) };
}

function blank(text: string, { start, text: token }: Token): string {
  return text.slice(0, start) + " ".repeat(token.length) + text.slice(start + token.length);
}

function withoutCloser(text: string, place: Place, wanted: string): Step {
  const { token, next, isIndex } = place;
  const closer = CLOSERS[wanted] ?? "";
  const expecting = expectingCloser(wanted, isIndex);
  const isFollowed = next?.text === closer || (next?.text === "," && expecting.endsWith("','}"));
  if (!isFollowed && wanted === "COLON" && token !== undefined && BEGINS.test(token.text)) {
    return { faults: [{ at: token.start, message: `Syntax error: missing ':' at '${shown(token.text)}'` }] };
  }
  return tooMuch(place, isFollowed, expecting, text.length, text);
}

function noBeginning(text: string, place: Place, at: number): Step {
  const { token, previous, next, isIndex, isList } = place;
  // A name may begin with a dot, which the library doesn't know.
  if (token?.text === "." && next !== undefined) {
    if (/^[A-Za-z_]/.test(next.text)) return { faults: [], left: blank(text, token) };
    return afterDot({ ...place, token: next }, next.start);
  }
  if (token?.text === "," && previous?.text === "," && isList) return tooMuch(place, false, "expecting ']'", at);
  const isBegun = next !== undefined && BEGINS.test(next.text);
  const expecting = previous?.text === "[" && isIndex ? INDEX_BEGINNINGS : BEGINNINGS;
  const { faults, left } = tooMuch(place, isBegun, expecting, at, text);
  if (left !== undefined || token === undefined || !OPERATORS.has(token.text))
    return { faults, ...(left !== undefined && { left }) };
  // An operator is taken for one all the same, and the value after it is looked for.
  return { faults, left: blank(text, token) };
}
