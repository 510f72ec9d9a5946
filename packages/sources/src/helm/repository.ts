import { basename } from "node:path/posix";
import { isJsonObject, problemError, type Json } from "@fairlead/base";
import { hexOf, sha256, type ContentCache } from "../cache/content.ts";
import type { RepositoryAccess } from "../credentials/types.ts";
import { maskCredentials } from "../git/run.ts";
import { refusal, type HttpClient } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { ChartIndex, type IndexedChart } from "./index-file.ts";
import { authorizationFor, chartUrl, indexUrl } from "./urls.ts";

/** What was noted with an index on disk, to ask whether it is still the one. */
interface IndexNote {
  readonly digest: string;
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

export interface LoadedIndex {
  /** SHA-256 of its text. */
  readonly digest: string;
  readonly index: ChartIndex;
}

/** Charts in HTTP repositories: index.yaml asked for again only if it changed, archives checked against their digest. */
export class HelmRepositories {
  readonly #http: HttpClient;
  readonly #cache: ContentCache;
  /** By digest of the text: several addresses may have one index. */
  readonly #parsed = new Map<string, ChartIndex>();

  constructor(http: HttpClient, cache: ContentCache) {
    this.#http = http;
    this.#cache = cache;
  }

  /** @throws ProblemError SourceUnreachable, SourceRefused, SourceNotFound, ChartIndexInvalid, LimitExceeded */
  async index(repoURL: string, access: RepositoryAccess): Promise<LoadedIndex> {
    const url = indexUrl(repoURL);
    const authorization = authorizationFor(url, repoURL, access);
    // An index may depend on who asks, so it is noted for each.
    const name = `index ${url} ${sha256(Buffer.from(authorization ?? ""))}`;
    const note = readNote(await this.#cache.recall(name));
    const kept = note && (await this.#cache.get(note.digest));
    const answer = await this.#http.send({
      url,
      access,
      authorization,
      isAuthorizationForAll: access.passCredentials,
      bytesMax: SOURCE_LIMITS.chartIndexBytesMax,
      headers: kept ? conditions(note) : {},
    });
    if (answer.status === 304 && kept && note) return this.#parse(note.digest, kept, repoURL);
    if (answer.status !== 200) throw refusal(answer, `index of ${maskCredentials(repoURL)}`);
    const loaded = this.#parse(sha256(answer.body), answer.body, repoURL);
    const { headers } = answer;
    await this.#cache.put(answer.body);
    const fresh: IndexNote = {
      digest: loaded.digest,
      etag: headers.get("etag"),
      modified: headers.get("last-modified"),
    };
    await this.#cache.note(name, JSON.stringify(fresh));
    return loaded;
  }

  /**
   * A chart's archive. @throws ProblemError SourceUnreachable, SourceRefused, SourceNotFound, DigestMismatch, LimitExceeded
   */
  async pull(
    repoURL: string,
    chart: IndexedChart,
    access: RepositoryAccess,
  ): Promise<{ readonly fileName: string; readonly data: Buffer; readonly digest: string }> {
    const url = chartUrl(repoURL, chart.urls[0] ?? "");
    const fileName = basename(new URL(url).pathname);
    const wanted = chart.digest === "" ? undefined : hexOf(chart.digest);
    const kept = wanted && (await this.#cache.get(wanted));
    if (kept) return { fileName, data: kept, digest: wanted };
    const answer = await this.#http.send({
      url,
      access,
      authorization: authorizationFor(url, repoURL, access),
      isAuthorizationForAll: access.passCredentials,
      bytesMax: SOURCE_LIMITS.downloadBytesMax,
      headers: { accept: "application/gzip,application/octet-stream", "accept-encoding": "identity" },
    });
    if (answer.status !== 200) throw refusal(answer, `chart ${chart.name} ${chart.version}`);
    const digest = sha256(answer.body);
    if (chart.digest !== "" && digest !== wanted) {
      throw problemError(
        "DigestMismatch",
        `chart ${chart.name} ${chart.version} from ${maskCredentials(url)} has SHA-256 ${digest}, the index says ${chart.digest}`,
        { hint: "the repository's index does not belong to its files, or the file was changed on the way" },
      );
    }
    await this.#cache.put(answer.body);
    return { fileName, data: answer.body, digest };
  }

  /** What is at an address. @throws ProblemError SourceUnreachable, SourceRefused, SourceNotFound, LimitExceeded */
  async download(url: string, access: RepositoryAccess): Promise<Buffer> {
    const authorization = authorizationFor(url, url, access);
    const answer = await this.#http.send({
      url,
      access,
      authorization,
      isAuthorizationForAll: access.passCredentials,
      bytesMax: SOURCE_LIMITS.downloadBytesMax,
      headers: { accept: "application/gzip,application/octet-stream", "accept-encoding": "identity" },
    });
    if (answer.status !== 200) throw refusal(answer, maskCredentials(url));
    return answer.body;
  }

  #parse(digest: string, data: Buffer, repoURL: string): LoadedIndex {
    const known = this.#parsed.get(digest);
    const index = known ?? new ChartIndex(data.toString("utf8"), maskCredentials(repoURL));
    this.#parsed.delete(digest);
    this.#parsed.set(digest, index);
    const oldest = this.#parsed.keys().next().value;
    if (this.#parsed.size > SOURCE_LIMITS.chartIndexesKeptMax && oldest !== undefined) this.#parsed.delete(oldest);
    return { digest, index };
  }
}

function conditions(note: IndexNote | undefined): Record<string, string> {
  return {
    ...(note?.etag === undefined ? {} : { "if-none-match": note.etag }),
    ...(note?.modified === undefined ? {} : { "if-modified-since": note.modified }),
  };
}

function readNote(text: string | undefined): IndexNote | undefined {
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as Json;
    return isJsonObject(note) && typeof note["digest"] === "string" ? (note as unknown as IndexNote) : undefined;
  } catch {
    return undefined;
  }
}
