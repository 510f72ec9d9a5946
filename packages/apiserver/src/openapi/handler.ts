import { send, sendValue, type Exchange } from "../http/exchange.ts";
import type { OpenApiV3 } from "./v3.ts";

const PREFIX = "/openapi/v3";

/** /openapi/v3 and the documents below it. */
export function openApiPaths(v3: OpenApiV3): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { path, query } = exchange.info;
    if (path === PREFIX || path === `${PREFIX}/`) {
      sendValue(exchange, 200, v3.index());
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
