import { ZONE_TABLES } from "./generated/zones.ts";

/** A place's time: what Go calls a Location. */
export interface Location {
  /** UTC, Local, an IANA name, or the name of a fixed offset. */
  readonly name: string;
  /** What the clocks show at this Unix second: their offset in seconds east of UTC, and the abbreviation in use. */
  at(unixSeconds: number): ZoneTime;
  /** The offset a named abbreviation stands for around this time; undefined for one the place never used. */
  offsetOf(abbreviation: string, unixSeconds: number): number | undefined;
}

export interface ZoneTime {
  readonly abbreviation: string;
  readonly offset: number;
}

export const UTC: Location = fixedZone("UTC", 0);

export function fixedZone(name: string, offset: number): Location {
  return {
    name,
    at: () => ({ abbreviation: name, offset }),
    offsetOf: (abbreviation) => (abbreviation === name ? offset : undefined),
  };
}

/** The offset of the time before a zone has rules, as Go sees it; the platform has local mean time there. */
interface Beginning {
  readonly offset: number;
  readonly until: number;
}

interface ZoneTable {
  readonly beginning: Beginning | undefined;
  readonly segments: readonly Segment[];
}

/** Abbreviations by offset, valid before a Unix second. */
interface Segment {
  readonly before: number;
  readonly names: ReadonlyMap<number, string>;
}

/**
 * Tables as `OFFSET@UNTIL;NAME:OFFSET,…|BOUNDARY|NAME:OFFSET,…=ZONE ZONE…`: the offset before all rules (without UNTIL: for ever), then which offset was called what, up to a boundary where one changed
 * its name. Offsets themselves come from the platform's time zone database; an offset without a name is its own, as +03.
 */
let tablesByZone: ReadonlyMap<string, string> | undefined;

function zoneTables(): ReadonlyMap<string, string> {
  tablesByZone ??= new Map(
    ZONE_TABLES.flatMap((line) => {
      const [table = "", zones = ""] = line.split("=");
      return zones.split(" ").map((name): [string, string] => [name, table]);
    }),
  );
  return tablesByZone;
}

function tableOf(zone: string): ZoneTable {
  const [, offset, until, rest = ""] = /^(?:(-?\d+)@(-?\d*);)?(.*)$/.exec(zoneTables().get(zone) ?? "") ?? [];
  const beginning =
    offset === undefined ? undefined : { offset: Number(offset), until: until === "" ? Infinity : Number(until) };
  const parts = rest.split("|");
  const segments: Segment[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const pairs = (parts[at] ?? "").split(",").filter((pair) => pair !== "");
    const names = pairs.map((pair): [number, string] => {
      const colon = pair.lastIndexOf(":");
      return [Number(pair.slice(colon + 1)), pair.slice(0, colon)];
    });
    segments.push({ before: parts[at + 1] === undefined ? Infinity : Number(parts[at + 1]), names: new Map(names) });
  }
  return { beginning, segments };
}

const loaded = new Map<string, Location | undefined>();
const LOADED_MAX = 1000;

/** time.LoadLocation without Local: an IANA name exactly as it is written there, or undefined. */
export function loadLocation(name: string): Location | undefined {
  if (name === "" || name === "UTC") return UTC;
  if (loaded.has(name)) return loaded.get(name);
  const location = isZoneName(name) ? zone(name, name) : undefined;
  if (loaded.size < LOADED_MAX) loaded.set(name, location);
  return location;
}

/** The same place under the name Local. */
export function localLocation(zoneName: string): Location {
  const known = loadLocation(zoneName) ?? UTC;
  return { ...known, name: "Local" };
}

/** Names are files in Go: upper and lower case count, and what is not in the database is no name. */
function isZoneName(name: string): boolean {
  return zoneTables().has(name) && offsetReader(name) !== undefined;
}

/** Tells a zone's offset in seconds at a Unix second, from the platform's own time zone database; undefined for no zone. */
function offsetReader(zoneName: string): ((unixSeconds: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zoneName, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
  return (unixSeconds) => {
    const text = format.format(clamp(unixSeconds) * 1000);
    const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
    if (sign === undefined) return 0;
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
    return sign === "-" ? -offset : offset;
  };
}

function zone(name: string, zoneName: string): Location {
  const readOffset = offsetReader(zoneName) ?? (() => 0);
  let table: ZoneTable | undefined;
  const nameOf = (offset: number, unixSeconds: number): string => {
    table ??= tableOf(zoneName);
    const segment = table.segments.find(({ before }) => unixSeconds < before);
    return segment?.names.get(offset) ?? numericName(offset);
  };
  return {
    name,
    at(unixSeconds) {
      table ??= tableOf(zoneName);
      if (table.beginning !== undefined && unixSeconds < table.beginning.until) {
        const { offset } = table.beginning;
        return { offset, abbreviation: nameOf(offset, unixSeconds) };
      }
      const offset = readOffset(unixSeconds);
      return { offset, abbreviation: nameOf(offset, unixSeconds) };
    },
    offsetOf(abbreviation, unixSeconds) {
      table ??= tableOf(zoneName);
      const offsets = table.segments.flatMap(({ names }) => {
        return [...names].filter(([, known]) => known === abbreviation).map(([offset]) => offset);
      });
      // One that was in use at the time, else any the place ever used.
      const inUse = offsets.find((offset) => this.at(unixSeconds - offset).abbreviation === abbreviation);
      return inUse ?? offsets[0];
    },
  };
}

/** A JavaScript date ranges from 271821 BC to 275760 AD. */
function clamp(unixSeconds: number): number {
  return Math.min(Math.max(unixSeconds, -8.64e12), 8.64e12);
}

function numericName(offset: number): string {
  const sign = offset < 0 ? "-" : "+";
  const minutes = Math.floor(Math.abs(offset) / 60);
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return sign + hours + (Math.abs(offset) % 3600 === 0 ? "" : String(minutes % 60).padStart(2, "0"));
}
