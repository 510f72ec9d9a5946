import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fromBytes } from "@fairlead/gotemplate";
import { fillText } from "../src/external/template/fill.ts";
import { loadPkcs12 } from "../src/external/template/pkcs12.ts";
import { selfSigned } from "./support/certificates.ts";

const PASSWORD = "pä55";
let folder: string;
const { certificate, key } = selfSigned("leaf");
const other = selfSigned("root").certificate;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-pkcs12-"));
  await loadPkcs12();
});

after(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] }).toString();
}

function fill(text: string, data: Record<string, string>): string {
  return fillText("k", text, data);
}

/** What a template writes in base64, as a file. */
function written(text: string, data: Record<string, string>): string {
  writeFileSync(join(folder, "made.p12"), Buffer.from(fill(text, data), "base64"));
  return "made.p12";
}

const pemOf = (text: string): string[] => text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g) ?? [];

describe("PKCS#12 that templates write", () => {
  test("openssl reads the key, its certificate and those that issued it", () => {
    const file = written("{{ fullPemToPkcs12Pass .pem .key .password }}", {
      pem: certificate + other,
      key,
      password: PASSWORD,
    });
    const found = pemOf(openssl("pkcs12", "-in", file, "-passin", `pass:${PASSWORD}`, "-nodes"));
    const certificates = found
      .filter((pem) => pem.includes("CERTIFICATE"))
      .map((pem) => new X509Certificate(pem).subject);
    assert.deepEqual(certificates.sort(), ["CN=leaf", "CN=root"]);
    const keys = found.filter((pem) => pem.includes("KEY")).map((pem) => createPrivateKey(pem));
    assert.ok(keys[0]?.equals(createPrivateKey(key)));
  });

  test("pemToPkcs12 takes the first certificate alone, without a password", () => {
    const file = written("{{ pemToPkcs12 .pem .key }}", { pem: certificate + other, key });
    const found = pemOf(openssl("pkcs12", "-in", file, "-passin", "pass:", "-nokeys"));
    assert.deepEqual(
      found.map((pem) => new X509Certificate(pem).subject),
      ["CN=leaf"],
    );
  });

  test("a trust store has certificates alone, marked for Java, each by its name", () => {
    const file = written("{{ pemTruststoreToPKCS12Pass .pem .password }}", { pem: certificate + other, password: "x" });
    const text = openssl("pkcs12", "-in", file, "-passin", "pass:x", "-nodes");
    assert.deepEqual(
      pemOf(text).map((pem) => new X509Certificate(pem).subject),
      ["CN=leaf", "CN=root"],
    );
    assert.match(text, /friendlyName: CN=leaf/);
    assert.match(text, /2\.16\.840\.1\.113894\.746875\.1\.1/);
  });
});

describe("PKCS#12 that templates read", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();

  function exported(pemKey: string, ...args: string[]): string {
    writeFileSync(join(folder, "key.pem"), pemKey);
    openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=theirs", "-days", "9", "-out", "cert.pem");
    openssl(
      "pkcs12",
      "-export",
      "-inkey",
      "key.pem",
      "-in",
      "cert.pem",
      "-passout",
      `pass:${PASSWORD}`,
      "-out",
      "theirs.p12",
      ...args,
    );
    return fromBytes(readFileSync(join(folder, "theirs.p12")));
  }

  for (const [name, pemKey, args] of [
    ["RSA", key, []],
    ["an elliptic curve", ec, []],
    ["the ciphers of old", key, ["-legacy"]],
    ["triple DES", ec, ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]],
  ] as const)
    test(`of openssl, with ${name}`, () => {
      const data = { file: exported(pemKey, ...args), password: PASSWORD };
      assert.ok(createPrivateKey(fill("{{ .file | pkcs12keyPass .password }}", data)).equals(createPrivateKey(pemKey)));
      const found = pemOf(fill("{{ .file | pkcs12certPass .password }}", data));
      assert.deepEqual(
        found.map((pem) => new X509Certificate(pem).subject),
        ["CN=theirs"],
      );
    });

  test("of their own, and not with another password; the error tells neither", () => {
    const made = fill("{{ pemToPkcs12Pass .pem .key .password | b64dec }}", {
      pem: certificate,
      key: ec,
      password: PASSWORD,
    });
    assert.ok(
      createPrivateKey(fill("{{ pkcs12keyPass .p .file }}", { file: made, p: PASSWORD })).equals(createPrivateKey(ec)),
    );
    assert.throws(
      () => fill("{{ pkcs12keyPass .p .file }}", { file: made, p: "wrong-one" }),
      (error) =>
        error instanceof Error &&
        error.message.endsWith("error calling pkcs12keyPass") &&
        !error.message.includes("wrong-one"),
    );
  });
});
