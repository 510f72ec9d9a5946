import { createPrivateKey, createPublicKey, randomBytes, X509Certificate, type KeyObject } from "node:crypto";
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
  signRequest,
  type CertificateRequest,
  type Identity,
} from "./certificates.ts";
import { KeyFiles } from "./key-files.ts";

/** The server's own authority and keys. In a data directory they outlive the process, so kubeconfigs stay good. */
export class Pki {
  readonly caPem: string;
  #serving: Identity;
  /** Signs service-account tokens. */
  readonly tokenKey: KeyObject;
  readonly tokenPublicKey: KeyObject;
  /** A bearer token of the administrator. */
  readonly adminToken: string;
  /** Resolves when all keys are on the disk. @throws ProblemError DataDirectoryUnusable */
  readonly kept: () => Promise<void>;
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
    kept: () => Promise<void>;
  }) {
    this.caPem = fields.ca.cert;
    this.#serving = fields.serving;
    this.#currentServing = fields.currentServing;
    this.tokenKey = fields.tokenKey;
    this.adminToken = fields.adminToken;
    this.tokenPublicKey = createPublicKey(fields.tokenKey);
    this.#caKey = createPrivateKey(fields.ca.key);
    this.#now = fields.now;
    this.kept = fields.kept;
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

  /** The certificate of somebody else's key, PEM; it ends when the authority does at the latest. */
  sign(request: CertificateRequest): string {
    const untilMs = Math.min(request.untilMs, Date.parse(new X509Certificate(this.caPem).validTo));
    return signRequest({ ...request, untilMs }, { cert: this.caPem, key: this.#caKey });
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

/**
 * What is made anew may not be on the disk yet: see `kept`.
 * @throws ProblemError DataDirectoryUnusable when kept keys are half there or unreadable.
 */
export function openPki(options: PkiOptions): Pki {
  if (options.directory === undefined)
    return assemble(options, newAuthority(options.now()), exportKey(newKey().privateKey), newToken());
  const files = new KeyFiles(join(options.directory, KEYS_FOLDER));
  const ca = keptIdentity(files, "ca", () => newAuthority(options.now()));
  const tokenKey = keptText(files, "service-account.key", () => exportKey(newKey().privateKey));
  // A token that was cut off, or is empty, would let others in.
  const adminToken = keptText(files, "admin.token", newToken, (text) => TOKEN.test(text));
  return assemble(options, ca, tokenKey, adminToken, files);
}

function assemble(options: PkiOptions, ca: Identity, tokenKey: string, adminToken: string, files?: KeyFiles): Pki {
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
    const keep = (): Identity => (files === undefined ? make() : keptIdentity(files, "serving", make, isGood));
    const serving = keep();
    const currentServing = (known: Identity): Identity => (isGood(known) ? known : keep());
    const kept = async (): Promise<void> => files?.kept();
    return new Pki({
      ca,
      serving,
      currentServing,
      tokenKey: createPrivateKey(tokenKey),
      adminToken,
      now: options.now,
      kept,
    });
  } catch (error) {
    if (files === undefined) throw error;
    throw problemError(
      "DataDirectoryUnusable",
      "a key or certificate kept there cannot be read",
      {
        file: files.directory,
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

function keptText(
  files: KeyFiles,
  name: string,
  make: () => string,
  isGood: (text: string) => boolean = () => true,
): string {
  const kept = files.read(name);
  if (kept !== undefined && isGood(kept)) return kept;
  const made = make();
  files.write(name, made);
  return made;
}

function keptIdentity(
  files: KeyFiles,
  name: string,
  make: () => Identity,
  isGood: (identity: Identity) => boolean = () => true,
): Identity {
  const [cert, key] = [files.read(`${name}.crt`), files.read(`${name}.key`)];
  if (cert !== undefined && key !== undefined && isGood({ cert, key })) return { cert, key };
  const made = make();
  // The key first: a crash between the two leaves a key without certificate, which the next start replaces.
  files.write(`${name}.key`, made.key);
  files.write(`${name}.crt`, made.cert);
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
