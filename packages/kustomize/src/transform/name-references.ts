import { problemError } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import type { FieldSpec, NameReferences } from "../fields/field-spec.ts";
import { visitField } from "../fields/visit.ts";
import { fieldOf, isNull, rawText, setField, textOf } from "../node/ops.ts";
import { untypedNode } from "../node/scalar.ts";
import { toJson } from "../node/value.ts";
import { type KNode, type MappingNode, NULL, STR } from "../node/types.ts";
import { type Gvk, gvkSelects } from "../resource/gvk.ts";
import { formatId, NOT_A_NAMESPACE, type ResourceId } from "../resource/id.ts";
import { addressOf, type Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../resource/resource-map.ts";
import { addressed } from "./fault.ts";

/** A resource that may be referred to, with everything that is asked of it, computed once. */
interface Candidate {
  readonly resource: Resource;
  readonly current: ResourceId;
  readonly original: ResourceId;
  readonly previous: readonly ResourceId[];
}

interface Referrer extends Candidate {
  /** Namespaces of the service accounts a RoleBinding names. */
  readonly bound: ReadonlySet<string>;
}

/** Which names one kind of reference can mean. */
interface Rule {
  readonly target: Gvk;
  readonly spec: FieldSpec;
}

/**
 * Follows renamings: fields that hold names of other resources get the new names. Only resources that were renamed, or moved to
 * another namespace, have former identities to be found by.
 * @throws ProblemError KustomizeTransform when a name can mean several resources that are called differently now
 */
export function fixNameReferences(map: ResourceMap, references: readonly NameReferences[]): void {
  const candidates = map.resources.map(candidateOf);
  const index = indexOf(candidates);
  if (index.byFormerName.size === 0) return;
  const rules = references.flatMap((target) => target.referrers.map((spec) => ({ target, spec })));
  const rulesOf = new Map<string, readonly Rule[]>();
  for (const candidate of candidates) {
    const { gvk } = candidate.original;
    const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
    let own = rulesOf.get(key);
    if (!own) rulesOf.set(key, (own = rules.filter(({ spec }) => gvkSelects(spec, gvk))));
    if (own.length > 0) fixReferrer({ ...candidate, bound: boundNamespaces(candidate) }, own, index);
  }
  map.changed();
}

interface Index {
  readonly byFormerName: ReadonlyMap<string, readonly Candidate[]>;
  readonly byOriginalNamespace: ReadonlyMap<string, readonly Candidate[]>;
}

function indexOf(candidates: readonly Candidate[]): Index {
  const byFormerName = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    for (const name of new Set(candidate.previous.map((id) => id.name))) {
      const known = byFormerName.get(name);
      if (known) known.push(candidate);
      else byFormerName.set(name, [candidate]);
    }
  }
  return { byFormerName, byOriginalNamespace: Map.groupBy(candidates, ({ original }) => original.effectiveNamespace) };
}

function candidateOf(resource: Resource): Candidate {
  const [current, previous] = [resource.currentId, resource.previousIds];
  return { resource, current, previous, original: previous[0] ?? current };
}

function boundNamespaces({ resource, current }: Candidate): ReadonlySet<string> {
  const result = new Set<string>();
  const subjects = current.gvk.kind === "RoleBinding" ? resource.root?.fields.get("subjects") : undefined;
  if (subjects?.kind !== "sequence") return result;
  for (const subject of subjects.items) {
    if (textOf(fieldOf(subject, "kind")) !== "ServiceAccount") continue;
    const namespace = fieldOf(subject, "namespace");
    if (namespace?.kind !== "scalar") continue;
    if (namespace.tag === NULL) {
      const message = `Invalid Input: namespace is blank for resource "${formatId(current)}"\n`;
      throw problemError("KustomizeTransform", message, addressOf(resource));
    }
    if (namespace.tag === STR || namespace.tag === "") result.add(namespace.text);
  }
  return result;
}

function fixReferrer(referrer: Referrer, rules: readonly Rule[], index: Index): void {
  for (const rule of rules) {
    const fixer = new ReferenceFixer(referrer, rule, index);
    try {
      const unrestricted = { ...rule.spec, group: "", version: "", kind: "" };
      visitField(referrer.resource, unrestricted, "nothing", (node) => fixer.fix(node));
    } catch (error) {
      const prefix = `updating name reference in '${rule.spec.path}' field of '${formatId(referrer.current)}': `;
      throw addressed(error, addressOf(referrer.resource), prefix);
    }
  }
}

class ReferenceFixer {
  readonly #referrer: Referrer;
  readonly #rule: Rule;
  readonly #index: Index;

  constructor(referrer: Referrer, rule: Rule, index: Index) {
    this.#referrer = referrer;
    this.#rule = rule;
    this.#index = index;
  }

  /** A name, a mapping with a name and perhaps a namespace, or a list of either. */
  fix(node: KNode): undefined {
    if (isNull(node)) return;
    if (node.kind === "scalar") {
      const referral = this.#select(
        node.text,
        () => true,
        (other) => other.current.name,
      );
      if (!referral || referral.current.name === node.text) return;
      node.text = referral.current.name;
      node.tag = "";
    } else if (node.kind === "mapping") {
      this.#fixMapping(node);
    } else {
      for (const item of node.items) {
        if (item.kind !== "sequence") this.fix(item);
      }
    }
  }

  #fixMapping(node: MappingNode): void {
    const name = node.fields.get("name");
    if (!name) {
      throw problemError("KustomizeTransform", "path config error; no 'name' field in node", {
        hint: "a nameReference path must lead to a name, or to a mapping that has one",
      });
    }
    const namespace = node.fields.get("namespace");
    const isThere = this.#namespaceFilter(namespace);
    const former = rawText(name);
    const referral = this.#select(former, isThere, (other) => `${other.current.name}\0${other.current.namespace}`);
    if (!referral) return;
    const { current } = referral;
    if (current.name === former && current.namespace === "") return;
    setField(node, "name", untypedNode(current.name));
    // An empty namespace is a wild card here, not the default namespace.
    if (current.namespace !== "") setField(node, "namespace", untypedNode(current.namespace));
  }

  /** Candidates whose original namespace is the one that is written; only where there is none, those that are there now. */
  #namespaceFilter(namespace: KNode | undefined): (other: Candidate) => boolean {
    if (!namespace) return () => true;
    const text = rawText(namespace);
    const there = text === NOT_A_NAMESPACE ? [] : (this.#index.byOriginalNamespace.get(text) ?? []);
    const isOriginal = there.some((other) => this.#mayRefer(other));
    return ({ original, current }) => (isOriginal ? original : current).effectiveNamespace === text;
  }

  /** Objects of one namespace can refer to each other, and everything to and from cluster-scoped ones. */
  #mayRefer({ current }: Candidate): boolean {
    const own = this.#referrer.current.effectiveNamespace;
    const other = current.effectiveNamespace;
    return (
      own === NOT_A_NAMESPACE ||
      other === NOT_A_NAMESPACE ||
      own === other ||
      this.#referrer.bound.has(current.namespace)
    );
  }

  #select(
    former: string,
    isThere: (other: Candidate) => boolean,
    identity: (other: Candidate) => string,
  ): Candidate | undefined {
    let found = (this.#index.byFormerName.get(former) ?? []).filter(
      (other) =>
        this.#mayRefer(other) &&
        isThere(other) &&
        other.previous.some((id) => gvkSelects(this.#rule.target, id.gvk)) &&
        this.#fitsRoleRef(other) &&
        this.#isNear(other),
    );
    if (found.length <= 1) return found[0];
    found = found.filter((other) => sameLayers(other.resource, this.#referrer.resource, true));
    if (found.length > 1) found = found.filter((other) => sameLayers(other.resource, this.#referrer.resource, false));
    const [first, ...others] = found;
    if (!first || others.every((other) => identity(other) === identity(first))) return first;
    throw this.#ambiguous(found);
  }

  /** A roleRef says itself whether it means a Role or a ClusterRole. */
  #fitsRoleRef(other: Candidate): boolean {
    if (!this.#rule.spec.path.endsWith("roleRef/name")) return true;
    const roleRef = this.#referrer.resource.root?.fields.get("roleRef");
    const [group, kind] = [fieldOf(roleRef, "apiGroup"), fieldOf(roleRef, "kind")];
    if (!group || !kind) return true;
    const gvk = { group: rawText(group), version: "", kind: rawText(kind) };
    return other.previous.some((id) => gvkSelects(gvk, id.gvk));
  }

  #isNear({ current }: Candidate): boolean {
    const own = this.#referrer.current.effectiveNamespace;
    if (own === NOT_A_NAMESPACE || current.effectiveNamespace === NOT_A_NAMESPACE) return true;
    return current.gvk.kind === "ServiceAccount" || own === current.effectiveNamespace;
  }

  #ambiguous(found: readonly Candidate[]): Error {
    const ids = found.map((other) => formatId(other.current)).join(", ");
    const show = ({ root }: Resource): string => (root ? encodeYaml(toJson(root)) : "");
    const details = found.map((other, index) => `--- possible referral ${index}:\n${show(other.resource)}\n`).join("");
    const referrer = `\n**** Too many possible referral targets to referrer:\n${show(this.#referrer.resource)}\n`;
    return problemError("KustomizeTransform", `found multiple possible referrals: ${ids}\n${referrer}${details}`, {
      hint: "give the candidates names of their own before they are prefixed, or put them into different namespaces",
    });
  }
}

/** Whether two resources went through the same layers of prefixes and suffixes. */
function sameLayers(a: Resource, b: Resource, emptyMatches: boolean): boolean {
  return (
    ((emptyMatches && (a.prefixes.length === 0 || b.prefixes.length === 0)) || sameEnding(a.prefixes, b.prefixes)) &&
    ((emptyMatches && (a.suffixes.length === 0 || b.suffixes.length === 0)) || sameEnding(a.suffixes, b.suffixes))
  );
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length === 0) return long.length === 0;
  const offset = long.length - short.length;
  return short.every((value, index) => long[index + offset] === value);
}
