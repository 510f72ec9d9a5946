import { JsonnetArray, JsonnetObject, type Lazy, type Machine, type Value } from "../../runtime/machine.ts";
import { fieldOf } from "../../runtime/fields.ts";
import { shortNumberText } from "../../manifest/number.ts";
import { quoteGoJson } from "../../manifest/string.ts";
import type { Trace } from "../../runtime/trace.ts";

export interface JsonStyle {
  readonly indent: string;
  readonly newline: string;
  readonly separator: string;
}

/** What a writer of std does at each value: it may not go deeper than calls may. */
export function checkDepth(machine: Machine, depth: number, site: Trace): void {
  if (depth >= machine.world.limits.framesMax) {
    throw machine.fail("max manifest depth exceeded, possible infinite recursion", site);
  }
}

export function manifestJsonEx(machine: Machine, site: Trace, value: Value, style: JsonStyle): string {
  const out: string[] = [];
  let size = 0;
  const add = (piece: string): void => {
    out.push(piece);
    machine.checkLength((size += piece.length), site);
  };
  const write = (part: Value, path: readonly string[], lineStart: string): void => {
    checkDepth(machine, path.length, site);
    if (typeof part === "string") return add(quoteGoJson(part));
    if (typeof part === "number") return add(shortNumberText(part));
    if (part === null || typeof part === "boolean") return add(`${part}`);
    const inner = lineStart + style.indent;
    if (part instanceof JsonnetArray) {
      add(`[${style.newline}`);
      for (let at = 0; at < part.items.length; at++) {
        add((at === 0 ? "" : `,${style.newline}`) + inner);
        write(machine.force(part.items[at] as Lazy, site), [...path, `${at}`], inner);
      }
      return add(`${style.newline}${lineStart}]`);
    }
    if (!(part instanceof JsonnetObject)) {
      throw machine.fail(`tried to manifest function at [${path.join(" ")}]`, site);
    }
    add(`{${style.newline}`);
    for (const [at, name] of part.shown.entries()) {
      const value_ = fieldOf(machine, part, name, 0, site);
      add((at === 0 ? "" : `,${style.newline}`) + inner + quoteGoJson(name) + style.separator);
      write(value_, [...path, name], inner);
    }
    add(`${style.newline}${lineStart}}`);
  };
  write(value, [], "");
  return out.join("");
}
