import { X509Certificate } from "node:crypto";
import type { JsonObject } from "@fairlead/base";
import { eachOf, has, numberOf, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { at, child, duplicate, invalid, notSupported, required, tooLong, type FieldError } from "./field-error.ts";
import { dns1123Label, dns1123Subdomain } from "./names.ts";
import { pemBlocks, readSigningRequest } from "./signing-request.ts";

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const EXPIRATION_SECONDS_MIN = 600;
const SIGNER_BYTES_MAX = 571;

/** certificates.k8s.io/v1 CertificateSigningRequest, of Kubernetes 1.35. */
export function validateSigningRequest(request: JsonObject): FieldError[] {
  const spec = structOf(request, "spec") ?? {};
  const errors: FieldError[] = [];
  const pem = textOf(spec, "request");
  const read = readSigningRequest(Buffer.from(pem, "base64").toString("latin1"));
  if ("fault" in read) errors.push(invalid("spec.request", pem, read.fault));
  const usages = textsOf(spec, "usages");
  if (usages.length === 0) errors.push(required("spec.usages"));
  for (const [index, usage] of usages.entries()) {
    const place = at("spec.usages", index);
    if (!USAGES.includes(usage)) errors.push(notSupported(place, usage, USAGES));
    if (usages.indexOf(usage) < index) errors.push(duplicate(place, usage));
  }
  errors.push(...signerName(textOf(spec, "signerName")));
  const seconds = numberOf(spec, "expirationSeconds");
  if (seconds !== undefined && seconds < EXPIRATION_SECONDS_MIN) {
    const text = `may not specify a duration less than ${EXPIRATION_SECONDS_MIN} seconds (10 minutes)`;
    errors.push(invalid("spec.expirationSeconds", seconds, text));
  }
  return [...errors, ...conditions(request)];
}

/** What is left to change are conditions and the certificate; who may change which, the endpoints say. */
export function validateSigningRequestUpdate(request: JsonObject): FieldError[] {
  return [...conditions(request), ...certificate(request)];
}

function signerName(name: string): FieldError[] {
  const path = "spec.signerName";
  if (name === "") return [required(path)];
  if (name === "kubernetes.io/legacy-unknown")
    return [invalid(path, name, "the legacy signerName is not allowed via this API version")];
  const parts = name.split("/");
  if (parts.length !== 2) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(path, name, text)];
  }
  const [domain = "", own = ""] = parts;
  const errors = lengthFaults(domain, path);
  for (const label of domain.split("."))
    errors.push(
      ...dns1123Label(label).map((why) => invalid(path, domain, `validating label ${JSON.stringify(label)}: ${why}`)),
    );
  if (domain.split(".").length < 2)
    errors.push(invalid(path, domain, "should be a domain with at least two segments separated by dots"));
  for (const label of own.split("."))
    errors.push(
      ...dns1123Subdomain(label).map((why) => invalid(path, own, `validating label ${JSON.stringify(label)}: ${why}`)),
    );
  if (Buffer.byteLength(name) > SIGNER_BYTES_MAX) errors.push(tooLong(path, SIGNER_BYTES_MAX));
  return errors;
}

function lengthFaults(part: string, path: string): FieldError[] {
  return part.length > 253 ? [invalid(path, part, "must be no more than 253 characters")] : [];
}

const ALWAYS_TRUE = ["Approved", "Denied", "Failed"];
const STATUSES = ["False", "True", "Unknown"];

function conditions(request: JsonObject): FieldError[] {
  const status = structOf(request, "status");
  const path = "status.conditions";
  const seen = new Set<string>();
  const errors = eachOf(status, "conditions", "status", (condition, inner) => {
    const [type, value] = [textOf(condition, "type"), textOf(condition, "status")];
    const found: FieldError[] = [];
    if (type === "") found.push(required(child(inner, "type")));
    const allowed = ALWAYS_TRUE.includes(type) ? ["True"] : STATUSES;
    if (value === "") found.push(required(child(inner, "status")));
    else if (!allowed.includes(value)) found.push(notSupported(child(inner, "status"), value, allowed));
    if (type !== "" && seen.has(type)) found.push(duplicate(child(inner, "type"), type));
    seen.add(type);
    return found;
  });
  if (seen.has("Approved") && seen.has("Denied")) {
    const second = structsOf(status, "conditions")
      .map((condition) => textOf(condition, "type"))
      .findLast((type) => type === "Approved" || type === "Denied");
    errors.push(invalid(path, second, "Approved and Denied conditions are mutually exclusive"));
  }
  return errors;
}

/** Certificates are not shown in faults. */
function certificate(request: JsonObject): FieldError[] {
  const status = structOf(request, "status");
  if (!has(status, "certificate")) return [];
  const bytes = Buffer.from(textOf(status, "certificate"), "base64");
  if (bytes.length === 0) return [];
  const fault = certificateFault(bytes.toString("latin1"));
  return fault === undefined ? [] : [invalid("status.certificate", "<certificate data>", fault)];
}

function certificateFault(pem: string): string | undefined {
  const blocks = pemBlocks(pem);
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const { type, der } of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    try {
      // Read for what it throws.
      if (new X509Certificate(der).raw.length === 0) return "found CERTIFICATE PEM block containing 0 certificates";
    } catch {
      return "x509: malformed certificate";
    }
  }
  return undefined;
}
