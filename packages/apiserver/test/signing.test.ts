import assert from "node:assert/strict";
import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { test, type TestContext } from "node:test";
import { request as httpsRequest } from "node:https";
import { bits, explicit, implicit, integer, octets, oid, sequence, set, utf8 } from "../src/auth/der.ts";
import { startForTest, type TestServer } from "./support.ts";

const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const MERGE = { "content-type": "application/merge-patch+json" };

interface Asked {
  readonly name: string;
  readonly organizations: readonly string[];
  readonly commonName: string;
  readonly hosts?: readonly string[];
}

/** A key and the PEM of a request for it (RFC 2986). */
function requestFor({ organizations, commonName, hosts = [] }: Asked): { key: string; pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const attribute = (id: string, value: string): Buffer => set(sequence(oid(id), utf8(value)));
  const names = sequence(...hosts.map((host) => implicit(2, Buffer.from(host))));
  const extensions = sequence(sequence(oid("2.5.29.17"), octets(names)));
  const body = sequence(
    integer(Buffer.from([0])),
    sequence(...organizations.map((value) => attribute("2.5.4.10", value)), attribute("2.5.4.3", commonName)),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(0, ...(hosts.length === 0 ? [] : [sequence(oid("1.2.840.113549.1.9.14"), set(extensions))])),
  );
  const der = sequence(body, sequence(oid("1.2.840.10045.4.3.2")), bits(sign("sha256", body, privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    pem: `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`,
  };
}

interface Answered {
  readonly certificate?: string;
  readonly conditions: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
}

/** Asks, approves, and waits for what the signer says. */
async function signed(server: TestServer, asked: Asked, spec: object): Promise<{ key: string; status: Answered }> {
  const { key, pem } = requestFor(asked);
  const request = Buffer.from(pem).toString("base64");
  const made = await server.ask(`POST ${REQUESTS}`, { metadata: { name: asked.name }, spec: { request, ...spec } });
  assert.equal(made.code, 201, JSON.stringify(made.body));
  const approved = { type: "Approved", status: "True", reason: "Test", message: "" };
  await server.ask(`PATCH ${REQUESTS}/${asked.name}/approval`, { status: { conditions: [approved] } }, MERGE);
  for (;;) {
    const { body } = await server.ask(`GET ${REQUESTS}/${asked.name}`);
    const { status } = body as { status: Answered };
    if (status.certificate !== undefined || status.conditions.some(({ type }) => type === "Failed"))
      return { key, status };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function pemOf(status: Answered): string {
  return Buffer.from(status.certificate ?? "", "base64").toString();
}

async function whoAmI(context: TestContext, { server }: TestServer, key: string, cert: string): Promise<unknown> {
  const review = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const ca = Buffer.from(server.caData, "base64").toString();
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      `${server.url}${path}`,
      { method: "POST", key, cert, ca, agent: false, headers: { "content-type": "application/json" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      },
    );
    context.after(() => sent.destroy());
    sent.on("error", reject);
    sent.end(review);
  });
}

test("who is approved gets a certificate, and is who it says", { timeout: 120_000 }, async (context) => {
  const server = await startForTest(context);
  const asked = { name: "jane", organizations: ["developers", "testers"], commonName: "jane" };
  const spec = {
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth", "digital signature"],
    expirationSeconds: 3600,
  };
  const { key, status } = await signed(server, asked, spec);
  const certificate = new X509Certificate(pemOf(status));
  const lifetimeMs = certificate.validToDate.getTime() - Date.now();
  assert(lifetimeMs > 0 && lifetimeMs <= 3_600_000, `it lives for ${lifetimeMs} ms`);
  const review = (await whoAmI(context, server, key, pemOf(status))) as { status?: { userInfo: object } };
  assert.deepEqual(review.status?.userInfo, {
    username: "jane",
    groups: ["developers", "testers", "system:authenticated"],
  });
});

test("a node's serving certificate has the names that were asked for", { timeout: 120_000 }, async (context) => {
  const server = await startForTest(context);
  const asked = { name: "n", organizations: ["system:nodes"], commonName: "system:node:n", hosts: ["n", "n.local"] };
  const usages = ["server auth", "digital signature"];
  const { status } = await signed(server, asked, { signerName: "kubernetes.io/kubelet-serving", usages });
  assert.equal(new X509Certificate(pemOf(status)).subjectAltName, "DNS:n, DNS:n.local");
});

test("what a signer does not give is said in a condition", { timeout: 120_000 }, async (context) => {
  const server = await startForTest(context);
  const asked = { name: "bad", organizations: ["x"], commonName: "y" };
  const spec = { signerName: "kubernetes.io/kube-apiserver-client", usages: ["server auth"] };
  const { status } = await signed(server, asked, spec);
  assert.equal(status.certificate, undefined);
  assert.deepEqual(
    status.conditions.map(({ type, reason }) => [type, reason]),
    [
      ["Approved", "Test"],
      ["Failed", "SignerValidationFailure"],
    ],
  );
});

test("nobody becomes a master by asking, and a request signed by another key is none", async (context) => {
  const server = await startForTest(context, { controllers: false });
  const asked = { name: "m", organizations: ["system:masters"], commonName: "m" };
  const ask = (pem: string): ReturnType<TestServer["ask"]> =>
    server.ask(`POST ${REQUESTS}`, {
      metadata: { name: "m" },
      spec: {
        request: Buffer.from(pem).toString("base64"),
        signerName: "kubernetes.io/kube-apiserver-client",
        usages: ["client auth"],
      },
    });
  const refused = await ask(requestFor(asked).pem);
  assert.equal(refused.code, 403);
  assert.match(JSON.stringify(refused.body), /signer with system:masters group is not allowed/);
  const mixed = Buffer.from(requestFor(asked).pem.replace(/-----.*-----|\n/g, ""), "base64");
  // The last byte of the signature.
  mixed.writeUInt8(mixed.readUInt8(mixed.length - 1) ^ 1, mixed.length - 1);
  const lines = mixed.toString("base64").match(/.{1,64}/g) ?? [];
  const bad = await ask(
    `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`,
  );
  assert.equal(bad.code, 422);
  assert.match(JSON.stringify(bad.body), /x509: ECDSA verification failure/);
});
