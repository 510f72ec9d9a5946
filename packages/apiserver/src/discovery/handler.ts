import { send, sendValue, type Exchange } from "../http/exchange.ts";
import { clausesOf, prefersYaml } from "../http/negotiate.ts";
import type { Discovery, Document } from "./documents.ts";

/** Answers discovery paths; false when the path is none of them. */
export function handleDiscovery(discovery: Discovery, exchange: Exchange): boolean {
  const parts = exchange.info.path.split("/").filter((part) => part !== "");
  const [root, first, second] = parts;
  if (root === "api") {
    if (parts.length === 1) return sendRoot(discovery, exchange, "api");
    if (parts.length === 2) return sendDocument(exchange, discovery.resourceList("", first ?? ""));
  }
  if (root === "apis") {
    if (parts.length === 1) return sendRoot(discovery, exchange, "apis");
    if (parts.length === 2) return sendDocument(exchange, discovery.group(first ?? ""));
    if (parts.length === 3) return sendDocument(exchange, discovery.resourceList(first ?? "", second ?? ""));
  }
  return false;
}

function sendRoot(discovery: Discovery, exchange: Exchange, root: "api" | "apis"): boolean {
  const version = aggregatedVersion(exchange.request.headers.accept);
  if (version !== undefined) {
    // Clients look for the parameters they asked with: without them 1.27 sees no resources at all.
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return sendDocument(exchange, discovery.aggregated(root, version), type);
  }
  const host = exchange.request.headers.host ?? "localhost";
  return sendDocument(exchange, root === "api" ? discovery.legacyVersions(host) : discovery.legacyGroups());
}

function aggregatedVersion(accept: string | undefined): "v2" | "v2beta1" | undefined {
  if (accept === undefined) return undefined;
  for (const { type, parameters } of clausesOf(accept)) {
    if (type !== "application/json") continue;
    if (parameters.get("as") !== "APIGroupDiscoveryList" || parameters.get("g") !== "apidiscovery.k8s.io")
      return undefined;
    const version = parameters.get("v");
    if (version === "v2" || version === "v2beta1") return version;
  }
  return undefined;
}

function sendDocument(exchange: Exchange, document: Document | undefined, type = "application/json"): boolean {
  if (document === undefined) return false;
  const { response, request } = exchange;
  const isYaml = type === "application/json" && prefersYaml(request.headers.accept);
  response.setHeader("Vary", "Accept");
  response.setHeader("ETag", document.etag);
  if (request.headers["if-none-match"] === document.etag) {
    response.writeHead(304);
    response.end();
  } else if (isYaml) sendValue(exchange, 200, JSON.parse(document.body.toString()));
  else send(exchange, 200, type, document.body);
  return true;
}
