import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { truncateSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { describe, test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServerAccess } from "@fairlead/apiserver";
import { issueCertificate } from "../src/auth/certificates.ts";
import { httpsTarget } from "./contract/target.ts";
import { startForTest, temporaryFolder } from "./support.ts";

const decode = (text = ""): string => Buffer.from(text, "base64").toString();

function whoAmI(
  access: ApiServerAccess,
  headers: Record<string, string> = {},
): Promise<{ code: number; user: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${access.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
      {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        ca: decode(access.caData),
        ...(access.certData === undefined ? {} : { cert: decode(access.certData), key: decode(access.keyData) }),
        agent: false,
      },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () => {
          const body = JSON.parse(text) as { status?: { userInfo?: unknown } };
          resolve({ code: response.statusCode ?? 0, user: body.status?.userInfo });
        });
      },
    );
    asked.on("error", reject);
    asked.end("{}");
  });
}

describe("who a client is", () => {
  test("a certificate names user and groups", async (context) => {
    const { server } = await startForTest(context);
    const { user } = await whoAmI(server.issueClient({ user: "ann", groups: ["devs", "ops"] }));
    assert.deepEqual(user, { username: "ann", groups: ["devs", "ops", "system:authenticated"] });
  });

  test("a certificate of another authority is refused", async (context) => {
    const { server } = await startForTest(context);
    const stranger = issueCertificate({
      commonName: "eve",
      organizations: ["system:masters"],
      lifetimeMs: 1e9,
      nowMs: Date.now(),
      usage: "client",
    });
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const access = {
      server: server.url,
      caData: server.caData,
      certData: encode(stranger.cert),
      keyData: encode(stranger.key),
    };
    assert.equal((await whoAmI(access)).code, 401);
  });

  test("tokens of others are refused, no token is anonymous", async (context) => {
    const { server } = await startForTest(context);
    const access = { server: server.url, caData: server.caData };
    assert.equal((await whoAmI(access, { authorization: "Bearer x.y.z" })).code, 401);
    assert.equal((await whoAmI(access)).code, 403);
  });

  test("a service account's token ends with the account", async (context) => {
    const { server, ask } = await startForTest(context);
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    await ask(`POST ${accounts}`, { metadata: { name: "robot" } });
    const { body } = await ask(`POST ${accounts}/robot/token`, { spec: {} });
    const { token } = (body as { status: { token: string } }).status;
    const access = { server: server.url, caData: server.caData };
    const alive = await whoAmI(access, { authorization: `Bearer ${token}` });
    assert.equal((alive.user as { username: string }).username, "system:serviceaccount:default:robot");
    await ask(`DELETE ${accounts}/robot`);
    assert.equal((await whoAmI(access, { authorization: `Bearer ${token}` })).code, 401);
  });
});

test("certificates say what they are for, and addresses of both kinds", () => {
  const ca = issueCertificate({ commonName: "ca", lifetimeMs: 1e10, nowMs: Date.now(), usage: "authority" });
  const leaf = new X509Certificate(
    issueCertificate({
      commonName: "s",
      lifetimeMs: 1e10,
      nowMs: Date.now(),
      usage: "server",
      names: ["localhost", "127.0.0.1", "::1", "fe80::1:2"],
    }).cert,
  );
  assert.equal(new X509Certificate(ca.cert).ca, true);
  assert.equal(leaf.ca, false);
  assert.equal(leaf.checkHost("localhost"), "localhost");
  for (const address of ["127.0.0.1", "::1", "fe80::1:2"]) assert.equal(leaf.checkIP(address), address);
  assert.equal(leaf.checkIP("127.0.0.2"), undefined);
});

test("keys that were cut off are made anew where that harms nobody, and told where it would", async (context) => {
  const data = join(temporaryFolder(context), "data");
  const first = await startApiServer({ data, logger: silentLogger });
  const { bearerToken = "" } = first.adminConfig();
  await first.close();
  const keys = join(data, "pki");
  for (const file of ["admin.token", "serving.crt", "serving.key"]) truncateSync(join(keys, file), 0);
  const server = await startApiServer({ data, logger: silentLogger });
  for (const token of ["", bearerToken]) {
    const target = httpsTarget({ name: "old", url: server.url, token });
    const answer = await target.send({ method: "GET", path: "/api/v1/namespaces", headers: {} });
    target.close();
    assert(answer.code === 401 || answer.code === 403, `${JSON.stringify(token)}: ${answer.code}`);
  }
  assert.equal(server.caData, first.caData);
  await server.close();
  truncateSync(join(keys, "ca.key"), 10);
  await assert.rejects(startApiServer({ data, logger: silentLogger }), { code: "DataDirectoryUnusable" });
});
