import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { ProblemError, VirtualClock, type JsonObject } from "@fairlead/base";
import { awsEndpoint } from "../src/external/providers/aws/api.ts";
import { awsProvider } from "../src/external/providers/aws/index.ts";
import { ProviderBusy } from "../src/external/providers/http.ts";
import type { ProviderClient } from "../src/external/providers/types.ts";
import {
  AWS_AUTH,
  depsOf,
  faultsOf,
  findOf,
  NOW_MS,
  openProvider,
  refTo,
  SIGNAL,
  stubServer,
  textsOf,
  valueAt,
  type Answer,
  type Asked,
  type Stub,
  type World,
} from "./support/provider.ts";

const TEXTS = { "aws/id": "AKID", "aws/secret": "planted-key\n" };
const ROLE = "arn:aws:iam::1:role/last";

let aws: Stub;
let answerWith: (action: string, input: JsonObject, asked: Asked) => Answer;

before(async () => {
  aws = await stubServer((asked) => {
    const action = String(asked.headers["x-amz-target"] ?? "").replace(/^.*\./, "");
    if (action === "") return sts(asked);
    return answerWith(action, JSON.parse(asked.body) as JsonObject, asked);
  });
});

after(() => aws.close());
beforeEach(() => {
  aws.asked.length = 0;
  answerWith = () => ({ body: { SecretString: "v" } });
});

/** Keys named after the role they are for, an hour long. */
function sts({ body }: Asked): Answer {
  const form = new URLSearchParams(body);
  const role = form.get("RoleArn")?.replace(/^.*\//, "") ?? "";
  const end = new Date(NOW_MS + 3_600_000).toISOString();
  const xml = `<R><Credentials><AccessKeyId>K-${role}</AccessKeyId><SecretAccessKey>s&amp;t</SecretAccessKey><SessionToken>T-${role}</SessionToken><Expiration>${end}</Expiration></Credentials></R>`;
  return { body: xml, headers: { "content-type": "text/xml" } };
}

function open(more: JsonObject = {}, world: World = {}): ProviderClient & { readonly deps: ReturnType<typeof depsOf> } {
  const deps = depsOf({ texts: TEXTS, environment: { AWS_ENDPOINT_URL: aws.url }, ...world });
  const client = openProvider(awsProvider, { region: "eu-west-1", auth: AWS_AUTH, ...more }, deps);
  return Object.assign(client, { deps });
}

function keyOf({ headers }: Asked): string {
  return /Credential=([^/]+)\//.exec(String(headers.authorization))?.[1] ?? "";
}

const refused = (type: string, message = "no", status = 400): Answer => ({ status, body: { __type: type, message } });

describe("AWS' ways in", () => {
  test("keys of a Secret sign the request for region and service", async () => {
    const client = open();
    assert.equal(await valueAt(client, refTo("db")), "v");
    const { authorization } = aws.asked[0]?.headers ?? {};
    assert.match(String(authorization), /Credential=AKID\/20260102\/eu-west-1\/secretsmanager\/aws4_request/);
    assert.deepEqual(JSON.parse(aws.asked[0]?.body ?? ""), { SecretId: "db", VersionStage: "AWSCURRENT" });
    client.close();
  });

  test("roles are assumed one after another, the last with external id and tags, once for many reads", async () => {
    const client = open({
      additionalRoles: ["arn:aws:iam::1:role/first"],
      role: ROLE,
      externalID: "ext",
      sessionTags: [{ key: "team", value: "red" }],
      transitiveTagKeys: ["team"],
    });
    await Promise.all(["a", "b", "c"].map((key) => valueAt(client, refTo(key))));
    const [first, last, ...reads] = aws.asked;
    assert.deepEqual(
      [first, last].map((asked) => asked && keyOf(asked)),
      ["AKID", "K-first"],
    );
    const form = new URLSearchParams(last?.body);
    assert.equal(form.get("RoleArn"), ROLE);
    assert.equal(form.get("ExternalId"), "ext");
    assert.equal(form.get("Tags.member.1.Key"), "team");
    assert.equal(form.get("TransitiveTagKeys.member.1"), "team");
    assert.deepEqual(reads.map(keyOf), ["K-last", "K-last", "K-last"]);
    assert.equal(reads[0]?.headers["x-amz-security-token"], "T-last");
    client.close();
  });

  test("session tags tell which namespace and store ask", async () => {
    const client = open({ role: ROLE, sessionTagsPolicy: "Custom", customSessionTags: { cost: "7" } });
    await valueAt(client, refTo("a"));
    const form = new URLSearchParams(aws.asked[0]?.body);
    const tags = [1, 2, 3, 4].map(
      (at) => `${form.get(`Tags.member.${at}.Key`)}=${form.get(`Tags.member.${at}.Value`)}`,
    );
    assert.deepEqual(tags, ["cost=7", "esoNamespace=team", "esoStoreName=store", "esoStoreKind=SecretStore"]);
    client.close();
  });

  test("a ServiceAccount's token stands for the role that is noted on it", async () => {
    const auth = { jwt: { serviceAccountRef: { name: "app", audiences: ["extra"] } } };
    const client = open({ auth }, { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/irsa" } });
    assert.equal(await valueAt(client, refTo("a")), "v");
    const form = new URLSearchParams(aws.asked[0]?.body);
    assert.equal(form.get("Action"), "AssumeRoleWithWebIdentity");
    assert.equal(form.get("WebIdentityToken"), "token-of-app");
    assert.deepEqual(client.deps.audiences, [["extra", "sts.amazonaws.com"]]);
    assert.equal(aws.asked[0]?.headers.authorization, undefined);
    client.close();
  });

  test("a ServiceAccount without a role is told as such", async () => {
    const client = open({ auth: { jwt: { serviceAccountRef: { name: "app" } } } });
    await assert.rejects(client.validate(SIGNAL), /an IAM role must be associated with service account app/);
    client.close();
  });

  test("without auth the process' own keys are used", async () => {
    const own = { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: "OWN", AWS_SECRET_ACCESS_KEY: "s" };
    const client = open({ auth: {} }, { environment: own });
    await valueAt(client, refTo("a"));
    assert.deepEqual(aws.asked.map(keyOf), ["OWN"]);
    client.close();
  });

  test("keys of a role are renewed before they end", async () => {
    const clock = new VirtualClock(NOW_MS);
    const client = open({ role: ROLE }, { clock });
    await valueAt(client, refTo("a"));
    await clock.advance(3_500_000);
    await valueAt(client, refTo("a"));
    assert.equal(aws.asked.filter(({ body }) => body.includes("AssumeRole")).length, 2);
    client.close();
  });

  test("keys that ended early are got again, and the read goes on", async () => {
    let isFirst = true;
    answerWith = () => {
      if (!isFirst) return { body: { SecretString: "v" } };
      isFirst = false;
      return refused("ExpiredTokenException");
    };
    const client = open({ role: ROLE });
    assert.equal(await valueAt(client, refTo("a")), "v");
    assert.equal(aws.asked.filter(({ body }) => body.includes("AssumeRole")).length, 2);
    client.close();
  });

  test("a clock that is off is told by the answer's Date, and the call is made again by AWS' clock", async () => {
    const theirs = NOW_MS + 3_600_000;
    answerWith = (_, __, { headers }) => {
      const isRight = String(headers["x-amz-date"]).startsWith("20260102T04");
      const date = new Date(theirs).toUTCString();
      return isRight ? { body: { SecretString: "v" } } : { ...refused("InvalidSignatureException"), headers: { date } };
    };
    const client = open();
    assert.equal(await valueAt(client, refTo("a")), "v");
    client.close();
  });

  test("addresses are those of the partition, or redirected", () => {
    assert.equal(awsEndpoint("ssm", "cn-north-1", {}), "https://ssm.cn-north-1.amazonaws.com.cn");
    assert.equal(awsEndpoint("ecr", "us-gov-west-1", {}), "https://api.ecr.us-gov-west-1.amazonaws.com");
    assert.equal(awsEndpoint("sts", "eu-west-1", { AWS_STS_ENDPOINT: "http://x/" }), "http://x");
    assert.equal(
      awsEndpoint("secretsmanager", "eu-west-1", { AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://y" }),
      "http://y",
    );
  });

  test("every fault of a store is told", () => {
    const spec = {
      service: "Kinesis",
      region: "evil.example/",
      sessionTagsPolicy: "Custom",
      customSessionTags: { esoNamespace: "x" },
      secretsManager: { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 3 },
      auth: { secretRef: {} },
    };
    const faults = faultsOf(awsProvider, spec).join("\n");
    for (const path of ["service", "region", "customSessionTags", "secretsManager", "accessKeyIDSecretRef.name"])
      assert.ok(faults.includes(`aws.${path}`) || faults.includes(path), `${faults} should name ${path}`);
  });
});

describe("Secrets Manager", () => {
  test("stages, versions by id, binary values and tags", async () => {
    answerWith = (action, { VersionStage, VersionId }) => {
      if (action === "DescribeSecret")
        return {
          body: {
            Tags: [
              { Key: "b", Value: "2" },
              { Key: "a", Value: "<1>" },
            ],
          },
        };
      if (VersionId === "v-1") return { body: { SecretBinary: Buffer.from([0xff, 0x00]).toString("base64") } };
      return { body: { SecretString: `stage ${String(VersionStage)}` } };
    };
    const client = open({ prefix: "team/" });
    assert.equal(await valueAt(client, refTo("k", { version: "AWSPREVIOUS" })), "stage AWSPREVIOUS");
    const binary = await client.read(refTo("k", { version: "uuid/v-1" }), SIGNAL);
    assert.deepEqual([...(client.valueOf(binary, refTo("k")) ?? [])], [0xff, 0x00]);
    assert.equal(await valueAt(client, refTo("k", { metadata: true })), String.raw`{"a":"\u003c1\u003e","b":"2"}`);
    assert.equal(await valueAt(client, refTo("k", { metadata: true, property: "b" })), "2");
    assert.ok(aws.asked.every(({ body }) => body.includes('"team/k"')));
    client.close();
  });

  test("a property with dots is first a name; one that is missing is an error that holds no value", async () => {
    answerWith = () => ({ body: { SecretString: `{"a.b":"dot","a":{"b":"path","c":[1.50]}}` } });
    const client = open();
    assert.equal(await valueAt(client, refTo("k", { property: "a.b" })), "dot");
    assert.equal(await valueAt(client, refTo("k", { property: "a.c" })), "[1.50]");
    await assert.rejects(valueAt(client, refTo("k", { property: "absent" })), /key absent does not exist in secret k$/);
    const payload = await client.read(refTo("k"), SIGNAL);
    assert.deepEqual(textsOf(client.mapOf(payload, refTo("k"))), { "a.b": "dot", a: `{"b":"path","c":[1.50]}` });
    client.close();
  });

  for (const [name, answer] of [
    ["that never was", refused("ResourceNotFoundException")],
    ["that waits for its deletion", refused("InvalidRequestException", "it was marked for deletion")],
  ] as const)
    test(`a secret ${name} is missing, not wrong`, async () => {
      answerWith = () => answer;
      const client = open();
      assert.equal(await valueAt(client, refTo("k")), undefined);
      client.close();
    });

  test("find by tags and path asks for batches, page by page; by name alone it lists", async () => {
    answerWith = (action, { NextToken, SecretId }) => {
      if (action === "BatchGetSecretValue")
        return NextToken === undefined
          ? { body: { SecretValues: [{ Name: "app/b", SecretString: "2" }], NextToken: "n" } }
          : {
              body: {
                SecretValues: [
                  { Name: "app/a", SecretBinary: "MQ==" },
                  { Name: "other", SecretString: "x" },
                ],
              },
            };
      if (action === "ListSecrets") return { body: { SecretList: [{ Name: "one" }, { Name: "two" }] } };
      return { body: { SecretString: `of ${String(SecretId)}` } };
    };
    const client = open();
    const found = await client.find(findOf({ tags: { team: "red" }, path: "app/", name: "^app/" }), SIGNAL);
    assert.deepEqual(textsOf(found), { "app/a": "1", "app/b": "2" });
    assert.deepEqual(JSON.parse(aws.asked[0]?.body ?? ""), {
      Filters: [
        { Key: "tag-key", Values: ["team"] },
        { Key: "tag-value", Values: ["red"] },
        { Key: "name", Values: ["app/"] },
      ],
    });
    assert.deepEqual(textsOf(await client.find(findOf({ name: "w" }), SIGNAL)), { two: "of two" });
    await assert.rejects(client.find(findOf({ path: "x" }), SIGNAL), /unexpected find operator/);
    client.close();
  });
});

describe("Parameter Store", () => {
  test("versions, decryption, and what does not exist", async () => {
    answerWith = (_, input) =>
      input["Name"] === "/p/k:3" && input["WithDecryption"] === true
        ? { body: { Parameter: { Value: "three" } } }
        : refused("ParameterNotFound");
    const client = open({ service: "ParameterStore", prefix: "/p" });
    assert.equal(await valueAt(client, refTo("/k", { version: "3" })), "three");
    assert.equal(await valueAt(client, refTo("/k")), undefined);
    assert.deepEqual(client.deps.calls, [
      "AWS/ParameterStore GetParameter success",
      "AWS/ParameterStore GetParameter error",
    ]);
    client.close();
  });

  test("find by name reads the tree; whoever may not, describes and reads each", async () => {
    answerWith = (action, { Name, ParameterFilters }) => {
      if (action === "GetParametersByPath") return refused("AccessDeniedException");
      if (action === "DescribeParameters") {
        assert.deepEqual(ParameterFilters, [{ Key: "Path", Option: "Recursive", Values: ["/a"] }]);
        return { body: { Parameters: [{ Name: "/a/one" }, { Name: "/a/two" }] } };
      }
      return { body: { Parameter: { Value: `of ${String(Name)}` } } };
    };
    const client = open({ service: "ParameterStore" });
    assert.deepEqual(textsOf(await client.find(findOf({ name: "one$", path: "/a" }), SIGNAL)), {
      "/a/one": "of /a/one",
    });
    client.close();
  });
});

describe("AWS that does not answer well", () => {
  const page = { "content-type": "text/html" };
  for (const [name, answer, code, text] of [
    ["HTML", { body: "<!doctype html><h1>Sign in</h1>" }, "InvalidRemoteValue", /answered HTML/],
    ["HTML with 503", { status: 503, body: "<html>out</html>", headers: page }, "ProviderFailed", /503 with HTML/],
    ["half an answer", { body: '{"SecretString": "pl' }, "InvalidRemoteValue", /not JSON/],
    ["no value at all", { body: {} }, "InvalidRemoteValue", /no secret string nor binary/],
    [
      "access denied",
      refused("AccessDeniedException", "not authorized"),
      "ProviderRefused",
      /AccessDenied.*not author/,
    ],
    ["wrong keys", refused("UnrecognizedClientException"), "ProviderRefused", /UnrecognizedClient/],
    [
      "a bad signature",
      refused("InvalidSignatureException", "The Canonical String x planted"),
      "ProviderRefused",
      /InvalidSignatureException$/,
    ],
    ["throttling", refused("ThrottlingException", "Rate exceeded"), "ProviderFailed", /429: Throttling|Throttling/],
    ["a server's fault", refused("InternalServiceError", "sorry", 500), "ProviderFailed", /500: Internal/],
  ] as const)
    test(`${name} is ${code}`, async () => {
      answerWith = () => answer;
      const client = open();
      await assert.rejects(valueAt(client, refTo("k")), (error) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.code, code);
        assert.match(error.message, text);
        assert.doesNotMatch(error.message, /planted/);
        return true;
      });
      client.close();
    });

  test("429 with Retry-After says for how long to leave it alone", async () => {
    answerWith = () => ({ status: 429, headers: { "retry-after": "7" } });
    const client = open();
    await assert.rejects(
      valueAt(client, refTo("k")),
      (error) => error instanceof ProviderBusy && error.retryAfterMs === 7000,
    );
    client.close();
  });
});
