import { cloneJson, setOwn, type Problem } from "@fairlead/base";
import { Parser, type Properties } from "../parse/parser.ts";
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
}

interface OpenSequence {
  readonly items: unknown[];
  readonly anchored: Anchored | undefined;
}

interface OpenMapping {
  readonly values: Values;
  readonly anchored: Anchored | undefined;
  key: string;
  isMerge: boolean;
  line: number;
  column: number;
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
  /** Whether the last number was written as a float: 1e3 and 1000 are the same value but not the same key. */
  #isFloat = false;

  constructor(scanner: Scanner, options: ValueParserOptions) {
    super(scanner, options.depthMax);
    this.#options = options;
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
    this.#isFloat = tag === "!!float";
    if (typeof value !== "number" && typeof value !== "bigint") return value;
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
    if (anchor !== "") this.#remember(anchor, { value: value === MERGE ? "<<" : value, isReady: true, steps: 1 });
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

  protected override empty(
    _offset: number,
    _line: number,
    _column: number,
    properties: Properties | undefined,
  ): unknown {
    this.#meter.steps++;
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
    return this.#remember(properties.anchor, { value: undefined, isReady: false, steps: -this.#meter.steps + 1 });
  }

  #closed(anchored: Anchored | undefined, value: unknown): void {
    if (anchored === undefined) return;
    anchored.value = value;
    anchored.isReady = true;
    anchored.steps += this.#meter.steps;
  }

  protected override alias(name: string, slot: number): unknown {
    const at = { line: this.queue.line[slot] as number, column: this.queue.column[slot] as number };
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
    return cloneJson(target.value);
  }

  protected override openSequence(_isFlow: boolean, properties: Properties): OpenSequence {
    return { items: [], anchored: this.#opened(properties) };
  }

  protected override addItem(sequence: OpenSequence, item: unknown): void {
    sequence.items.push(item === MERGE ? "<<" : item);
  }

  protected override closeSequence(sequence: OpenSequence): unknown {
    this.#closed(sequence.anchored, sequence.items);
    return sequence.items;
  }

  protected override openMapping(_isFlow: boolean, properties: Properties): OpenMapping {
    const { line, column } = properties;
    return { values: {}, anchored: this.#opened(properties), key: "", isMerge: false, line, column };
  }

  protected override addKey(mapping: OpenMapping, key: unknown): void {
    mapping.isMerge = false;
    if (typeof key === "string") {
      mapping.key = key;
    } else if (key === MERGE) {
      mapping.isMerge = true;
      this.#meter.steps--;
    } else {
      mapping.key = this.#keyOf(key, mapping);
    }
  }

  /** Keys that are no strings, as sigs.k8s.io/yaml names them in JSON. Floats lose digits there: it prints them as 32-bit ones. */
  #keyOf(key: unknown, at: OpenMapping): string {
    if (typeof key === "boolean") return key ? "true" : "false";
    const integer = key instanceof YamlInteger ? key.value : key;
    if (typeof integer === "bigint") return this.#bigKey(integer, at);
    if (key instanceof YamlInteger) return String(key.value);
    if (typeof key === "number") {
      if (!Number.isFinite(key)) this.#jsonFaults.pop();
      return this.#isFloat ? formatFloat(key, 32) : String(key);
    }
    if (key === null || key === undefined) {
      this.#keyFaults.push(valueProblem("unsupported map key of type: %!s(<nil>), key: <nil>, value: ", at));
    } else {
      this.#decodeFaults.push(valueProblem(`yaml: invalid map key: ${goSyntax(key)}`, at));
    }
    return NO_KEY;
  }

  #bigKey(key: bigint, at: OpenMapping): string {
    if (integerKind(key) !== "uint64") return String(key);
    const message = `unsupported map key of type: uint64, key: 0x${key.toString(16)}, value: `;
    this.#keyFaults.push(valueProblem(message, at));
    return NO_KEY;
  }

  protected override addValue(mapping: OpenMapping, value: unknown): void {
    const { values, key } = mapping;
    if (mapping.isMerge) {
      this.#merge(mapping, value);
    } else if (key === NO_KEY) {
      const last = this.#keyFaults.at(-1);
      if (last?.message.endsWith("value: ")) {
        this.#keyFaults[this.#keyFaults.length - 1] = { ...last, message: last.message + goSyntax(value) };
      }
    } else {
      if (this.#options.uniqueKeys && Object.hasOwn(values, key)) this.#duplicate(key, mapping);
      setOwn(values, key, value === MERGE ? "<<" : value);
    }
  }

  #duplicate(key: string, at: OpenMapping): void {
    const message = `yaml: unmarshal errors:\n  line ${at.line + 1}: key ${JSON.stringify(key)} already set in map`;
    this.#decodeFaults.push({ code: "YamlDuplicateKey", message, line: at.line + 1, column: at.column + 1 });
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
      for (const key of Object.keys(source)) setOwn(mapping.values, key, (source as Values)[key]);
    }
  }

  protected override closeMapping(mapping: OpenMapping): unknown {
    this.#closed(mapping.anchored, mapping.values);
    return mapping.values;
  }
}

function valueProblem(message: string, at: { line: number; column: number }): Problem {
  return { code: "YamlValue", message, line: at.line + 1, column: at.column + 1 };
}

function aliasProblem(message: string, at: { line: number; column: number }): Problem {
  return { code: "YamlAlias", message, line: at.line + 1, column: at.column + 1 };
}
