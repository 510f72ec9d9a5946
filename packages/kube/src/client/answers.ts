import { formatApiVersion, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, problemError } from "@fairlead/base";
import type { ApiResource } from "../discovery/types.ts";
import { parseJson } from "../http/json.ts";
import { readList } from "../http/list-items.ts";
import type { ManagedFieldsUse } from "../http/object-reader.ts";
import { withoutManagedFields } from "../http/managed-fields.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import { ApiError, statusOfAnswer } from "../http/status.ts";
import type { ObjectList, ReadOptions } from "./types.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function apiErrorOf(answer: Answer): ApiError {
  let parsed: unknown;
  try {
    parsed = parseJson(answer.body);
  } catch {
    // A proxy's page, or plain text such as "404 page not found".
  }
  const status = statusOfAnswer(answer.status, parsed, answer.body.subarray(0, 1024).toString("utf8"));
  return new ApiError(status, { retryAfterMs: retryAfterMs(answer.headers) });
}

/** @throws ApiError for a failure, ProblemError AnswerInvalid for a success that is no JSON object */
export function objectOf(answer: Answer): KubeObject {
  if (answer.status >= 400) throw apiErrorOf(answer);
  return checkedObject(jsonOf(answer, () => parseJson(answer.body)));
}

function checkedObject(value: unknown): KubeObject {
  if (!isJsonObject(value) || typeof value["kind"] !== "string") throw invalid("is no object with a kind");
  value["metadata"] ??= {};
  if (!isJsonObject(value["metadata"])) throw invalid("has no metadata");
  return value as KubeObject;
}

export interface ListPage extends ObjectList {
  readonly continueToken: string | undefined;
}

/**
 * One page. Lists of built-in kinds come with items that do not say their kind, which is filled in.
 * @throws ApiError, ProblemError AnswerInvalid, also for an item of another kind
 */
export function pageOf(answer: Answer, resource: ApiResource, options: ReadOptions = {}): ListPage {
  if (answer.status >= 400) throw apiErrorOf(answer);
  const { kind } = resource;
  const apiVersion = formatApiVersion(resource.group, resource.version);
  const managedFields = managedFieldsUse(options);
  const read = jsonOf(answer, () => readList(answer.body, { apiVersion, kind, managedFields }));
  const list = read === undefined ? objectOf(answer) : checkedObject(read.list);
  const items = read?.items ?? list["items"] ?? [];
  if (!Array.isArray(items)) throw invalid("is a list whose items are no list");
  const isWhole = managedFields === "drop" && read === undefined;
  const trim = isWhole ? withoutManagedFields : (item: KubeObject) => item;
  const { resourceVersion = "", continue: continueToken } = list.metadata as Record<string, string | undefined>;
  return {
    items: items.map((item) => trim(itemOf(item, apiVersion, kind))),
    resourceVersion,
    continueToken: continueToken || undefined,
  };
}

export function managedFieldsUse({ dropManagedFields, shareFieldSets }: ReadOptions): ManagedFieldsUse {
  return dropManagedFields ? "drop" : shareFieldSets ? "share" : "keep";
}

const LESS_THAN = 60;

/** Where the API writes the token: in metadata, which comes before the items, and after them for custom resources. */
const HEAD_BYTES = 4_096;

const TOKEN_AT_HEAD = /^[^[]*?"metadata":\s*\{[^{}[\]]*?"continue":\s*"([\w+/=:.-]+)"/;
const TOKEN_AT_TAIL = /[\],]"metadata":\{[^{}[\]]*?"continue":"([\w+/=:.-]+)"[^{}[\]]*\}\}\s*$/;

/** The continue token of a page that was not parsed yet; undefined when it does not stand where the API writes it. */
export function continueTokenOf(body: Buffer): string | undefined {
  const head = TOKEN_AT_HEAD.exec(body.toString("latin1", 0, Math.min(HEAD_BYTES, body.length)))?.[1];
  return head ?? TOKEN_AT_TAIL.exec(body.toString("latin1", Math.max(0, body.length - HEAD_BYTES), body.length))?.[1];
}

function itemOf(item: unknown, apiVersion: string, kind: string): KubeObject {
  if (!isJsonObject(item) || !isJsonObject(item["metadata"]))
    throw invalid("is a list that holds something without metadata");
  if (item["kind"] === undefined) return { apiVersion, kind, ...item } as KubeObject;
  if (item["kind"] !== kind) throw invalid(`is a list of ${kind} that holds a ${JSON.stringify(item["kind"])}`);
  return item as KubeObject;
}

/** What a proxy or a login page answers is told from the API's by its type; none of its text is shown, which may hold secrets. */
function jsonOf<T>({ headers, body }: Answer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const type = headers["content-type"]?.split(";")[0]?.trim() ?? "";
    const isPage = type === "text/html" || body[0] === LESS_THAN;
    const what = isPage
      ? "a web page, as of a proxy or a login"
      : type === ""
        ? ""
        : `of type ${JSON.stringify(type.slice(0, 64))}`;
    throw problemError("AnswerInvalid", `the server's answer is not JSON${what && `: it is ${what}`}`, {}, error);
  }
}

function invalid(what: string): Error {
  return problemError("AnswerInvalid", `the server's answer ${what}`);
}
