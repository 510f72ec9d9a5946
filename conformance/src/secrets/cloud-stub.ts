/**
 * AWS KMS and STS, Google Cloud KMS and Vault's transit engine as their public API descriptions have them, as far as sops asks: what
 * is wrapped is bound to the key and its context, and opens for nothing else.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface CloudStub {
  readonly url: string;
  /** Paths and actions that were asked, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export const CLOUD_KEYS = {
  arn: "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000",
  role: "arn:aws:iam::111122223333:role/sops",
  resource: "projects/p/locations/global/keyRings/r/cryptoKeys/k",
  token: "stub-token",
} as const;

export async function startCloudStub(): Promise<CloudStub> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => answer(request, body, response, asked));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

type Fields = Readonly<Record<string, unknown>>;

function answer(request: IncomingMessage, body: string, response: ServerResponse, asked: string[]): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const target = request.headers["x-amz-target"];
  asked.push(
    typeof target === "string" ? target : path === "/" ? (new URLSearchParams(body).get("Action") ?? "") : path,
  );
  const send = (status: number, type: string, text: string): void =>
    void response.writeHead(status, { "content-type": type }).end(text);
  const json = (status: number, value: object): void => send(status, "application/json", JSON.stringify(value));
  if (typeof target === "string") return kms(target, request, JSON.parse(body) as Fields, json);
  if (path === "/") return send(200, "text/xml", assumedRole());
  const gcp = /^\/v1\/(projects\/.*):(encrypt|decrypt)$/.exec(decodeURIComponent(path));
  if (gcp) return google(gcp[1] ?? "", gcp[2] ?? "", request, JSON.parse(body) as Fields, json);
  const vault = /^\/v1\/(.+)\/(encrypt|decrypt)\/([^/]+)$/.exec(path);
  if (vault) return transit(vault, request, JSON.parse(body) as Fields, json);
  return json(404, {});
}

type Send = (status: number, value: object) => void;

function kms(target: string, { headers }: IncomingMessage, fields: Fields, send: Send): void {
  // Signed for the key's own region and service; the signature itself nobody here can know.
  if (!/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/kms\/aws4_request, /.test(headers.authorization ?? ""))
    return send(403, { __type: "IncompleteSignature" });
  const bound = [fields["KeyId"], sorted(fields["EncryptionContext"])];
  if (target === "TrentService.Encrypt")
    return send(200, { KeyId: fields["KeyId"], CiphertextBlob: wrap(bound, String(fields["Plaintext"])) });
  const plain = unwrap(bound, String(fields["CiphertextBlob"]));
  return plain === undefined
    ? send(400, { __type: "InvalidCiphertextException" })
    : send(200, { KeyId: fields["KeyId"], Plaintext: plain });
}

function google(key: string, action: string, { headers }: IncomingMessage, fields: Fields, send: Send): void {
  if (headers.authorization !== `Bearer ${CLOUD_KEYS.token}`)
    return send(401, { error: { status: "UNAUTHENTICATED" } });
  if (action === "encrypt") return send(200, { name: key, ciphertext: wrap([key], String(fields["plaintext"])) });
  const plaintext = unwrap([key], String(fields["ciphertext"]));
  return plaintext === undefined ? send(400, { error: { status: "INVALID_ARGUMENT" } }) : send(200, { plaintext });
}

function transit(
  [, engine, action, key]: RegExpExecArray,
  { headers }: IncomingMessage,
  fields: Fields,
  send: Send,
): void {
  if (headers["x-vault-token"] !== CLOUD_KEYS.token) return send(403, { errors: ["permission denied"] });
  const bound = [engine, key];
  if (action === "encrypt")
    return send(200, { data: { ciphertext: `vault:v1:${wrap(bound, String(fields["plaintext"]))}` } });
  const plaintext = unwrap(bound, String(fields["ciphertext"]).replace(/^vault:v1:/, ""));
  return plaintext === undefined ? send(400, { errors: ["invalid ciphertext"] }) : send(200, { data: { plaintext } });
}

function assumedRole(): string {
  const credentials =
    "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}

function wrap(bound: unknown, plain: string): string {
  return Buffer.from(JSON.stringify([bound, plain])).toString("base64");
}

function unwrap(bound: unknown, wrapped: string): string | undefined {
  const [before, plain] = JSON.parse(Buffer.from(wrapped, "base64").toString()) as [unknown, string];
  return JSON.stringify(before) === JSON.stringify(bound) ? plain : undefined;
}

function sorted(context: unknown): unknown {
  return Object.entries((context ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1));
}
