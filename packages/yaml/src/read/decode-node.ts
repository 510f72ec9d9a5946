import { type Json, type JsonObject, type Problem, ProblemError, setOwn } from "@fairlead/base";
import { YAML_LIMITS } from "../limits.ts";
import type { Alias, Mapping, Node, Scalar, Sequence } from "../node.ts";
import { goSyntax } from "../schema/go-text.ts";
import { resolveTagged } from "../schema/tagged.ts";
import { timestampJson } from "../schema/timestamp.ts";
import { resolvePlainV3 } from "../schema/v3.ts";
import { AliasMeter } from "./aliasing.ts";
import { numberIn, type NumberStyle } from "./numbers.ts";

export interface DecodeNodeOptions {
  /** Named in problems. */
  readonly file?: string | undefined;
  /** See NumberStyle; `json` unless said otherwise. */
  readonly numbers?: NumberStyle | undefined;
}

/**
 * The value of a node as go.yaml.in/yaml/v3 decodes it, fit for JSON: yes and no are strings, `<<` never overrides a key of the mapping
 * itself, times are RFC 3339 strings, keys are strings as they are written. A key that comes twice is refused, as v3 does.
 * @throws ProblemError with every problem, in v3's words.
 */
export function decodeNode(node: Node, options: DecodeNodeOptions = {}): Json {
  const decoder = new NodeDecoder(options.numbers ?? "json");
  const value = decoder.decode(node);
  const { problems } = decoder;
  if (problems.length === 0) return value as Json;
  const { file } = options;
  throw new ProblemError(problems.map((problem) => (file === undefined ? problem : { ...problem, file })));
}

/** The aliases that are being followed stop once expansion is too much; the rest of the document would only repeat the fault. */
class NodeDecoder {
  /** In the order Go comes to them: what stops v3 at once, what it collects, what JSON refuses. */
  readonly #problems: [Problem[], Problem[], Problem[]] = [[], [], []];
  readonly #numbers: NumberStyle;
  readonly #meter = new AliasMeter();
  readonly #following = new Set<Alias>();
  #isExhausted = false;
  #depth = 0;

  constructor(numbers: NumberStyle) {
    this.#numbers = numbers;
  }

  decode(node: Node): unknown {
    if (this.#isExhausted) return null;
    if (this.#meter.stepIsExcessive(this.#following.size > 0)) {
      this.#isExhausted = true;
      this.#report("YamlAlias", "yaml: document contains excessive aliasing", node);
      return null;
    }
    switch (node.kind) {
      case "scalar":
        return this.#scalar(node);
      case "sequence":
      case "mapping":
        return this.#collection(node);
      case "alias":
        return this.#alias(node, (target) => this.decode(target));
    }
  }

  /** Aliases of aliases could nest values deeper than any text, so the levels are counted here as well. */
  #collection(node: Sequence | Mapping): unknown {
    if (this.#depth >= YAML_LIMITS.depthMax) {
      this.#isExhausted = true;
      this.#report("YamlLimit", `yaml: collections are nested more than ${YAML_LIMITS.depthMax} deep`, node);
      return null;
    }
    this.#depth++;
    const value = node.kind === "sequence" ? this.#sequence(node) : this.#mapping(node, {}, undefined);
    this.#depth--;
    return value;
  }

  get problems(): Problem[] {
    return this.#problems.flat();
  }

  #report(code: string, message: string, { line, column }: Node, stage: 0 | 1 | 2 = 0): void {
    this.#problems[stage].push({ code, message, line, column });
  }

  #alias(node: Alias, decode: (target: Node) => unknown): unknown {
    if (this.#following.has(node)) {
      this.#report("YamlAlias", `yaml: anchor '${node.name}' value contains itself`, node);
      return null;
    }
    this.#following.add(node);
    const value = decode(node.target);
    this.#following.delete(node);
    return value;
  }

  #scalar(node: Scalar): unknown {
    const { tag, value } = node;
    const isQuoted = node.style !== "plain" && (tag === "" || tag === "!");
    if (tag === "!!str" || isQuoted) return value;
    const outcome =
      tag === ""
        ? { resolved: resolvePlainV3(value) ?? { tag: "!!str" as const, value } }
        : resolveTagged(tag, value, resolvePlainV3);
    if ("fault" in outcome) {
      this.#report("YamlValue", `yaml: ${outcome.fault}`, node);
      return null;
    }
    const { resolved } = outcome;
    if (resolved.tag === "!!timestamp") return timestampJson(value);
    if (typeof resolved.value !== "number" && typeof resolved.value !== "bigint") return resolved.value;
    return this.#number(resolved.value, resolved.tag === "!!int", node);
  }

  #number(value: number | bigint, isInteger: boolean, node: Node): unknown {
    if (typeof value === "number" && !Number.isFinite(value) && this.#numbers !== "go") {
      const name = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
      this.#report("YamlValue", `json: unsupported value: ${name}`, node, 2);
    }
    return numberIn(this.#numbers, value, isInteger);
  }

  #sequence(node: Sequence): unknown[] {
    return node.items.map((item) => this.decode(item));
  }

  /**
   * Decodes pairs into `into`. `taken`: inside a merge, the keys that are set already and must stay. Only the last `<<` of a mapping
   * counts, as in v3.
   */
  #mapping(node: Mapping, into: JsonObject, taken: Set<string> | undefined): JsonObject {
    if (this.#hasDuplicates(node)) return into;
    let merge: Node | undefined;
    for (const { key, value } of node.pairs) {
      if (isMergeKey(key)) {
        merge = value;
        continue;
      }
      const name = this.#key(key);
      if (name === undefined) {
        this.decode(value);
        continue;
      }
      if (taken?.has(name)) continue;
      taken?.add(name);
      setOwn(into, name, this.decode(value) as Json);
    }
    if (merge !== undefined) this.#merge(merge, into, taken ?? new Set(Object.keys(into)));
    return into;
  }

  #hasDuplicates(node: Mapping): boolean {
    const seen = new Map<string, Node[]>();
    let isFound = false;
    for (const { key } of node.pairs) {
      const value = key.kind === "scalar" ? key.value : key.kind === "alias" ? key.name : "";
      const earlier = seen.get(`${key.kind} ${value}`);
      if (earlier === undefined) {
        seen.set(`${key.kind} ${value}`, [key]);
        continue;
      }
      for (const first of earlier) {
        const text = `line ${key.line}: mapping key ${JSON.stringify(value)} already defined at line ${first.line}`;
        this.#report("YamlDuplicateKey", `yaml: unmarshal errors:\n  ${text}`, key, 1);
      }
      earlier.push(key);
      isFound = true;
    }
    return isFound;
  }

  /** A key is a string as it is written, which is how v3 fills a map of strings: `1`, `0x10` and `yes` stay themselves. */
  #key(key: Node): string | undefined {
    const target = key.kind === "alias" ? key.target : key;
    const value = this.decode(key);
    if (target.kind !== "scalar") {
      this.#report("YamlValue", `yaml: invalid map key: ${goSyntax(value)}`, key);
      return undefined;
    }
    if (value !== null) return typeof value === "string" && target.tag === "!!binary" ? value : target.value;
    this.#report("YamlValue", "unsupported map key of type: %!s(<nil>), key: <nil>", key, 2);
    return undefined;
  }

  #merge(source: Node, into: JsonObject, taken: Set<string>): void {
    const sources = source.kind === "sequence" ? source.items : [source];
    for (const item of sources) {
      const target = item.kind === "alias" ? item.target : item;
      if (target.kind !== "mapping") {
        this.#report("YamlValue", "yaml: map merge requires map or sequence of maps as the value", item);
        return;
      }
      if (this.#meter.stepIsExcessive(this.#following.size > 0)) {
        this.#isExhausted = true;
        this.#report("YamlAlias", "yaml: document contains excessive aliasing", item);
        return;
      }
      if (item.kind === "alias") this.#alias(item, () => this.#mapping(target, into, taken));
      else this.#mapping(target, into, taken);
    }
  }
}

function isMergeKey(key: Node): boolean {
  return key.kind === "scalar" && key.value === "<<" && (key.tag === "" || key.tag === "!" || key.tag === "!!merge");
}
