import { isJsonObject, problemError, type Clock, type Json } from "@fairlead/base";
import { hexOf, sha256 } from "../cache/content.ts";
import type { RepositoryAccess } from "../credentials/types.ts";
import { refusal, type HttpAnswer, type HttpClient } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { parseManifest, type OciManifest } from "./manifest.ts";
import { formatRepository, type OciRepository } from "./reference.ts";
import { RegistrySignIn } from "./sign-in.ts";

const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** The reading half of the OCI distribution specification, for any number of registries. */
export class RegistryClient {
  readonly #http: HttpClient;
  readonly #signIn: RegistrySignIn;
  /** Registries on this machine that were found to speak without TLS. */
  readonly #plain = new Set<string>();
  readonly #secure = new Set<string>();

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#signIn = new RegistrySignIn(http, clock);
  }

  /** All tags, as the registry gives them. @throws ProblemError SourceNotFound, SourceRefused, SourceUnreachable, LimitExceeded */
  async tags(repository: OciRepository, access: RepositoryAccess): Promise<string[]> {
    const tags: string[] = [];
    const seen = new Set<string>();
    let path: string | undefined = `/v2/${repository.name}/tags/list?n=1000`;
    while (path !== undefined && !seen.has(path)) {
      seen.add(path);
      if (seen.size > SOURCE_LIMITS.ociTagPagesMax || tags.length > SOURCE_LIMITS.ociTagsMax) {
        throw problemError("LimitExceeded", `${formatRepository(repository)} has more than ${tags.length} tags`);
      }
      const answer: HttpAnswer = await this.#get(repository, path, access, SOURCE_LIMITS.ociManifestBytesMax, {});
      if (answer.status !== 200) throw refusal(answer, `tags of ${formatRepository(repository)}`);
      const page = parseJson(answer.body);
      if (!isJsonObject(page)) throw invalid(repository, "its list of tags is not JSON");
      if (Array.isArray(page["tags"])) tags.push(...page["tags"].filter((tag) => typeof tag === "string"));
      path = nextPage(answer);
    }
    return tags;
  }

  /**
   * The digest a tag points to now. @throws ProblemError ChartVersionNotFound, SourceRefused, SourceUnreachable
   */
  async resolve(repository: OciRepository, tag: string, access: RepositoryAccess): Promise<string> {
    return (await this.#fetchManifest(repository, tag, access)).digest;
  }

  /** @param reference a tag or a digest @throws ProblemError ChartVersionNotFound, ArtifactInvalid, DigestMismatch */
  async manifest(
    repository: OciRepository,
    reference: string,
    access: RepositoryAccess,
  ): Promise<{ readonly digest: string; readonly manifest: OciManifest; readonly data: Buffer }> {
    const { digest, data } = await this.#fetchManifest(repository, reference, access);
    const parsed = parseManifest(parseJson(data), formatRepository(repository));
    if (!("only" in parsed)) return { digest, manifest: parsed, data };
    // An index with one manifest in it stands for that one; its own digest stays the revision.
    const inner = await this.#fetchManifest(repository, parsed.only, access);
    const manifest = parseManifest(parseJson(inner.data), formatRepository(repository));
    if ("only" in manifest) throw invalid(repository, "its index holds another index");
    return { digest, manifest, data: inner.data };
  }

  /** A layer's bytes, checked against its digest. @throws ProblemError DigestMismatch, SourceNotFound, LimitExceeded */
  async blob(repository: OciRepository, digest: string, size: number, access: RepositoryAccess): Promise<Buffer> {
    const where = `${formatRepository(repository)}@${digest}`;
    if (size > SOURCE_LIMITS.downloadBytesMax) {
      throw problemError("LimitExceeded", `${where} has ${size} bytes, more than ${SOURCE_LIMITS.downloadBytesMax}`);
    }
    const path = `/v2/${repository.name}/blobs/${digest}`;
    const answer = await this.#get(repository, path, access, SOURCE_LIMITS.downloadBytesMax, {
      "accept-encoding": "identity",
    });
    if (answer.status !== 200) throw refusal(answer, where);
    if (sha256(answer.body) !== hexOf(digest)) {
      throw problemError("DigestMismatch", `${where} was sent with other content, SHA-256 ${sha256(answer.body)}`);
    }
    return answer.body;
  }

  async #fetchManifest(
    repository: OciRepository,
    reference: string,
    access: RepositoryAccess,
  ): Promise<{ readonly digest: string; readonly data: Buffer }> {
    const path = `/v2/${repository.name}/manifests/${reference}`;
    const answer = await this.#get(repository, path, access, SOURCE_LIMITS.ociManifestBytesMax, {
      accept: MANIFEST_TYPES,
    });
    const isDigestAsked = reference.startsWith("sha256:");
    const name = `${formatRepository(repository)}${isDigestAsked ? "@" : ":"}${reference}`;
    if (answer.status === 404) throw problemError("ChartVersionNotFound", `${name} is not in the registry`);
    if (answer.status !== 200) throw refusal(answer, name);
    const digest = `sha256:${sha256(answer.body)}`;
    const promised = isDigestAsked ? reference : answer.headers.get("docker-content-digest");
    if (promised?.startsWith("sha256:") && promised !== digest) {
      throw problemError("DigestMismatch", `the manifest of ${name} is ${digest}, not ${promised}`);
    }
    return { digest, data: answer.body };
  }

  async #get(
    repository: OciRepository,
    path: string,
    access: RepositoryAccess,
    bytesMax: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    const base = await this.#baseOf(repository, access);
    const ask = (authorization: string | undefined): Promise<HttpAnswer> =>
      this.#http.send({ url: `${base}${path}`, access, authorization, bytesMax, headers });
    const answer = await ask(this.#signIn.known(base, repository, access));
    if (answer.status !== 401) return answer;
    const authorization = await this.#signIn.answer(base, repository, access, answer.headers.get("www-authenticate"));
    return authorization === undefined ? answer : ask(authorization);
  }

  /** A registry on this machine may do without TLS and nobody has to say so: as docker and containerd have it. */
  async #baseOf({ registry }: OciRepository, access: RepositoryAccess): Promise<string> {
    if (access.isPlainHttp || this.#plain.has(registry)) return `http://${registry}`;
    const secure = `https://${registry}`;
    if (!/^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(registry)) return secure;
    const probe = (base: string): Promise<boolean> =>
      this.#http.send({ url: `${base}/v2/`, access, bytesMax: SOURCE_LIMITS.httpSmallBytesMax }).then(
        () => true,
        () => false,
      );
    if (this.#secure.has(registry) || (await probe(secure))) {
      this.#secure.add(registry);
      return secure;
    }
    this.#http.forgetFailures(secure);
    if (!(await probe(`http://${registry}`))) return secure;
    this.#plain.add(registry);
    return `http://${registry}`;
  }
}

/** The target of `Link: <…>; rel="next"`, which has to stay on the same registry. */
function nextPage(answer: HttpAnswer): string | undefined {
  const target = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, answer.url)) return undefined;
  const next = new URL(target, answer.url);
  return next.origin === new URL(answer.url).origin ? `${next.pathname}${next.search}` : undefined;
}

function parseJson(data: Buffer): Json {
  try {
    return JSON.parse(data.toString("utf8")) as Json;
  } catch {
    return null;
  }
}

function invalid(repository: OciRepository, why: string): Error {
  return problemError("ArtifactInvalid", `${formatRepository(repository)}: ${why}`);
}
