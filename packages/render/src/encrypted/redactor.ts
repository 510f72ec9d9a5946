import { ProblemError, type Problem } from "@fairlead/base";

const REDACTED = "(redacted)";
/** Shorter ones are not told from ordinary words: every `1` and `on` of a message would go. */
const CHARACTERS_MIN = 3;

/** Takes what was decrypted out of messages, in the forms in which it may stand there. */
export class Redactor {
  readonly #texts = new Set<string>();

  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      for (const text of [secret, ...secret.split("\n")]) {
        if (text.trim().length < CHARACTERS_MIN) continue;
        this.#texts.add(text);
        this.#texts.add(text.trim());
        this.#texts.add(JSON.stringify(text).slice(1, -1));
        this.#texts.add(Buffer.from(text).toString("base64"));
      }
    }
  }

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  /** Whether the text has anything in it that was decrypted. */
  isIn(text: string): boolean {
    for (const secret of this.#texts) if (text.includes(secret)) return true;
    return false;
  }

  text(message: string): string {
    let clean = message;
    // Longest first: one may be part of another.
    for (const secret of [...this.#texts].sort((a, b) => b.length - a.length)) {
      clean = clean.replaceAll(secret, REDACTED);
    }
    return clean;
  }

  problems(problems: readonly Problem[]): readonly Problem[] {
    if (this.#texts.size === 0) return problems;
    return problems.map((problem) => ({
      ...problem,
      message: this.text(problem.message),
      ...(problem.hint === undefined ? {} : { hint: this.text(problem.hint) }),
      ...(problem.object === undefined ? {} : { object: this.text(problem.object) }),
    }));
  }

  /** The cause is left behind: it says the same in its own words. */
  error(error: ProblemError): ProblemError {
    return this.#texts.size === 0 ? error : new ProblemError(this.problems(error.problems));
  }
}
