import type { Query } from "../http/request-info.ts";
import {
  badRequest,
  expired,
  invalid,
  plainError,
  resourceVersionTooLarge,
  type StatusError,
  type FieldFault,
} from "../http/status.ts";
import { LIMITS } from "../limits.ts";
import type { Entry } from "../storage/entry.ts";
import type { Store } from "../storage/store.ts";
import type { Selection } from "./selection.ts";

export interface ListPage {
  readonly entries: readonly Entry[];
  readonly revision: number;
  /** Where the next page begins; undefined on the last one. */
  readonly continueToken?: string | undefined;
  readonly remaining?: number | undefined;
}

interface Position {
  readonly revision: number;
  /** The sort key of the last object seen. */
  readonly after: string;
}

/** One page of a list. @throws StatusError 400, 410, 422, 504 */
export async function listPage(store: Store, selection: Selection, query: Query): Promise<ListPage> {
  checkListOptions(query);
  const limit = limitOf(query);
  const position = readContinue(query.get("continue"));
  const wanted = query.get("resourceVersion") ?? "";
  const isExact = query.get("resourceVersionMatch") === "Exact";
  if (position === undefined && wanted !== "" && wanted !== "0") await waitFor(store, Number(wanted));
  const revision =
    position !== undefined && position.revision >= 0 ? position.revision : isExact ? Number(wanted) : store.revision;
  const all = entriesAt(store, selection, revision, position);
  const start = position === undefined ? 0 : indexAfter(all, position.after);
  return cut(all, start, limit, selection, revision);
}

function cut(all: readonly Entry[], start: number, limit: number, selection: Selection, revision: number): ListPage {
  if (selection.isPlain && start === 0 && all.length <= limit) return { entries: all, revision };
  const entries: Entry[] = [];
  let index = start;
  for (; index < all.length && entries.length < limit; index++) {
    const entry = all[index] as Entry;
    if (selection.isPlain || selection.matches(entry)) entries.push(entry);
  }
  if (index >= all.length) return { entries, revision };
  const last = entries.at(-1) as Entry;
  return {
    entries,
    revision,
    continueToken: writeContinue({ revision, after: last.sortKey }),
    remaining: selection.isPlain ? all.length - index : undefined,
  };
}

function entriesAt(
  store: Store,
  selection: Selection,
  revision: number,
  position: Position | undefined,
): readonly Entry[] {
  const { resource, namespace, name } = selection;
  const collection = store.collection(resource.storage);
  if (revision >= store.revision) {
    if (name !== undefined && (namespace !== undefined || !resource.namespaced)) {
      const entry = collection.get(namespace ?? "", name);
      return entry === undefined ? [] : [entry];
    }
    return collection.list(namespace);
  }
  const entries = collection.listAt(revision, namespace);
  if (entries !== undefined) return entries;
  if (position === undefined) throw expired(`The resourceVersion for the provided list is too old.`);
  throw expiredPage(position);
}

/** 410 with a token that goes on from the same place in the present, which a client may choose to take. */
function expiredPage(position: Position): StatusError {
  const token = writeContinue({ revision: -1, after: position.after });
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the " +
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with " +
    "the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the " +
    "first chunk was returned and now may show up in the list.";
  const error = expired(message);
  (error.status.metadata as Record<string, unknown>)["continue"] = token;
  return error;
}

/** Waits a moment for a revision that this server has not reached. @throws StatusError 504 */
export async function waitFor(store: Store, revision: number): Promise<void> {
  if (revision <= store.revision) return;
  const isReached = await new Promise<boolean>((resolve) => {
    const stop = store.onCommit(() => {
      if (store.revision >= revision) settle(true);
    });
    const timer = setTimeout(() => settle(false), LIMITS.freshnessWaitMs);
    const settle = (value: boolean): void => {
      stop();
      clearTimeout(timer);
      resolve(value);
    };
  });
  if (!isReached) throw resourceVersionTooLarge(revision, store.revision);
}

function limitOf(query: Query): number {
  const limit = Number(query.get("limit") ?? 0);
  return Number.isInteger(limit) && limit > 0 ? limit : LIMITS.listItemsMax;
}

function indexAfter(entries: readonly Entry[], after: string): number {
  const [namespace, name] = split(after);
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle] as Entry;
    const isAfter = entry.namespace > namespace || (entry.namespace === namespace && entry.name > name);
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}

function split(sortKey: string): [string, string] {
  const slash = sortKey.indexOf("/");
  return [sortKey.slice(0, slash), sortKey.slice(slash + 1)];
}

function writeContinue(position: Position): string {
  const json = JSON.stringify({ v: "meta.k8s.io/v1", rv: position.revision, start: `${position.after}\u0000` });
  return Buffer.from(json).toString("base64url");
}

function readContinue(token: string | undefined): Position | undefined {
  if (token === undefined || token === "") return undefined;
  try {
    const value = JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, unknown>;
    const { v, rv, start } = value;
    if (v === "meta.k8s.io/v1" && Number.isInteger(rv) && typeof start === "string" && start.endsWith("\u0000")) {
      return { revision: rv as number, after: start.slice(0, -1) };
    }
  } catch {
    // Refused below, as any other token that is not ours.
  }
  throw badRequest(`invalid continue token: continue key is not valid: ${continueFault(token)}`);
}

function continueFault(token: string): string {
  const strange = token.search(/[^\w-]/);
  // Go reads four characters at a time; what is left over has to be two or three.
  if (strange >= 0 || token.length % 4 === 1) {
    return `illegal base64 data at input byte ${strange >= 0 ? strange : token.length - 1}`;
  }
  try {
    const value = JSON.parse(Buffer.from(token, "base64url").toString()) as { v?: unknown };
    const version = typeof value.v === "string" ? value.v : "";
    if (version !== "meta.k8s.io/v1") return `server does not recognize this encoded version ${version}`;
    return "encoded start key not properly formatted (len 0)";
  } catch {
    return "invalid character";
  }
}

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** Why a number in a query is none, in strconv's words; undefined when it is. */
function numberFault(text: string, isSigned: boolean): string | undefined {
  const call = isSigned ? "ParseInt" : "ParseUint";
  const fault = (why: string): string => `strconv.${call}: parsing ${JSON.stringify(text)}: ${why}`;
  if (!(isSigned ? /^[+-]?\d+$/ : /^\d+$/).test(text)) return fault("invalid syntax");
  const value = BigInt(text.replace(/^\+/, ""));
  const isIn = isSigned ? value <= INT64_MAX && value >= -INT64_MAX - 1n : value <= UINT64_MAX;
  return isIn ? undefined : fault("value out of range");
}

/** k8s.io/apimachinery internalversion/validation.ValidateListOptions. */
export function checkListOptions(query: Query, isWatch = false): void {
  for (const name of ["timeoutSeconds", "limit"]) {
    const text = query.get(name) ?? "";
    const fault = text === "" ? undefined : numberFault(text, true);
    if (fault !== undefined) throw badRequest(fault);
  }
  const faults: FieldFault[] = [];
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const forbid = (message: string): void => {
    faults.push({ type: "FieldValueForbidden", field: "resourceVersionMatch", message: `Forbidden: ${message}` });
  };
  if (match !== "" && !isWatch) {
    if (version === "") forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if ((query.get("continue") ?? "") !== "") forbid("resourceVersionMatch is forbidden when continue is provided");
    if (match !== "Exact" && match !== "NotOlderThan") {
      faults.push({
        type: "FieldValueNotSupported",
        field: "resourceVersionMatch",
        message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
      });
    }
    if (match === "Exact" && version === "0") {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (query.has("sendInitialEvents") && !isWatch) {
    faults.push({
      type: "FieldValueForbidden",
      field: "sendInitialEvents",
      message: "Forbidden: sendInitialEvents is forbidden for list",
    });
  }
  if (faults.length > 0) throw invalid("meta.k8s.io", "ListOptions", "", faults);
  const versionFault = version === "" ? undefined : numberFault(version, false);
  if (versionFault !== undefined) {
    const why = `Invalid value: ${JSON.stringify(version)}: ${versionFault}`;
    throw isWatch
      ? plainError(`resourceVersion: ${why}`)
      : badRequest(`invalid resource version: resourceVersion: ${why}`);
  }
}
