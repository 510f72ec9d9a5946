import type { Output } from "../../io.ts";
import { countRows, type Row } from "./model.ts";
import { alignColumns, cut } from "./table.ts";

const ESCAPE = "\u001B[";
const COLOURS = { green: "32", red: "31", yellow: "33", dim: "2", bold: "1" } as const;
const MARK = { healthy: "✔", applied: "◕", rendered: "◑", waiting: "○" } as const;
/** Lines that are not Applications: the head, a blank one, and one that says how many are not shown. */
const FRAME_LINES = 4;

function paint(colour: keyof typeof COLOURS, text: string): string {
  return `${ESCAPE}${COLOURS[colour]}m${text}${ESCAPE}0m`;
}

/** Draws the fleet in place, one line an Application; unfinished ones first when not all fit. */
export class FleetDrawing {
  readonly #out: Output;
  #drawnLines = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  draw(rows: readonly Row[], elapsedMs: number): void {
    const lines = this.#lines(rows, elapsedMs);
    const up = this.#drawnLines > 0 ? `${ESCAPE}${this.#drawnLines}A` : "";
    this.#out.write(`${up}${lines.map((line) => `\r${ESCAPE}2K${line}\n`).join("")}${ESCAPE}0J`);
    this.#drawnLines = lines.length;
  }

  #lines(rows: readonly Row[], elapsedMs: number): string[] {
    const { total, rendered, applied, healthy, failed } = countRows(rows);
    const counts = `${total} applications: ${rendered} rendered, ${applied} applied, ${healthy} healthy`;
    const failures = failed > 0 ? paint("red", `, ${failed} failing`) : "";
    const head = `${paint("bold", counts)}${failures}  ${paint("dim", `${(elapsedMs / 1000).toFixed(1)} s`)}`;
    const room = Math.max(1, this.#out.rows - FRAME_LINES);
    const sorted = rows.length <= room ? rows : [...rows].sort((a, b) => Number(isDone(a)) - Number(isDone(b)));
    const shown = sorted.slice(0, room);
    const text = alignColumns(
      shown.map((row) => [row.name, row.destination, row.stage, `${row.objects} objects`, note(row)]),
    );
    const lines = shown.map((row, index) => `${mark(row)} ${cut(text[index] ?? "", this.#out.columns - 3)}`);
    return [head, ...lines, ...(rows.length > room ? [paint("dim", `… and ${rows.length - room} more`)] : [])];
  }
}

function isDone(row: Row): boolean {
  return row.stage === "healthy";
}

function note(row: Row): string {
  return isDone(row) ? "" : (row.message ?? "");
}

function mark(row: Row): string {
  if (row.isFailed) return paint("red", "✘");
  return paint(isDone(row) ? "green" : "yellow", MARK[row.stage]);
}
