interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: Readonly<Record<string, number>>;
}

const MONTHS = namesOf(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1);
const DAYS = namesOf(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], 0);
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);

function namesOf(names: readonly string[], first: number): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, first + index]));
}

/** Why a text is no cron schedule, as github.com/robfig/cron says it; undefined when it is one. */
export function cronFault(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S*\s+/, "");
  if (text.startsWith("@")) return descriptorFault(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  }
  for (const [index, field] of fields.entries()) {
    const fault = fieldFault(field, FIELDS[index] as Bounds);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function descriptorFault(text: string): string | undefined {
  if (DESCRIPTORS.has(text)) return undefined;
  if (!text.startsWith("@every ")) return `unrecognized descriptor: ${text}`;
  const duration = text.slice("@every ".length);
  if (/^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

function fieldFault(field: string, bounds: Bounds): string | undefined {
  for (const part of field.split(",").filter((item) => item !== "")) {
    const fault = rangeFault(part, bounds);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function rangeFault(expression: string, bounds: Bounds): string | undefined {
  const [span = "", step, ...steps] = expression.split("/");
  const [low = "", high, ...more] = span.split("-");
  let start = bounds.min;
  let end = bounds.max;
  if (low !== "*" && low !== "?") {
    const first = parseNumber(low, bounds);
    if (typeof first === "string") return first;
    start = first;
    end = step === undefined ? first : bounds.max;
    if (more.length > 0) return `too many hyphens: ${expression}`;
    if (high !== undefined) {
      const last = parseNumber(high, bounds);
      if (typeof last === "string") return last;
      end = last;
    }
  }
  if (steps.length > 0) return `too many slashes: ${expression}`;
  const width = step === undefined ? 1 : parseNumber(step, { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (typeof width === "string") return width;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return width === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

function parseNumber(text: string, bounds: Bounds): number | string {
  const named = bounds.names?.[text.toLowerCase()];
  if (named !== undefined) return named;
  if (/^-\d+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
  if (/^\+?\d{1,15}$/.test(text)) return Number(text);
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
