import { cloneJson, setOwn, type Problem } from "@fairlead/base";
import type { Properties } from "../parse/builder.ts";
import { Parser } from "../parse/parser.ts";
import { formatFloat } from "../schema/float.ts";
import { goSyntax } from "../schema/go-text.ts";
import { integerKind, YamlInteger } from "../schema/integer.ts";
import { resolveTagged } from "../schema/tagged.ts";
import { resolvePlainV2, type Resolved } from "../schema/v2.ts";
import type { Scanner } from "../scan/scanner.ts";
import { PLAIN } from "../scan/tokens.ts";
import { AliasMeter } from "./aliasing.ts";
import { numberIn, type NumberStyle } from "./numbers.ts";

type Values = Record<string, unknown>;

interface Anchored {
  /** Undefined while its own content is being read. */
  value: unknown;
  isReady: boolean;
  steps: number;
  /** Levels of collections in the value; found out at the first alias. */
  height?: number;
  /** The number as it was written, if it is one. */
  readonly number: number | bigint;
  readonly isFloat: boolean;
}

/** From 0. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface OpenSequence {
  readonly items: unknown[];
  readonly anchored: Anchored | undefined;
  readonly line: number;
  readonly column: number;
}

interface OpenMapping {
  readonly values: Values;
  readonly anchored: Anchored | undefined;
  readonly line: number;
  readonly column: number;
  key: string;
  /** The key as Go prints it in messages: `"a"`, `12`, `false`. */
  keySyntax: string;
  isMerge: boolean;
}

/** What `<<` without quotes is as a key; as a value it is the string. */
const MERGE = Symbol("<<");
/** A key that has been reported; its pair is left out. */
const NO_KEY = "\0";

export interface ValueParserOptions {
  readonly depthMax: number;
  readonly numbers: NumberStyle;
  /** Refuse a key that a mapping already has, as the strict decoders of Kubernetes do. */
  readonly uniqueKeys: boolean;
}

/**
 * Builds plain values while it parses, without nodes: what go.yaml.in/yaml/v2 decodes and sigs.k8s.io/yaml makes JSON of. Faults of
 * values are collected, since a fault of syntax further on comes before them, as in Go.
 */
export class ValueParser extends Parser<unknown, OpenSequence, OpenMapping> {
  /** In the order Go comes to them: go-yaml's decoder, the change to JSON's types, the JSON text. */
  readonly #decodeFaults: Problem[] = [];
  readonly #keyFaults: Problem[] = [];
  readonly #jsonFaults: Problem[] = [];
  readonly #options: ValueParserOptions;
  #anchors: Map<string, Anchored> | undefined;
  #meter = new AliasMeter();
  /** The last number as it was written: 1e3 and 1000 are the same value but not the same key. */
  #lastNumber: number | bigint = 0;
  #isFloat = false;
  /** Where the last node that is complete began. */
  #nodeLine = 0;
  #nodeColumn = 0;
  /** Where the values of mappings stand, by their keys in Go's syntax; only kept with `uniqueKeys`. */
  readonly #places = new WeakMap<object, Map<string, Place>>();

  constructor(scanner: Scanner, options: ValueParserOptions) {
    super(scanner, options.depthMax);
    this.#options = options;
  }

  /** The next document's value, with the line of its content from 0; undefined at the end of the stream. */
  next(isFirst: boolean): { value: unknown; line: number } | undefined {
    const found = this.document(isFirst);
    return found && { value: found.content === MERGE ? "<<" : found.content, line: found.line };
  }

  /** Hands out the faults found so far; the first is the one Go would stop at. */
  takeFaults(): Problem[] {
    return [...this.#decodeFaults.splice(0), ...this.#keyFaults.splice(0), ...this.#jsonFaults.splice(0)];
  }

  protected override openDocument(): void {
    this.#anchors = undefined;
    this.#meter = new AliasMeter();
  }

  protected override closeDocument(): void {}

  protected override scalar(slot: number, properties: Properties): unknown {
    this.#meter.steps++;
    this.#nodeLine = properties.line;
    this.#nodeColumn = properties.column;
    const { queue } = this;
    const text = queue.value[slot] as string;
    const isPlain = queue.style[slot] === PLAIN;
    if (properties.tag !== "" || properties.anchor !== "") return this.#withProperties(text, isPlain, properties);
    return isPlain ? this.#plain(text, properties) : text;
  }

  #plain(text: string, at: Properties): unknown {
    const resolved = resolvePlainV2(text);
    if (text === "<<") return MERGE;
    return resolved === undefined ? text : this.#resolvedValue(resolved, at);
  }

  #resolvedValue({ tag, value }: Resolved, at: Properties): unknown {
    if (typeof value !== "number" && typeof value !== "bigint") return value;
    this.#isFloat = tag === "!!float";
    this.#lastNumber = value;
    if (typeof value === "number" && !Number.isFinite(value) && this.#options.numbers !== "go") {
      return this.#nonFinite(value, at);
    }
    return numberIn(this.#options.numbers, value, tag === "!!int");
  }

  /** JSON has no infinities; as a key one is fine, so the fault is taken back there (see `#keyOf`). */
  #nonFinite(value: number, at: Properties): unknown {
    const name = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    this.#jsonFaults.push(valueProblem(`json: unsupported value: ${name}`, at));
    return value;
  }

  #withProperties(text: string, isPlain: boolean, properties: Properties): unknown {
    const value = this.#taggedValue(text, isPlain, properties);
    const { anchor } = properties;
    if (anchor !== "") {
      const target = value === MERGE ? "<<" : value;
      this.#remember(anchor, {
        value: target,
        isReady: true,
        steps: 1,
        number: this.#lastNumber,
        isFloat: this.#isFloat,
      });
    }
    return value;
  }

  #taggedValue(text: string, isPlain: boolean, properties: Properties): unknown {
    const { tag } = properties;
    if (tag === "") return isPlain ? this.#plain(text, properties) : text;
    if ((text === "<<" && tag === "!") || (text === "<<" && tag === "tag:yaml.org,2002:merge")) return MERGE;
    const outcome = resolveTagged(tag, text, resolvePlainV2);
    if ("fault" in outcome) {
      this.#decodeFaults.push(valueProblem(`yaml: ${outcome.fault}`, properties));
      return null;
    }
    return this.#resolvedValue(outcome.resolved, properties);
  }

  protected override empty(_offset: number, line: number, column: number, properties: Properties | undefined): unknown {
    this.#meter.steps++;
    this.#nodeLine = line;
    this.#nodeColumn = column;
    return properties === undefined ? null : this.#withProperties("", true, properties);
  }

  #remember(name: string, anchored: Anchored): Anchored {
    this.#anchors ??= new Map();
    this.#anchors.set(name, anchored);
    return anchored;
  }

  #opened(properties: Properties): Anchored | undefined {
    this.#meter.steps++;
    if (properties.anchor === "") return undefined;
    const steps = 1 - this.#meter.steps;
    return this.#remember(properties.anchor, { value: undefined, isReady: false, steps, number: 0, isFloat: false });
  }

  #closed({ anchored, line, column }: OpenSequence | OpenMapping, value: unknown): void {
    this.#nodeLine = line;
    this.#nodeColumn = column;
    if (anchored === undefined) return;
    anchored.value = value;
    anchored.isReady = true;
    anchored.steps += this.#meter.steps;
  }

  protected override alias(name: string, slot: number): unknown {
    const at = { line: this.queue.line[slot] as number, column: this.queue.column[slot] as number };
    this.#nodeLine = at.line;
    this.#nodeColumn = at.column;
    const target = this.#anchors?.get(name);
    if (target === undefined) throw this.unknownAnchor(name);
    if (!target.isReady) {
      this.#decodeFaults.push(aliasProblem(`yaml: anchor '${name}' value contains itself`, at));
      return null;
    }
    if (this.#meter.isExcessive(target.steps)) {
      if (!this.#decodeFaults.some((fault) => fault.code === "YamlAlias")) {
        this.#decodeFaults.push(aliasProblem("yaml: document contains excessive aliasing", at));
      }
      return null;
    }
    this.#lastNumber = target.number;
    this.#isFloat = target.isFloat;
    target.height ??= heightOf(target.value);
    this.checkDepth(target.height);
    const copy = cloneJson(target.value);
    const places = this.#options.uniqueKeys ? this.#places.get(target.value as object) : undefined;
    if (places !== undefined) this.#places.set(copy as object, places);
    return copy;
  }

  protected override openSequence(_isFlow: boolean, properties: Properties): OpenSequence {
    const { line, column } = properties;
    return { items: [], anchored: this.#opened(properties), line, column };
  }

  protected override addItem(sequence: OpenSequence, item: unknown): void {
    sequence.items.push(item === MERGE ? "<<" : item);
  }

  protected override closeSequence(sequence: OpenSequence): unknown {
    this.#closed(sequence, sequence.items);
    return sequence.items;
  }

  protected override openMapping(_isFlow: boolean, properties: Properties): OpenMapping {
    const { line, column } = properties;
    return { values: {}, anchored: this.#opened(properties), line, column, key: "", keySyntax: "", isMerge: false };
  }

  protected override addKey(mapping: OpenMapping, key: unknown): void {
    mapping.isMerge = false;
    if (typeof key === "string") {
      mapping.key = key;
      mapping.keySyntax = "";
    } else if (key === MERGE) {
      mapping.isMerge = true;
      this.#meter.steps--;
    } else {
      mapping.key = this.#keyOf(key, mapping);
    }
  }

  /** Keys that are no strings, as sigs.k8s.io/yaml names them in JSON. Floats lose digits there: it prints them as 32-bit ones. */
  #keyOf(key: unknown, at: OpenMapping): string {
    at.keySyntax = key === null ? "<nil>" : String(key);
    if (typeof key === "boolean") return key ? "true" : "false";
    if (typeof key === "number" || typeof key === "bigint" || key instanceof YamlInteger)
      return this.#numberKey(key, at);
    if (key === null || key === undefined) {
      this.#keyFaults.push(valueProblem("unsupported map key of type: %!s(<nil>), key: <nil>, value: ", at));
    } else {
      this.#decodeFaults.push(valueProblem(`yaml: invalid map key: ${goSyntax(key)}`, at));
    }
    return NO_KEY;
  }

  #numberKey(key: number | bigint | YamlInteger, at: OpenMapping): string {
    if (typeof key === "number" && !Number.isFinite(key)) this.#jsonFaults.pop();
    const number = this.#lastNumber;
    at.keySyntax = this.#isFloat ? formatFloat(Number(number)) : String(number);
    if (this.#isFloat) return formatFloat(Number(number), 32);
    if (typeof number === "bigint" && integerKind(number) === "uint64") {
      const message = `unsupported map key of type: uint64, key: 0x${number.toString(16)}, value: `;
      this.#keyFaults.push(valueProblem(message, at));
      return NO_KEY;
    }
    return String(number);
  }

  protected override addValue(mapping: OpenMapping, value: unknown): void {
    const { values, key } = mapping;
    if (mapping.isMerge) {
      this.#merge(mapping, value);
    } else if (key === NO_KEY) {
      if (this.#options.uniqueKeys) this.#checkUnique(mapping);
      const last = this.#keyFaults.at(-1);
      if (last?.message.endsWith("value: ")) {
        this.#keyFaults[this.#keyFaults.length - 1] = { ...last, message: last.message + goSyntax(value) };
      }
    } else {
      if (this.#options.uniqueKeys) this.#checkUnique(mapping);
      setOwn(values, key, value === MERGE ? "<<" : value);
    }
  }

  /** Keys are told apart as Go does: 12 and "12" are two. */
  #checkUnique({ values, key, keySyntax }: OpenMapping): void {
    const syntax = keySyntax || JSON.stringify(key);
    const place = { line: this.#nodeLine, column: this.#nodeColumn };
    const places = this.#placesOf(values);
    if (places.has(syntax)) this.#duplicate(syntax, place);
    places.set(syntax, place);
  }

  #placesOf(values: Values): Map<string, Place> {
    let places = this.#places.get(values);
    if (places === undefined) this.#places.set(values, (places = new Map()));
    return places;
  }

  #checkMerge(values: Values, source: object): void {
    const places = this.#placesOf(values);
    for (const [syntax, place] of this.#places.get(source) ?? []) {
      if (places.has(syntax)) this.#duplicate(syntax, place);
      places.set(syntax, place);
    }
  }

  /** The place is that of the value, as in Go. */
  #duplicate(keySyntax: string, { line, column }: Place): void {
    const message = `yaml: unmarshal errors:\n  line ${line + 1}: key ${keySyntax} already set in map`;
    this.#decodeFaults.push({ code: "YamlDuplicateKey", message, line: line + 1, column: column + 1 });
  }

  /** v2 merges where the `<<` stands: it overwrites keys before it and is overwritten by keys behind it. Earlier maps of a list win. */
  #merge(mapping: OpenMapping, value: unknown): void {
    const sources = Array.isArray(value) ? value.toReversed() : [value];
    for (const source of sources) {
      if (typeof source !== "object" || source === null || Array.isArray(source)) {
        const message = "yaml: map merge requires map or sequence of maps as the value";
        this.#decodeFaults.push(valueProblem(message, mapping));
        return;
      }
      if (this.#options.uniqueKeys) this.#checkMerge(mapping.values, source);
      for (const key of Object.keys(source)) setOwn(mapping.values, key, (source as Values)[key]);
    }
  }

  protected override closeMapping(mapping: OpenMapping): unknown {
    this.#closed(mapping, mapping.values);
    return mapping.values;
  }
}

/** Aliases of aliases could nest values deeper than any text, so their levels count too. */
function heightOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let height = 0;
  for (const item of Object.values(value)) height = Math.max(height, heightOf(item));
  return height + 1;
}

function valueProblem(message: string, at: { line: number; column: number }): Problem {
  return { code: "YamlValue", message, line: at.line + 1, column: at.column + 1 };
}

function aliasProblem(message: string, at: { line: number; column: number }): Problem {
  return { code: "YamlAlias", message, line: at.line + 1, column: at.column + 1 };
}
