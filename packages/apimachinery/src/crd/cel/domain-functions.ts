import { isIP, isIPv4, BlockList } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { addQuantity, compareQuantity, quantityToNumber, subtractQuantity } from "../../quantity/arithmetic.ts";
import { parseQuantity, quantityFault } from "../../quantity/parse.ts";
import type { Quantity } from "../../quantity/types.ts";
import { formatFault } from "../formats.ts";

/** An amount as rules hold it. */
class CelQuantity {
  readonly value: Quantity;
  constructor(value: Quantity) {
    this.value = value;
  }
}
class CelUrl {
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
  }
}
class CelIp {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
class CelCidr {
  readonly address: string;
  readonly bits: number;
  constructor(address: string, bits: number) {
    this.address = address;
    this.bits = bits;
  }
}

function registerEquality<T>(environment: Environment, type: string, isEqual: (a: T, b: T) => boolean): void {
  environment.registerOperator(`${type} == ${type}`, isEqual as (a: unknown, b: unknown) => boolean);
}

type Add = (signature: string, handler: (...args: never[]) => unknown) => void;

/** Quantities, URLs, addresses: the libraries of k8s.io/apiserver/pkg/cel/library. */
export function registerDomainFunctions(environment: Environment): void {
  const add: Add = (signature, handler) =>
    void environment.registerFunction(signature, handler as (...args: unknown[]) => unknown);
  environment.registerType("kubernetes.Quantity", CelQuantity);
  environment.registerType("kubernetes.URL", CelUrl);
  environment.registerType("net.IP", CelIp);
  environment.registerType("net.CIDR", CelCidr);
  // The library compares what it has an operator for; types of its users it doesn't know how to.
  registerEquality(
    environment,
    "kubernetes.Quantity",
    (a: CelQuantity, b: CelQuantity) => compareQuantity(a.value, b.value) === 0,
  );
  registerEquality(environment, "kubernetes.URL", (a: CelUrl, b: CelUrl) => a.url.href === b.url.href);
  registerEquality(environment, "net.IP", (a: CelIp, b: CelIp) => canonical(a.text) === canonical(b.text));
  registerEquality(
    environment,
    "net.CIDR",
    (a: CelCidr, b: CelCidr) => canonical(a.address) === canonical(b.address) && a.bits === b.bits,
  );
  registerQuantities(add);
  registerUrls(add);
  registerAddresses(add, environment);
}

function registerQuantities(add: Add): void {
  const amountOf = (value: CelQuantity | bigint): Quantity =>
    value instanceof CelQuantity ? value.value : parseQuantity(value);
  add("quantity(string): kubernetes.Quantity", (text: string) => new CelQuantity(parseQuantity(text)));
  add("isQuantity(string): bool", (text: string) => quantityFault(text) === undefined);
  add(
    "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
    (a: CelQuantity, b: CelQuantity) => compareQuantity(a.value, b.value) < 0,
  );
  add(
    "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
    (a: CelQuantity, b: CelQuantity) => compareQuantity(a.value, b.value) > 0,
  );
  add("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", (a: CelQuantity, b: CelQuantity) =>
    BigInt(compareQuantity(a.value, b.value)),
  );
  add("kubernetes.Quantity.sign(): int", (a: CelQuantity) =>
    a.value.unscaled > 0n ? 1n : a.value.unscaled < 0n ? -1n : 0n,
  );
  add("kubernetes.Quantity.asApproximateFloat(): double", (a: CelQuantity) => quantityToNumber(a.value));
  add("kubernetes.Quantity.asInteger(): int", (a: CelQuantity) => BigInt(quantityToNumber(a.value)));
  add("kubernetes.Quantity.isInteger(): bool", (a: CelQuantity) => Number.isSafeInteger(quantityToNumber(a.value)));
  for (const [name, operate] of [
    ["add", addQuantity],
    ["sub", subtractQuantity],
  ] as const) {
    for (const type of ["kubernetes.Quantity", "int"]) {
      add(
        `kubernetes.Quantity.${name}(${type}): kubernetes.Quantity`,
        (a: CelQuantity, b: CelQuantity | bigint) => new CelQuantity(operate(a.value, amountOf(b))),
      );
    }
  }
}

function registerUrls(add: Add): void {
  add("url(string): kubernetes.URL", (text: string) => {
    if (formatFault("uri", text) !== undefined)
      throw new Error(`URL parse error during conversion from string: ${text}`);
    return new CelUrl(new URL(text, "none://none"));
  });
  add("isURL(string): bool", (text: string) => formatFault("uri", text) === undefined);
  const isRelative = ({ url }: CelUrl): boolean => url.protocol === "none:";
  add("kubernetes.URL.getScheme(): string", (value: CelUrl) =>
    isRelative(value) ? "" : value.url.protocol.slice(0, -1),
  );
  add("kubernetes.URL.getHost(): string", (value: CelUrl) => (isRelative(value) ? "" : value.url.host));
  add("kubernetes.URL.getHostname(): string", (value: CelUrl) => (isRelative(value) ? "" : value.url.hostname));
  add("kubernetes.URL.getPort(): string", ({ url }: CelUrl) => url.port);
  add("kubernetes.URL.getEscapedPath(): string", ({ url }: CelUrl) => url.pathname);
  add("kubernetes.URL.getQuery(): map<string, list<string>>", ({ url }: CelUrl) => {
    const query: Record<string, string[]> = {};
    for (const [key, value] of url.searchParams) (query[key] ??= []).push(value);
    return query;
  });
}

function parseCidr(text: string): CelCidr | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  if (rest.length > 0 || formatFault("cidr", text) !== undefined) return undefined;
  return new CelCidr(address, Number(bits));
}

function readCidr(text: string): CelCidr {
  const found = parseCidr(text);
  if (!found) throw new Error(`network address parse error during conversion from string: ${text}`);
  return found;
}

class IpFunctions {}

const SPECIAL_RANGES = {
  isLinkLocalMulticast: ["224.0.0.0/24", "ff02::/16"],
  isLinkLocalUnicast: ["169.254.0.0/16", "fe80::/10"],
};
const NOT_UNICAST = [
  "0.0.0.0/32",
  "255.255.255.255/32",
  "127.0.0.0/8",
  "224.0.0.0/4",
  "169.254.0.0/16",
  "::/128",
  "::1/128",
  "ff00::/8",
  "fe80::/10",
];

function canonical(text: string): string {
  return isIPv4(text) ? text : new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** The first address of a range: everything beyond its bits is zero. */
function masked({ address, bits }: CelCidr): CelCidr {
  const parts = isIPv4(address) ? address.split(".").map(Number) : wordsOf(address);
  const width = isIPv4(address) ? 8 : 16;
  const kept = parts.map((part, index) => {
    const taken = Math.min(Math.max(bits - index * width, 0), width);
    return part & ((2 ** taken - 1) << (width - taken));
  });
  const text = isIPv4(address) ? kept.join(".") : canonical(kept.map((part) => part.toString(16)).join(":"));
  return new CelCidr(text, bits);
}

function wordsOf(address: string): number[] {
  const [head = "", tail] = canonical(address).split("::");
  const words = (text: string): number[] => (text === "" ? [] : text.split(":").map((word) => parseInt(word, 16)));
  const [left, right] = [words(head), words(tail ?? "")];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function registerAddresses(add: Add, environment: Environment): void {
  const family = (text: string): "ipv4" | "ipv6" => (isIPv4(text) ? "ipv4" : "ipv6");
  const contains = (range: CelCidr, address: string): boolean => {
    const list = new BlockList();
    list.addSubnet(range.address, range.bits, family(range.address));
    return family(range.address) === family(address) && list.check(address, family(address));
  };
  add("ip(string): net.IP", (text: string) => {
    if (!isIP(text)) throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    return new CelIp(text);
  });
  add("isIP(string): bool", (text: string) => isIP(text) !== 0);
  add("net.IP.family(): int", ({ text }: CelIp) => BigInt(isIP(text)));
  add("net.IP.isLoopback(): bool", ({ text }: CelIp) => text.startsWith("127.") || text === "::1");
  add("string(net.IP): string", ({ text }: CelIp) => text);
  for (const [name, ranges] of Object.entries(SPECIAL_RANGES)) {
    const lists = ranges.map((range) => parseCidr(range)).filter((range) => range !== undefined);
    add(`net.IP.${name}(): bool`, ({ text }: CelIp) => lists.some((range) => contains(range, text)));
  }
  add("net.IP.isGlobalUnicast(): bool", ({ text }: CelIp) => {
    const others = NOT_UNICAST.map((range) => parseCidr(range)).filter((range) => range !== undefined);
    return !others.some((range) => contains(range, text));
  });
  environment.registerType("IpFunctions", IpFunctions);
  environment.registerConstant("ip", "IpFunctions", new IpFunctions());
  add("IpFunctions.isCanonical(string): bool", (_ip: IpFunctions, text: string) => {
    if (!isIP(text)) throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    return canonical(text) === text;
  });
  add("net.IP.isUnspecified(): bool", ({ text }: CelIp) => text === "0.0.0.0" || text === "::");
  add("cidr(string): net.CIDR", readCidr);
  add("isCIDR(string): bool", (text: string) => parseCidr(text) !== undefined);
  add("net.CIDR.containsIP(string): bool", (range: CelCidr, text: string) => contains(range, text));
  add("net.CIDR.containsIP(net.IP): bool", (range: CelCidr, address: CelIp) => contains(range, address.text));
  add("net.CIDR.prefixLength(): int", ({ bits }: CelCidr) => BigInt(bits));
  const holds = (range: CelCidr, part: CelCidr): boolean => range.bits <= part.bits && contains(range, part.address);
  add("net.CIDR.containsCIDR(net.CIDR): bool", holds);
  add("net.CIDR.containsCIDR(string): bool", (range: CelCidr, text: string) => holds(range, readCidr(text)));
  add("net.CIDR.masked(): net.CIDR", masked);
  add("string(net.CIDR): string", ({ address, bits }: CelCidr) => `${address}/${bits}`);
  add("net.CIDR.ip(): net.IP", ({ address }: CelCidr) => new CelIp(address));
}
