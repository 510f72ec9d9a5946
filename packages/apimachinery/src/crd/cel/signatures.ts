import type { CelType, SimpleKind } from "./types.ts";

/**
 * The functions that rules of CRDs may call at Kubernetes 1.35: CEL's own, its extensions for strings, lists, sets and optional
 * values, and the libraries of k8s.io/apiserver/pkg/cel/library (the one for authorization is declared, but rules of definitions
 * have no authorizer to call it on). `receiver.name(arguments): result`, and A, B, K, V stand for any
 * type.
 */
const SIGNATURES = `
size(string): int | size(bytes): int | size(list(A)): int | size(map(A, B)): int
string.size(): int | bytes.size(): int | list(A).size(): int | map(A, B).size(): int
int(int): int | int(uint): int | int(double): int | int(string): int | int(timestamp): int | int(duration): int
uint(uint): uint | uint(int): uint | uint(double): uint | uint(string): uint
double(double): double | double(int): double | double(uint): double | double(string): double
string(string): string | string(bool): string | string(int): string | string(uint): string | string(double): string
string(bytes): string | string(timestamp): string | string(duration): string
bytes(bytes): bytes | bytes(string): bytes | bool(bool): bool | bool(string): bool | dyn(A): dyn | type(A): type
timestamp(timestamp): timestamp | timestamp(string): timestamp | timestamp(int): timestamp
duration(duration): duration | duration(string): duration | duration(int): duration
string.contains(string): bool | string.startsWith(string): bool | string.endsWith(string): bool
matches(string, string): bool | string.matches(string): bool
timestamp.getFullYear(): int | timestamp.getFullYear(string): int | timestamp.getMonth(): int
timestamp.getMonth(string): int | timestamp.getDayOfYear(): int | timestamp.getDayOfYear(string): int
timestamp.getDayOfMonth(): int | timestamp.getDayOfMonth(string): int | timestamp.getDate(): int
timestamp.getDate(string): int | timestamp.getDayOfWeek(): int | timestamp.getDayOfWeek(string): int
timestamp.getHours(): int | timestamp.getHours(string): int | timestamp.getMinutes(): int
timestamp.getMinutes(string): int | timestamp.getSeconds(): int | timestamp.getSeconds(string): int
timestamp.getMilliseconds(): int | timestamp.getMilliseconds(string): int
duration.getHours(): int | duration.getMinutes(): int | duration.getSeconds(): int | duration.getMilliseconds(): int
string.charAt(int): string | string.indexOf(string): int | string.indexOf(string, int): int
string.lastIndexOf(string): int | string.lastIndexOf(string, int): int | string.lowerAscii(): string
string.upperAscii(): string | string.trim(): string | string.replace(string, string): string
string.replace(string, string, int): string | string.split(string): list(string)
string.split(string, int): list(string) | string.substring(int): string | string.substring(int, int): string
list(string).join(): string | list(string).join(string): string | string.format(list(dyn)): string
strings.quote(string): string | string.find(string): string | string.findAll(string): list(string)
string.findAll(string, int): list(string)
list(A).indexOf(A): int | list(A).lastIndexOf(A): int | list(A).slice(int, int): list(A)
list(list(A)).flatten(): list(A) | list(dyn).flatten(int): list(dyn) | list(A).distinct(): list(A)
list(A).reverse(): list(A) | lists.range(int): list(int) | list(A).first(): optional(A) | list(A).last(): optional(A)
sets.contains(list(A), list(A)): bool | sets.equivalent(list(A), list(A)): bool
sets.intersects(list(A), list(A)): bool
url(string): kubernetes.URL | isURL(string): bool | kubernetes.URL.getScheme(): string
kubernetes.URL.getHost(): string | kubernetes.URL.getHostname(): string | kubernetes.URL.getPort(): string
kubernetes.URL.getEscapedPath(): string | kubernetes.URL.getQuery(): map(string, list(string))
quantity(string): kubernetes.Quantity | isQuantity(string): bool | kubernetes.Quantity.sign(): int
kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool | kubernetes.Quantity.isInteger(): bool
kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool | kubernetes.Quantity.asInteger(): int
kubernetes.Quantity.compareTo(kubernetes.Quantity): int | kubernetes.Quantity.asApproximateFloat(): double
kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity
kubernetes.Quantity.add(int): kubernetes.Quantity | kubernetes.Quantity.sub(int): kubernetes.Quantity
kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity
ip(string): net.IP | isIP(string): bool | ip.isCanonical(string): bool | net.IP.family(): int
net.IP.isUnspecified(): bool | net.IP.isLoopback(): bool | net.IP.isLinkLocalMulticast(): bool
net.IP.isLinkLocalUnicast(): bool | net.IP.isGlobalUnicast(): bool | string(net.IP): string
cidr(string): net.CIDR | isCIDR(string): bool | net.CIDR.containsIP(string): bool | net.CIDR.containsIP(net.IP): bool
net.CIDR.containsCIDR(string): bool | net.CIDR.containsCIDR(net.CIDR): bool | net.CIDR.ip(): net.IP
net.CIDR.masked(): net.CIDR | net.CIDR.prefixLength(): int | string(net.CIDR): string
semver(string): kubernetes.Semver | semver(string, bool): kubernetes.Semver | isSemver(string): bool
isSemver(string, bool): bool | kubernetes.Semver.isLessThan(kubernetes.Semver): bool
kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool | kubernetes.Semver.compareTo(kubernetes.Semver): int
kubernetes.Semver.major(): int | kubernetes.Semver.minor(): int | kubernetes.Semver.patch(): int
format.named(string): optional(kubernetes.NamedFormat)
kubernetes.NamedFormat.validate(string): optional(list(string))
optional.of(A): optional(A) | optional.ofNonZeroValue(A): optional(A) | optional.none(): optional(A)
optional(A).hasValue(): bool | optional(A).value(): A | optional(A).or(optional(A)): optional(A)
optional(A).orValue(A): A
kubernetes.authorization.Authorizer.path(string): kubernetes.authorization.PathCheck
kubernetes.authorization.Authorizer.group(string): kubernetes.authorization.GroupCheck
kubernetes.authorization.Authorizer.serviceAccount(string, string): kubernetes.authorization.Authorizer
kubernetes.authorization.GroupCheck.resource(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.subresource(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.namespace(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.name(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.fieldSelector(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.labelSelector(string): kubernetes.authorization.ResourceCheck
kubernetes.authorization.ResourceCheck.check(string): kubernetes.authorization.Decision
kubernetes.authorization.PathCheck.check(string): kubernetes.authorization.Decision
kubernetes.authorization.Decision.allowed(): bool | kubernetes.authorization.Decision.reason(): string
kubernetes.authorization.Decision.errored(): bool | kubernetes.authorization.Decision.error(): string
`;

/** Formats that have a function of their own, as `format.dns1123Label()`. */
export const FORMATS = [
  "dns1123Label",
  "dns1123Subdomain",
  "dns1035Label",
  "qualifiedName",
  "dns1123LabelPrefix",
  "dns1123SubdomainPrefix",
  "dns1035LabelPrefix",
  "labelValue",
  "uri",
  "uuid",
  "byte",
  "date",
  "datetime",
] as const;

const NUMBERS: readonly string[] = ["int", "uint", "double"];
const ORDERED: readonly string[] = ["int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration"];

/** Operators by the name the compiler's messages give them. */
const OPERATORS = `
_+_(int, int): int | _+_(uint, uint): uint | _+_(double, double): double | _+_(string, string): string
_+_(bytes, bytes): bytes | _+_(list(A), list(A)): list(A) | _+_(timestamp, duration): timestamp
_+_(duration, timestamp): timestamp | _+_(duration, duration): duration
_-_(int, int): int | _-_(uint, uint): uint | _-_(double, double): double | _-_(timestamp, timestamp): duration
_-_(timestamp, duration): timestamp | _-_(duration, duration): duration
_*_(int, int): int | _*_(uint, uint): uint | _*_(double, double): double
_/_(int, int): int | _/_(uint, uint): uint | _/_(double, double): double | _%_(int, int): int | _%_(uint, uint): uint
!_(bool): bool | -_(int): int | -_(double): double | _==_(A, A): bool | _!=_(A, A): bool
@in(A, list(A)): bool | @in(A, map(A, B)): bool | _?_:_(bool, A, A): A
_[_](list(A), int): A | _[_](map(A, B), A): B | _[?_](list(A), int): optional(A) | _[?_](map(A, B), A): optional(B)
_[_](optional(list(A)), int): optional(A) | _[_](optional(map(A, B)), A): optional(B)
_[?_](optional(list(A)), int): optional(A) | _[?_](optional(map(A, B)), A): optional(B)
`;

export interface Signature {
  readonly name: string;
  readonly receiver: CelType | undefined;
  readonly parameters: readonly CelType[];
  readonly result: CelType;
}

/** Names that stand before a function without being a value: `sets.contains`. */
export const NAMESPACES: ReadonlySet<string> = new Set(["sets", "strings", "lists", "optional", "format", "ip"]);

let table: ReadonlyMap<string, readonly Signature[]> | undefined;

/** Every signature of a function or operator; namespaced functions by their whole name. */
export function signaturesOf(name: string): readonly Signature[] {
  table ??= Map.groupBy(allSignatures(), (signature) => signature.name);
  return table.get(name) ?? [];
}

function allSignatures(): Signature[] {
  const written = [SIGNATURES, OPERATORS].flatMap((text) => text.trim().split(/ \| |\n/));
  for (const type of ORDERED) {
    for (const operator of ["<", "<=", ">", ">="]) written.push(`_${operator}_(${type}, ${type}): bool`);
    const plain = ["int", "uint", "double", "duration"].includes(type);
    if (plain) written.push(`list(${type}).sum(): ${type}`);
    written.push(`list(${type}).min(): ${type}`, `list(${type}).max(): ${type}`);
    written.push(`list(${type}).isSorted(): bool`, `list(${type}).sort(): list(${type})`);
  }
  for (const operator of ["<", "<=", ">", ">="]) {
    for (const left of NUMBERS) {
      for (const right of NUMBERS) if (left !== right) written.push(`_${operator}_(${left}, ${right}): bool`);
    }
  }
  for (const name of FORMATS) written.push(`format.${name}(): kubernetes.NamedFormat`);
  return written.map(parseSignature);
}

function parseSignature(text: string): Signature {
  const end = text.lastIndexOf("): ");
  const result = parseType(text.slice(end + 3));
  const open = openingOf(text, end);
  const parameters = splitTypes(text.slice(open + 1, end)).map(parseType);
  const head = text.slice(0, open);
  const dot = /^[_!@-]/.test(head) ? -1 : head.lastIndexOf(".");
  const before = head.slice(0, Math.max(dot, 0));
  const isNamespaced = NAMESPACES.has(before);
  return {
    name: isNamespaced || dot < 0 ? head : head.slice(dot + 1),
    receiver: dot < 0 || isNamespaced ? undefined : parseType(before),
    parameters,
    result,
  };
}

/** The bracket that the one at `end` closes. */
function openingOf(text: string, end: number): number {
  let depth = 1;
  let index = end;
  while (depth > 0) {
    index--;
    if (text[index] === ")") depth++;
    else if (text[index] === "(") depth--;
  }
  return index;
}

function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index <= text.length; index++) {
    const char = text[index] ?? ",";
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === "," && depth === 0) {
      if (index > from) parts.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  return parts;
}

function parseType(text: string): CelType {
  const [, outer, inner = ""] = /^(list|map|optional)\((.*)\)$/.exec(text) ?? [];
  if (outer === "list" || outer === "optional") return { kind: outer, item: parseType(inner) };
  if (outer === "map") {
    const [key = "", value = ""] = splitTypes(inner);
    return { kind: "map", key: parseType(key), value: parseType(value) };
  }
  if (/^[A-Z]$/.test(text)) return { kind: "any", name: text };
  return text.includes(".") ? { kind: "opaque", name: text } : { kind: text as SimpleKind };
}
