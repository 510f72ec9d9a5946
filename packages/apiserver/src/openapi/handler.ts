import { send, sendJson, type Exchange } from "../http/exchange.ts";
import type { OpenApiV2 } from "./v2.ts";
import type { OpenApiV3 } from "./v3.ts";

const PREFIX = "/openapi/v3";
const V2_PATH = "/openapi/v2";
// Clients ask with an @ in it, which is no media type to Go: the answer has a dot instead.
const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** /openapi/v2, in JSON or in the protobuf that clients from before v3 ask for. */
export function openApiV2Path(v2: OpenApiV2): (exchange: Exchange) => boolean {
  return (exchange) => {
    if (exchange.info.path !== V2_PATH) return false;
    const accept = exchange.request.headers.accept ?? "";
    const isProtobuf = accept.includes("com.github.proto-openapi.spec.v2");
    send(exchange, 200, isProtobuf ? V2_PROTOBUF : "application/json", isProtobuf ? v2.protobuf : v2.json);
    return true;
  };
}

/** /openapi/v3 and the documents below it. */
export function openApiPaths(v3: OpenApiV3): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { path, query } = exchange.info;
    if (path === PREFIX || path === `${PREFIX}/`) {
      sendJson(exchange, 200, v3.index());
      return true;
    }
    if (!path.startsWith(`${PREFIX}/`)) return false;
    const document = v3.document(path.slice(PREFIX.length + 1));
    if (document === undefined) return false;
    const { response } = exchange;
    response.setHeader("ETag", `"${document.hash}"`);
    if (exchange.request.headers["if-none-match"] === `"${document.hash}"`) {
      response.writeHead(304);
      response.end();
      return true;
    }
    // With the right hash the document can be kept for ever: another content has another hash.
    if (query.get("hash") === document.hash)
      response.setHeader("Expires", new Date(Date.now() + YEAR_MS).toUTCString());
    send(exchange, 200, "application/json", document.body);
    return true;
  };
}

const YEAR_MS = 31_536_000_000;
