import { AwsV4Signer } from "aws4fetch";
import { ProblemError, type Clock, type JsonObject } from "@fairlead/base";
import { itemsOf, parseJsonText, textOf, type JsonNode } from "../../values/json-text.ts";
import { failureOf, isSuccess, jsonOf, type HttpAnswer, type ProviderHttp } from "../http.ts";
import type { ProviderDeps } from "../types.ts";
import type { AwsKeys, KeySource } from "./keys.ts";

/** Services by the name that signatures have for them: how their actions are called, and who redirects them. */
const SERVICES = {
  secretsmanager: { target: "secretsmanager.", host: "secretsmanager", names: ["SECRETSMANAGER", "SECRETS_MANAGER"] },
  ssm: { target: "AmazonSSM.", host: "ssm", names: ["SSM", "SSM"] },
  acm: { target: "CertificateManager.", host: "acm", names: ["ACM", "ACM"] },
  tagging: {
    target: "ResourceGroupsTaggingAPI_20170126.",
    host: "tagging",
    names: ["RESOURCE_GROUPS_TAGGING_API", "RESOURCE_GROUPS_TAGGING_API"],
  },
  ecr: { target: "AmazonEC2ContainerRegistry_V20150921.", host: "api.ecr", names: ["ECR", "ECR"] },
  "ecr-public": { target: "SpencerFrontendService.", host: "api.ecr-public", names: ["ECR_PUBLIC", "ECR_PUBLIC"] },
  sts: { target: "", host: "sts", names: ["STS", "STS"] },
} as const;

export type AwsService = keyof typeof SERVICES;

const DOMAINS: readonly (readonly [prefix: string, domain: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["eusc-", "amazonaws.eu"],
];
/** Types of errors that say: not now. AWS sends them with status 400. */
const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceededException$|ServiceUnavailable/;
const STALE_KEYS = /ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidToken/;
const SKEWED = /RequestExpired|RequestTimeTooSkewed|InvalidSignature|SignatureDoesNotMatch|AuthFailure/;
/** AWS allows five minutes; below that a signature is refused for another reason. */
const SKEW_MIN_MS = 240_000;

/** What AWS refused, by its own type (`ResourceNotFoundException`). */
export class AwsError extends ProblemError {
  readonly type: string;

  constructor(type: string, cause: ProblemError) {
    super(cause.problems, { cause });
    this.name = "AwsError";
    this.type = type;
  }
}

export function isAwsError(error: unknown, ...types: string[]): error is AwsError {
  return error instanceof AwsError && types.includes(error.type);
}

/**
 * Where a service is. AWS_<SERVICE>_ENDPOINT is External Secrets' name for another address, AWS_ENDPOINT_URL[_<SERVICE>] the one of
 * AWS' own tools.
 */
export function awsEndpoint(service: AwsService, region: string, environment: ProviderDeps["environment"]): string {
  const { host, names } = SERVICES[service];
  const redirected =
    environment[`AWS_${names[0]}_ENDPOINT`] ||
    environment[`AWS_ENDPOINT_URL_${names[1]}`] ||
    environment["AWS_ENDPOINT_URL"];
  if (redirected) return redirected.replace(/\/+$/, "");
  const domain = DOMAINS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "amazonaws.com";
  return `https://${host}.${region}.${domain}`;
}

export interface AwsPlace {
  readonly region: string;
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly environment: ProviderDeps["environment"];
}

/** Signed calls of one service. Keys that end early and a clock that is off are each mended once. */
export class AwsApi {
  readonly #place: AwsPlace;
  readonly #keys: KeySource;
  readonly #service: AwsService;
  readonly #observe: (call: string, isOk: boolean) => void;
  #skewMs = 0;

  constructor(
    service: AwsService,
    place: AwsPlace,
    keys: KeySource,
    observe: (call: string, isOk: boolean) => void = () => undefined,
  ) {
    this.#service = service;
    this.#place = place;
    this.#keys = keys;
    this.#observe = observe;
  }

  /** @throws AwsError; ProblemError ProviderFailed */
  async call(action: string, input: JsonObject, signal: AbortSignal): Promise<JsonNode> {
    const body = JSON.stringify(input);
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${SERVICES[this.#service].target}${action}`,
    };
    try {
      const answer = await this.#send(headers, body, signal);
      const node = jsonOf(answer, `AWS ${action}`);
      this.#observe(action, true);
      return node;
    } catch (error) {
      this.#observe(action, false);
      throw error;
    }
  }

  /** A call of the older form, whose answer is XML. */
  async query(action: string, form: URLSearchParams, signal: AbortSignal): Promise<string> {
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    return (await this.#send(headers, form.toString(), signal, action)).body.toString();
  }

  async #send(
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal,
    action = headers["x-amz-target"]?.replace(/^.*\./, "") ?? "",
  ): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const keys = await this.#keys.get(signal);
      const answer = await this.#signed(keys, headers, body, signal);
      if (isSuccess(answer)) return answer;
      const error = awsErrorOf(answer, action);
      if (attempt > 1 || !this.#isMended(error, answer)) throw error;
    }
  }

  #isMended(error: unknown, { headers }: HttpAnswer): boolean {
    if (!(error instanceof AwsError)) return false;
    if (STALE_KEYS.test(error.type)) {
      this.#keys.drop();
      return true;
    }
    const skewMs = Date.parse(headers["date"] ?? "") - this.#place.clock.now();
    if (!SKEWED.test(error.type) || !(Math.abs(skewMs - this.#skewMs) > SKEW_MIN_MS)) return false;
    this.#skewMs = skewMs;
    return true;
  }

  async #signed(
    keys: AwsKeys,
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { region, environment, clock, http } = this.#place;
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    const url = `${awsEndpoint(this.#service, region, environment)}/`;
    const signer = new AwsV4Signer({
      method: "POST",
      url,
      headers,
      body,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: this.#service,
      region,
      datetime: new Date(clock.now() + this.#skewMs).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    });
    const signed = await signer.sign();
    return http.call({ method: "POST", url, headers: Object.fromEntries(signed.headers), body, signal });
  }
}

/** JSON and XML errors alike. Of the message only what AWS says about names, never the signature or what it is made of. */
export function awsErrorOf(answer: HttpAnswer, action: string): ProblemError {
  const text = answer.body.toString();
  const node = parseJsonText(text);
  const [type, message] =
    node?.kind === "object"
      ? [textOf(node, "__type") ?? textOf(node, "code") ?? "", textOf(node, "message") ?? textOf(node, "Message") ?? ""]
      : [xmlText(text, "Code") ?? "", xmlText(text, "Message") ?? ""];
  const name = type.replace(/^.*#/, "").replace(/:.*$/, "");
  const said = message
    .replace(/\(?request id: \S+/gi, "")
    .replace(/\bCredential=.*/s, "")
    .replace(/The Canonical String.*/s, "")
    .replace(/\s+/g, " ");
  const detail = name === "" ? "" : `${name}${said === "" || isWrite(action) ? "" : `: ${said.trim()}`}`;
  const isThrottled = THROTTLED.test(name) && answer.status < 500;
  const failure = failureOf(isThrottled ? { ...answer, status: 429 } : answer, `AWS ${action}`, detail);
  return name === "" || failure.code === "ProviderFailed" ? failure : new AwsError(name, failure);
}

/** Complaints about what was written could quote it. */
function isWrite(action: string): boolean {
  return /^(Put|Create|Update|Import)/.test(action);
}

export function xmlText(text: string, tag: string): string | undefined {
  const found = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
  return found
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/** Tags of a secret or parameter, listed under `name`. */
export function tagsOf(node: JsonNode | undefined, name: string): Map<string, string> {
  return new Map(itemsOf(node, name).map((tag) => [textOf(tag, "Key") ?? "", textOf(tag, "Value") ?? ""]));
}
