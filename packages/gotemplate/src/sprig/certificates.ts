import { GoError } from "../errors.ts";
import {
  createCertificate,
  parseAddress,
  readIssuer,
  type CertificateRequest,
  type Issuer,
} from "../crypto/certificate.ts";
import {
  keyPem,
  newDsaKey,
  newEcKey,
  newEd25519Key,
  newRsaKey,
  parsePrivateKey,
  type PrivateKey,
} from "../crypto/keys.ts";
import { decodePem } from "../crypto/pem.ts";
import type { CallContext } from "../exec/context.ts";
import { sprint } from "../fmt/printf.ts";
import { fn, P, type Param } from "../functions/define.ts";
import type { RandomSource } from "../random.ts";
import { listItems } from "../values/reflect.ts";
import { fromBytes } from "../values/text.ts";
import { ANY_SLICE, STRING, type FunctionSet, type GoType } from "../values/types.ts";
import { type GoSlice, GoStruct } from "../values/values.ts";
import { decodeBase64 } from "./encoding.ts";

const RSA_BITS = 2048;
const RSA_BITS_ALONE = 4096;
const DAY_SECONDS = 86_400;
/** Steps one generated key counts for. */
const KEY_STEPS = 50_000;

/** What the gen functions give: `.Cert` and `.Key`, both PEM. */
const CERTIFICATE: GoType = {
  kind: "struct",
  name: "sprig.certificate",
  fields: [
    { name: "Cert", type: STRING },
    { name: "Key", type: STRING },
  ],
};

type List = readonly unknown[] | GoSlice;
const CERTIFICATE_PARAM: Param<GoStruct> = { type: CERTIFICATE };
const LIST_PARAM: Param<List> = { type: ANY_SLICE };

function certificate(cert: string, key: string): GoStruct {
  return new GoStruct(CERTIFICATE, { Cert: cert, Key: key });
}

/** Keys and certificates of sprig. From a seeded source they are the same every time. */
export const certificateFunctions: FunctionSet = {
  genPrivateKey: fn([P.string], STRING, (context, type) => privateKey(context, type)),
  buildCustomCert: fn([P.string, P.string], CERTIFICATE, (_, cert, key) => buildCustom(cert, key)),
  genCA: fn([P.string, P.int], CERTIFICATE, (context, name, days) => authority(context, name, days)),
  genCAWithKey: fn([P.string, P.int, P.string], CERTIFICATE, (context, name, days, key) => {
    return authority(context, name, days, parsedKey(key));
  }),
  genSelfSignedCert: fn([P.string, LIST_PARAM, LIST_PARAM, P.int], CERTIFICATE, (context, name, ips, dns, days) => {
    return issue(context, name, ips, dns, days);
  }),
  genSelfSignedCertWithKey: fn(
    [P.string, LIST_PARAM, LIST_PARAM, P.int, P.string],
    CERTIFICATE,
    (context, name, ips, dns, days, key) => issue(context, name, ips, dns, days, undefined, parsedKey(key)),
  ),
  genSignedCert: fn(
    [P.string, LIST_PARAM, LIST_PARAM, P.int, CERTIFICATE_PARAM],
    CERTIFICATE,
    (context, name, ips, dns, days, ca) => issue(context, name, ips, dns, days, ca),
  ),
  genSignedCertWithKey: fn(
    [P.string, LIST_PARAM, LIST_PARAM, P.int, CERTIFICATE_PARAM, P.string],
    CERTIFICATE,
    (context, name, ips, dns, days, ca, key) => issue(context, name, ips, dns, days, ca, parsedKey(key)),
  ),
};

function privateKey(context: CallContext, type: string): string {
  context.spend(KEY_STEPS);
  const random = context.random();
  switch (type) {
    case "":
    case "rsa":
      return keyPem(newRsaKey(RSA_BITS_ALONE, random));
    case "dsa":
      return keyPem(newDsaKey(random));
    case "ecdsa":
      return keyPem(newEcKey(random));
    case "ed25519":
      return keyPem(newEd25519Key(random));
    default:
      return `Unknown type ${type}`;
  }
}

function parsedKey(text: string): PrivateKey {
  return orFault("parsing private key", () => parsePrivateKey(text));
}

function orFault<T>(what: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof GoError) throw new GoError(`${what}: ${error.message}`);
    throw error;
  }
}

function request(
  context: CallContext,
  commonName: string,
  ips: List,
  dns: List,
  days: number,
): Omit<CertificateRequest, "isAuthority"> {
  const addresses = listItems(ips).map((ip) => addressText(context, ip));
  const dnsNames = listItems(dns).map((name) => {
    if (typeof name === "string") return name;
    throw new GoError(`error processing alternate dns name: ${sprint([name], context.spend)} is not a string`);
  });
  const now = Math.floor(context.clock.now() / 1000);
  return { commonName, addresses, dnsNames, notBefore: now, notAfter: now + days * DAY_SECONDS };
}

function addressText(context: CallContext, value: unknown): string {
  if (typeof value !== "string")
    throw new GoError(`error parsing ip: ${sprint([value], context.spend)} is not a string`);
  if (parseAddress(value) === undefined) throw new GoError(`error parsing ip: ${value}`);
  return value;
}

function newKey(context: CallContext, random: RandomSource): PrivateKey {
  context.spend(KEY_STEPS);
  return newRsaKey(RSA_BITS, random);
}

function authority(context: CallContext, name: string, days: number, given?: PrivateKey): GoStruct {
  const random = context.random();
  const key = given ?? newKey(context, random);
  const wanted = { ...request(context, name, [], [], days), isAuthority: true };
  const made = createCertificate(wanted, key, undefined, random);
  return certificate(made.certificate, made.key);
}

function issue(
  context: CallContext,
  name: string,
  ips: List,
  dns: List,
  days: number,
  ca?: GoStruct,
  given?: PrivateKey,
): GoStruct {
  const random = context.random();
  const key = given ?? newKey(context, random);
  const issuer = ca === undefined ? undefined : issuerOf(ca);
  const wanted = { ...request(context, name, ips, dns, days), isAuthority: false };
  const made = createCertificate(wanted, key, issuer, random);
  return certificate(made.certificate, made.key);
}

function issuerOf(ca: GoStruct): Issuer {
  const block = decodePem(String(ca.values["Cert"]));
  if (block === undefined) throw new GoError("unable to decode certificate");
  const issuer = readIssuer(block.bytes);
  if (issuer === undefined) {
    throw new GoError("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate");
  }
  const key = orFault("error parsing private key", () => parsePrivateKey(String(ca.values["Key"])));
  return { ...issuer, key };
}

function buildCustom(certText: string, keyText: string): GoStruct {
  const certBytes = decodeBase64(certText);
  if (typeof certBytes === "number") throw new GoError("unable to decode base64 certificate");
  const keyBytes = decodeBase64(keyText);
  if (typeof keyBytes === "number") throw new GoError("unable to decode base64 private key");
  const [cert, key] = [fromBytes(certBytes), fromBytes(keyBytes)];
  const block = decodePem(cert);
  if (block === undefined) throw new GoError("unable to decode certificate");
  if (readIssuer(block.bytes) === undefined) {
    throw new GoError("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
  }
  orFault("error parsing private key", () => parsePrivateKey(key));
  return certificate(cert, key);
}
