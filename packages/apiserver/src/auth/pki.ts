import { createPrivateKey, createPublicKey, randomBytes, X509Certificate, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { problemError } from "@fairlead/base";
import { KEYS_FOLDER } from "../storage/backup.ts";
import {
  AUTHORITY_LIFETIME_MS,
  exportKey,
  issueCertificate,
  LEAF_LIFETIME_MS,
  LEAF_RENEWAL_MS,
  newKey,
  type Identity,
} from "./certificates.ts";

/** The server's own authority and keys. In a data directory they outlive the process, so kubeconfigs stay good. */
export class Pki {
  readonly caPem: string;
  #serving: Identity;
  /** Signs service-account tokens. */
  readonly tokenKey: KeyObject;
  readonly tokenPublicKey: KeyObject;
  /** A bearer token of the administrator. */
  readonly adminToken: string;
  readonly #caKey: KeyObject;
  readonly #now: () => number;

  /** The serving certificate that is good now: the one given, or a new one in its place. */
  readonly #currentServing: (known: Identity) => Identity;

  constructor(fields: {
    ca: Identity;
    serving: Identity;
    currentServing: (known: Identity) => Identity;
    tokenKey: KeyObject;
    adminToken: string;
    now: () => number;
  }) {
    this.caPem = fields.ca.cert;
    this.#serving = fields.serving;
    this.#currentServing = fields.currentServing;
    this.tokenKey = fields.tokenKey;
    this.adminToken = fields.adminToken;
    this.tokenPublicKey = createPublicKey(fields.tokenKey);
    this.#caKey = createPrivateKey(fields.ca.key);
    this.#now = fields.now;
  }

  get serving(): Identity {
    return this.#serving;
  }

  /** A new serving certificate where the one in use ends soon; undefined where it is good. */
  renewServing(): Identity | undefined {
    const current = this.#currentServing(this.#serving);
    if (current === this.#serving) return undefined;
    return (this.#serving = current);
  }

  get caData(): string {
    return Buffer.from(this.caPem).toString("base64");
  }

  issueClient(user: string, groups: readonly string[]): Identity {
    return issueCertificate(
      {
        commonName: user,
        organizations: groups,
        lifetimeMs: LEAF_LIFETIME_MS,
        nowMs: this.#now(),
        usage: "client",
      },
      { cert: this.caPem, key: this.#caKey },
    );
  }
}

interface PkiOptions {
  /** Where keys are kept; undefined: only in memory. */
  readonly directory: string | undefined;
  /** DNS names and addresses of the serving certificate. */
  readonly names: readonly string[];
  readonly now: () => number;
}

/** @throws ProblemError DataDirectoryUnusable when kept keys are half there or unreadable. */
export function openPki(options: PkiOptions): Pki {
  if (options.directory === undefined)
    return assemble(options, newAuthority(options.now()), exportKey(newKey().privateKey), newToken());
  const directory = join(options.directory, KEYS_FOLDER);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ca = keptIdentity(directory, "ca", () => newAuthority(options.now()));
  const tokenKeyPath = join(directory, "service-account.key");
  if (!existsSync(tokenKeyPath)) writeSecret(tokenKeyPath, exportKey(newKey().privateKey));
  const adminTokenPath = join(directory, "admin.token");
  // One that was cut off, or is empty, would let others in.
  const isWhole = existsSync(adminTokenPath) && TOKEN.test(readFileSync(adminTokenPath, "utf8"));
  if (!isWhole) writeSecret(adminTokenPath, newToken());
  const adminToken = readFileSync(adminTokenPath, "utf8");
  return assemble(options, ca, readFileSync(tokenKeyPath, "utf8"), adminToken, directory);
}

function assemble(options: PkiOptions, ca: Identity, tokenKey: string, adminToken: string, directory?: string): Pki {
  try {
    const make = (): Identity =>
      issueCertificate(
        {
          commonName: "kube-apiserver",
          lifetimeMs: LEAF_LIFETIME_MS,
          nowMs: options.now(),
          usage: "server",
          names: options.names,
        },
        { cert: ca.cert, key: createPrivateKey(ca.key) },
      );
    const isGood = (identity: Identity): boolean => {
      // The authority is read first: where that cannot be, nothing is made anew in its place.
      const authority = new X509Certificate(ca.cert);
      try {
        return isServingGood(identity, authority, options);
      } catch {
        return false;
      }
    };
    const keep = (): Identity => (directory === undefined ? make() : keptIdentity(directory, "serving", make, isGood));
    const serving = keep();
    const currentServing = (known: Identity): Identity => (isGood(known) ? known : keep());
    return new Pki({ ca, serving, currentServing, tokenKey: createPrivateKey(tokenKey), adminToken, now: options.now });
  } catch (error) {
    if (directory === undefined) throw error;
    throw problemError(
      "DataDirectoryUnusable",
      "a key or certificate kept there cannot be read",
      {
        file: directory,
        hint: "restore it from a backup, or remove the folder: new keys are made, old kubeconfigs end",
      },
      error,
    );
  }
}

const TOKEN_BYTES = 24;
const TOKEN = /^[\w-]{32}$/;

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

function newAuthority(nowMs: number): Identity {
  return issueCertificate({ commonName: "fairlead-ca", lifetimeMs: AUTHORITY_LIFETIME_MS, nowMs, usage: "authority" });
}

function keptIdentity(
  directory: string,
  name: string,
  make: () => Identity,
  isGood: (identity: Identity) => boolean = () => true,
): Identity {
  const certPath = join(directory, `${name}.crt`);
  const keyPath = join(directory, `${name}.key`);
  if (existsSync(certPath) && existsSync(keyPath)) {
    const kept = { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") };
    if (isGood(kept)) return kept;
  }
  const made = make();
  // The key first: a crash between the two leaves a key without certificate, which the next start replaces.
  writeSecret(keyPath, made.key);
  writeSecret(certPath, made.cert);
  return made;
}

function isServingGood(identity: Identity, authority: X509Certificate, options: PkiOptions): boolean {
  const certificate = new X509Certificate(identity.cert);
  const isCurrent = Date.parse(certificate.validTo) - options.now() > LEAF_RENEWAL_MS;
  const isOurs = certificate.verify(authority.publicKey);
  const isPair = certificate.checkPrivateKey(createPrivateKey(identity.key));
  const coversAll = options.names.every(
    (name) => certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined,
  );
  return isCurrent && isOurs && isPair && coversAll;
}

/** Whole or not at all: written beside and renamed. */
function writeSecret(path: string, text: string): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, text, { mode: 0o600, flush: true });
  chmodSync(partial, 0o600);
  renameSync(partial, path);
}
