import { GoError } from "../errors.ts";
import { fn, P } from "../functions/define.ts";
import { EMPTY_URL, formatUrl, formatUser, hostName, parseUrl, type UserInfo } from "../url/url.ts";
import { ANY_MAP, STRING, type FunctionSet } from "../values/types.ts";
import { kindName } from "./faults.ts";

export const urlFunctions: FunctionSet = {
  urlParse: fn([P.string], ANY_MAP, (_, text) => {
    const url = orFault("unable to parse url", () => parseUrl(text));
    return {
      scheme: url.scheme,
      host: url.host,
      hostname: hostName(url.host),
      path: url.path,
      query: url.rawQuery,
      opaque: url.opaque,
      fragment: url.fragment,
      userinfo: url.user === undefined ? "" : formatUser(url.user),
    };
  }),
  urlJoin: fn([P.map], STRING, (_, dict) => {
    const part = (key: string): string => textOrEmpty(dict, key);
    const url = {
      ...EMPTY_URL,
      scheme: part("scheme"),
      host: part("host"),
      path: part("path"),
      rawQuery: part("query"),
      opaque: part("opaque"),
      fragment: part("fragment"),
    };
    return formatUrl({ ...url, user: userOf(part("userinfo")) });
  }),
};

function userOf(info: string): UserInfo | undefined {
  if (info === "") return undefined;
  return orFault("unable to parse userinfo in dict", () => parseUrl(`proto://${info}@host`)).user;
}

function textOrEmpty(dict: Readonly<Record<string, unknown>>, key: string): string {
  const value = Object.hasOwn(dict, key) ? dict[key] : undefined;
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  throw new GoError(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`);
}

function orFault<T>(what: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`${what}: ${error.message}`);
    throw error;
  }
}
