import { timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { HttpRequest } from "../http/exchange.ts";
import { unauthorized } from "../http/status.ts";
import type { UserInfo } from "../registry/types.ts";

export const AUTHENTICATED_GROUP = "system:authenticated";
export const UNAUTHENTICATED_GROUP = "system:unauthenticated";
const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: [UNAUTHENTICATED_GROUP] };

/** Says whose token this is; undefined when it is nobody's. */
export type TokenReader = (token: string) => UserInfo | undefined;

/** Who a connection's client certificate names; looked up once a connection, not once a request. */
const identities = new WeakMap<object, UserInfo | "none">();

/**
 * Certificate first, then bearer token, else anonymous, as kube-apiserver asks its authenticators.
 * @throws StatusError 401 for a token that is nobody's
 */
export function authenticate(request: HttpRequest, tokens: readonly TokenReader[]): UserInfo {
  const certified = certificateUser(socketOf(request));
  if (certified !== undefined) return certified;
  const header = request.headers.authorization;
  if (header === undefined || !/^bearer /i.test(header)) return ANONYMOUS;
  const token = header.slice("bearer ".length).trim();
  for (const read of tokens) {
    const user = read(token);
    if (user !== undefined) return { ...user, groups: withAuthenticated(user.groups) };
  }
  throw unauthorized();
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

function certificateUser(socket: TLSSocket | undefined): UserInfo | undefined {
  if (socket === undefined) return undefined;
  // An HTTP/2 session hands out a proxy; the same one each time.
  const known = identities.get(socket);
  if (known !== undefined) return known === "none" ? undefined : known;
  const user = readCertificate(socket);
  identities.set(socket, user ?? "none");
  return user;
}

function readCertificate(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const name = subject?.CN;
  if (name === undefined || name === "") return undefined;
  const organizations = (subject.O ?? []) as string | string[];
  const groups = Array.isArray(organizations) ? organizations : [organizations];
  return { username: String(name), groups: withAuthenticated(groups) };
}

function withAuthenticated(groups: readonly string[]): readonly string[] {
  return groups.includes(AUTHENTICATED_GROUP) ? groups : [...groups, AUTHENTICATED_GROUP];
}
