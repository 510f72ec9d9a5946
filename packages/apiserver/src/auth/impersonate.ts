import { setOwn } from "@fairlead/base";
import type { HttpRequest } from "../http/exchange.ts";
import { badRequest, internalError, type StatusError } from "../http/status.ts";
import type { UserInfo } from "../registry/types.ts";
import { AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP } from "./authenticate.ts";
import { SERVICE_ACCOUNT_PREFIX } from "./tokens.ts";
import type { Attributes, Authorizer } from "./types.ts";

const EXTRA_PREFIX = "impersonate-extra-";

/** Refuses, in the words that fit the attributes. */
export type Refuse = (attributes: Attributes, reason: string) => StatusError;

/**
 * Acts as whom the Impersonate-… headers name, if the caller may impersonate each of user, groups, uid and extra.
 * @throws StatusError 403; 500 for groups without a user, as kube-apiserver has it
 */
export function impersonate(request: HttpRequest, user: UserInfo, authorizer: Authorizer, refuse: Refuse): UserInfo {
  if (!asksToImpersonate(request)) return user;
  const name = first(request.headers["impersonate-user"]);
  const groups = listHeader(request, "impersonate-group");
  const uid = first(request.headers["impersonate-uid"]);
  const extra = extraOf(request);
  const asksAnything = groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0;
  if (name === undefined) {
    if (!asksAnything) return user;
    throw internalError(
      `requested ${JSON.stringify(groups.length > 0 ? groups : (uid ?? extra))} without impersonating a user`,
    );
  }
  const check = (resource: string, value: string, subresource = "", namespace = "", group = ""): void => {
    const attributes: Attributes = {
      user,
      verb: "impersonate",
      isResource: true,
      path: "",
      group,
      version: "v1",
      resource,
      subresource,
      namespace,
      name: value,
    };
    const decision = authorizer.decide(attributes);
    if (!decision.allowed) throw refuse(attributes, decision.reason);
  };
  const account = serviceAccountOf(name);
  if (account === undefined) check("users", name);
  else check("serviceaccounts", account.name, "", account.namespace);
  for (const group of groups) check("groups", group);
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) check("userextras", value, key, "", "authentication.k8s.io");
  }
  if (uid !== undefined) check("uids", uid, "", "", "authentication.k8s.io");
  return { username: name, uid, groups: groupsFor(name, groups, account?.namespace), extra };
}

/** Service accounts bring their groups along; everyone but the anonymous is authenticated. */
function groupsFor(name: string, asked: readonly string[], namespace: string | undefined): readonly string[] {
  const groups =
    asked.length === 0 && namespace !== undefined
      ? ["system:serviceaccounts", `system:serviceaccounts:${namespace}`]
      : [...asked];
  if (name === "system:anonymous") return groups.length === 0 ? [UNAUTHENTICATED_GROUP] : groups;
  if (!groups.includes(AUTHENTICATED_GROUP) && !groups.includes(UNAUTHENTICATED_GROUP))
    groups.push(AUTHENTICATED_GROUP);
  return groups;
}

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  if (!name.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace, account, ...rest] = name.slice(SERVICE_ACCOUNT_PREFIX.length).split(":");
  if (namespace === undefined || account === undefined || rest.length > 0) return undefined;
  return { namespace, name: account };
}

/** Looked at for every request, so without making lists of headers. */
function asksToImpersonate(request: HttpRequest): boolean {
  for (const header in request.headers) if (header.startsWith("impersonate-")) return true;
  return false;
}

function extraOf(request: HttpRequest): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const header of Object.keys(request.headers)) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    setOwn(extra, decodeKey(header.slice(EXTRA_PREFIX.length)), listHeader(request, header));
  }
  return extra;
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest(`invalid header ${EXTRA_PREFIX}${text}`);
  }
}

/** Values of a header that may come several times: Node joins them, its raw list keeps them apart. */
function listHeader(request: HttpRequest, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === name) values.push(request.rawHeaders[index + 1] ?? "");
  }
  return values;
}

function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === "" ? undefined : text;
}
