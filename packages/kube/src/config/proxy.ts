import { BlockList, isIP } from "node:net";

/**
 * The proxy the environment names for a server, by Go's rules (golang.org/x/net/http/httpproxy): NO_PROXY holds hosts, domains
 * (`.example.com` for those below it only), addresses, CIDR blocks, each perhaps with a port, or `*`; this machine is never
 * asked for through a proxy.
 */
export function proxyFor(server: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (!URL.canParse(server)) return undefined;
  const url = new URL(server);
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy || isBypassed(url, env["NO_PROXY"] || env["no_proxy"] || "")) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isBypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return true;
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule !== "" && matches(rule, host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  if (rule.includes("/")) return inBlock(rule, host);
  const withPort = /^(.*):(\d+)$/.exec(rule);
  const isPlainIpv6 = isIP(rule) === 6;
  if (withPort && !isPlainIpv6 && withPort[2] !== port) return false;
  const name = (withPort && !isPlainIpv6 ? (withPort[1] ?? "") : rule).replace(/^\[|\]$/g, "").replace(/^\*\./, ".");
  if (name.startsWith(".")) return host.endsWith(name);
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function inBlock(rule: string, host: string): boolean {
  const [base = "", bits = ""] = rule.split("/");
  const family = isIP(base);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    return false;
  }
  const block = new BlockList();
  const type = family === 4 ? "ipv4" : "ipv6";
  block.addSubnet(base, Number(bits), type);
  return block.check(host, type);
}
