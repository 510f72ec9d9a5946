import { isJsonObject, problemError, ProblemError, type Json, type JsonObject } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { highestWithin, sortDescending } from "../versions.ts";

/** One version of a chart in a repository's index. */
export interface IndexedChart {
  readonly name: string;
  readonly version: string;
  /** Absolute, or relative to the repository. */
  readonly urls: readonly string[];
  /** SHA-256 of the archive, hex; "" where the repository does not say. */
  readonly digest: string;
  readonly appVersion: string;
}

const NAME = /^[A-Za-z0-9._-]+$/;

/**
 * An index.yaml. Indexes of ten and more megabytes are usual and one chart of them is wanted, so in the form that Helm itself writes
 * only the lines of that chart are read as YAML; any other form is read whole, once.
 */
export class ChartIndex {
  readonly #text: string;
  readonly #where: string;
  readonly #charts = new Map<string, readonly IndexedChart[]>();
  #entries: JsonObject | undefined;

  /** @param where the repository's address, for messages @throws ProblemError ChartIndexInvalid */
  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
    if (!/^apiVersion:[ \t]*\S/m.test(text)) this.#entries = this.#readWhole();
  }

  /** The versions of a chart, highest first; empty when there is no such chart. @throws ProblemError ChartIndexInvalid */
  versions(name: string): readonly IndexedChart[] {
    const known = this.#charts.get(name);
    if (known) return known;
    const found = this.#entries ? this.#entries[name] : (this.#fromLines(name) ?? this.#whole()[name]);
    const charts = sortDescending(readVersions(found, name), ({ version }) => version);
    this.#charts.set(name, charts);
    return charts;
  }

  /**
   * The version that is meant: that very one, else the highest within the range; `""` is the highest release.
   * @throws ProblemError ChartNotFound, ChartVersionNotFound
   */
  choose(name: string, wanted: string): IndexedChart {
    const all = this.versions(name);
    if (all.length === 0) {
      throw problemError("ChartNotFound", `chart ${JSON.stringify(name)} is not in ${this.#where}`);
    }
    const range = wanted === "" ? "*" : wanted;
    const exact = all.find(({ version }) => version === wanted);
    const found = exact ?? all.find(({ version }) => version === highest(range, all));
    if (found) return found;
    const some = all.slice(0, 5).map(({ version }) => version);
    throw problemError(
      "ChartVersionNotFound",
      `no version of chart ${name} in ${this.#where} is ${wanted || "a release"}`,
      {
        hint: `the newest there: ${some.join(", ")}`,
      },
    );
  }

  #whole(): JsonObject {
    this.#entries ??= this.#readWhole();
    return this.#entries;
  }

  #readWhole(): JsonObject {
    const index = this.#decode(this.#text);
    if (!isJsonObject(index)) throw this.#invalid("it is empty or not a mapping");
    if (typeof index["apiVersion"] !== "string" || index["apiVersion"] === "")
      throw this.#invalid("no API version specified");
    return isJsonObject(index["entries"]) ? index["entries"] : {};
  }

  /** Undefined when the chart's lines cannot be told apart for sure. */
  #fromLines(name: string): Json | undefined {
    const block = NAME.test(name) ? chartLines(this.#text, name) : undefined;
    if (block === undefined) return undefined;
    try {
      const decoded = decodeYaml(block);
      return isJsonObject(decoded) ? decoded[name] : undefined;
    } catch {
      // An alias to an anchor elsewhere, for one: the whole file knows.
      return undefined;
    }
  }

  #decode(text: string): Json {
    try {
      return decodeYaml(text, { limits: { textCharsMax: text.length + 1 } });
    } catch (error) {
      throw this.#invalid(error instanceof ProblemError ? (error.problems[0]?.message ?? "") : String(error));
    }
  }

  #invalid(why: string): Error {
    return problemError("ChartIndexInvalid", `the index of ${this.#where} cannot be read: ${why}`);
  }
}

/** From `  name:` below `entries:` to the next line that is indented as little and begins no list item. */
function chartLines(text: string, name: string): string | undefined {
  const entries = /^entries:[ \t]*\r?$/m.exec(text);
  if (!entries) return undefined;
  const escaped = name.replaceAll(/[.]/g, "\\.");
  const key = new RegExp(`^  (?:${escaped}|"${escaped}"|'${escaped}'):[ \\t]*\\r?$`, "gm");
  key.lastIndex = entries.index;
  const start = key.exec(text);
  if (!start) return undefined;
  const next = /^(?: {0,1}\S|  [^\s#-])/gm;
  next.lastIndex = start.index + start[0].length + 1;
  const end = next.exec(text)?.index ?? text.length;
  return text.slice(start.index, end);
}

function readVersions(found: Json | undefined, name: string): IndexedChart[] {
  if (!Array.isArray(found)) return [];
  return found.flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry["version"] !== "string") return [];
    const urls = Array.isArray(entry["urls"])
      ? entry["urls"].filter((url) => typeof url === "string" && url !== "")
      : [];
    // What cannot be fetched is no version to choose; Helm passes over it too.
    if (urls.length === 0) return [];
    const digest = typeof entry["digest"] === "string" ? entry["digest"] : "";
    const appVersion = typeof entry["appVersion"] === "string" ? entry["appVersion"] : "";
    return [{ name, version: entry["version"], urls: urls as string[], digest, appVersion }];
  });
}

/** Undefined too where the text is neither a version nor a range: then nothing is meant by it. */
function highest(range: string, all: readonly IndexedChart[]): string | undefined {
  try {
    return highestWithin(
      range,
      all.map(({ version }) => version),
    );
  } catch {
    return undefined;
  }
}
