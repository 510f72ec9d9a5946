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

type Add = (signature: string, handler: (...args: never[]) => unknown) => void;

/** Quantities, URLs, addresses: the libraries of k8s.io/apiserver/pkg/cel/library. */
export function registerDomainFunctions(environment: Environment): void {
  const add: Add = (signature, handler) =>
    void environment.registerFunction(signature, handler as (...args: unknown[]) => unknown);
  environment.registerType("kubernetes.Quantity", CelQuantity);
  environment.registerType("kubernetes.URL", CelUrl);
  environment.registerType("net.IP", CelIp);
  environment.registerType("net.CIDR", CelCidr);
  registerQuantities(add);
  registerUrls(add);
  registerAddresses(add);
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

function registerAddresses(add: Add): void {
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
  add("net.IP.isUnspecified(): bool", ({ text }: CelIp) => text === "0.0.0.0" || text === "::");
  add("cidr(string): net.CIDR", (text: string) => {
    const found = parseCidr(text);
    if (!found) throw new Error(`network address parse error during conversion from string: ${text}`);
    return found;
  });
  add("isCIDR(string): bool", (text: string) => parseCidr(text) !== undefined);
  add("net.CIDR.containsIP(string): bool", (range: CelCidr, text: string) => contains(range, text));
  add("net.CIDR.containsIP(net.IP): bool", (range: CelCidr, address: CelIp) => contains(range, address.text));
  add("net.CIDR.prefixLength(): int", ({ bits }: CelCidr) => BigInt(bits));
  add("net.CIDR.ip(): net.IP", ({ address }: CelCidr) => new CelIp(address));
}
