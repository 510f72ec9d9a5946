import { isUtf8 } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { HttpRequest } from "../http/exchange.ts";
import { unauthorized } from "../http/status.ts";
import { isWebSocketRequest, protocolsOf } from "../http/websocket.ts";
import type { UserInfo } from "../registry/types.ts";

export const AUTHENTICATED_GROUP = "system:authenticated";
export const UNAUTHENTICATED_GROUP = "system:unauthenticated";
const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: [UNAUTHENTICATED_GROUP] };

/** Says whose token this is; undefined when it is nobody's. */
export type TokenReader = (token: string) => UserInfo | undefined;

/** Who a connection's client certificate names, and until when. */
interface Certified {
  readonly user: UserInfo;
  readonly untilMs: number;
}

/** Looked up once a connection, not once a request. `refused`: a certificate that our authority does not vouch for. */
const identities = new WeakMap<object, Certified | "none" | "refused">();

/**
 * Certificate first, then bearer token, else anonymous, as kube-apiserver asks its authenticators.
 * @throws StatusError 401 for a token that is nobody's, or a certificate that is expired or another authority's
 */
export function authenticate(
  request: HttpRequest,
  tokens: readonly TokenReader[],
  nowMs: number,
  warnings: string[] = [],
): UserInfo {
  const certified = certificateOf(socketOf(request));
  const isRefused = certified === "refused" || (certified !== "none" && certified.untilMs <= nowMs);
  if (!isRefused && certified !== "none") return certified.user;
  const header = request.headers.authorization;
  const [scheme = "", token = "", ...rest] = (header ?? "").trim().split(" ");
  const isBearer = scheme.toLowerCase() === "bearer";
  if (isBearer && token === "" && rest.length === 1) {
    warnings.push("the provided Authorization header contains extra space before the bearer token, and is ignored");
  }
  if (isBearer && token !== "") return bearer(tokens, token);
  const offered = tokenProtocol(request);
  if (offered !== undefined) {
    const user = bearer(tokens, offered.token);
    // A protocol that is a token must not be answered as the one that is spoken.
    request.headers["sec-websocket-protocol"] = offered.others.join(", ");
    return user;
  }
  if (isRefused) throw unauthorized();
  return ANONYMOUS;
}

/** @throws StatusError 401 */
function bearer(tokens: readonly TokenReader[], token: string): UserInfo {
  for (const read of tokens) {
    const user = read(token);
    if (user !== undefined) return { ...user, groups: withAuthenticated(user.groups) };
  }
  throw unauthorized();
}

const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/**
 * A token among the protocols of a websocket, where browsers can say it: they set no headers (k8s.io/apiserver
 * authentication/request/websocket). It needs another protocol beside it, which is the one that is answered.
 * @throws StatusError 401
 */
function tokenProtocol(request: HttpRequest): { readonly token: string; readonly others: string[] } | undefined {
  const protocols = protocolsOf(request.headers["sec-websocket-protocol"]);
  const [first, ...more] = protocols.filter((protocol) => protocol.startsWith(TOKEN_PROTOCOL));
  if (first === undefined || !isWebSocketRequest(request)) return undefined;
  const text = first.slice(TOKEN_PROTOCOL.length);
  if (text === "") return undefined;
  const others = protocols.filter((protocol) => protocol !== first);
  const token = Buffer.from(text, "base64url");
  const isGood = /^[\w-]+$/.test(text) && isUtf8(token);
  if (!isGood || more.length > 0 || others.length === 0) throw unauthorized();
  return { token: token.toString(), others };
}

/** One token with everything in its name. */
export function staticToken(token: string, user: UserInfo): TokenReader {
  const expected = Buffer.from(token);
  return (given) => {
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? user : undefined;
  };
}

function socketOf(request: HttpRequest): TLSSocket {
  return (
    "stream" in request && request.httpVersionMajor === 2 ? request.stream.session?.socket : request.socket
  ) as TLSSocket;
}

function certificateOf(socket: TLSSocket | undefined): Certified | "none" | "refused" {
  if (socket === undefined) return "none";
  // An HTTP/2 session hands out a proxy; the same one each time.
  let known = identities.get(socket);
  if (known === undefined) {
    known = readCertificate(socket);
    identities.set(socket, known);
  }
  return known;
}

function readCertificate(socket: TLSSocket): Certified | "none" | "refused" {
  const { subject, valid_to: validTo } = socket.getPeerCertificate?.() ?? {};
  if (subject === undefined) return "none";
  if (!socket.authorized) return "refused";
  const { CN: name } = subject;
  if (name === undefined || name === "") return "none";
  const organizations = (subject.O ?? []) as string | string[];
  const groups = Array.isArray(organizations) ? organizations : [organizations];
  const user = { username: String(name), groups: withAuthenticated(groups) };
  return { user, untilMs: validTo === undefined ? Infinity : Date.parse(validTo) };
}

function withAuthenticated(groups: readonly string[]): readonly string[] {
  return groups.includes(AUTHENTICATED_GROUP) ? groups : [...groups, AUTHENTICATED_GROUP];
}
