import type { Problem } from "@fairlead/base";
import type { RepositoryAccess } from "./types.ts";

/** A Secret as the API server gives it; `data` is base64. */
export interface SecretLike {
  readonly metadata: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** A Secret labelled `argocd.argoproj.io/secret-type: repository` or `repo-creds` (facts/argocd.md §1.9). */
export interface RepositorySecret {
  /** `repository` describes one address, `repo-creds` gives credentials to all that begin with its own. */
  readonly kind: "repository" | "repo-creds";
  readonly url: string;
  readonly type: "git" | "helm" | "oci";
  /** What dependencies of charts may call it, `@name`; "" without. */
  readonly name: string;
  /** The project it is for alone; "" is everybody. */
  readonly project: string;
  readonly access: RepositoryAccess;
}

const TYPE_LABEL = "argocd.argoproj.io/secret-type";
const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Undefined for a Secret of another kind or without an address. A value that cannot be read counts as not there. */
export function parseRepositorySecret(secret: SecretLike): {
  readonly repository: RepositorySecret | undefined;
  readonly problems: readonly Problem[];
} {
  const kind = secret.metadata.labels?.[TYPE_LABEL];
  if (kind !== "repository" && kind !== "repo-creds") return { repository: undefined, problems: [] };
  const problems: Problem[] = [];
  const fields = new SecretFields(secret, problems);
  const url = fields.text("url") ?? "";
  const type = fields.text("type") ?? "git";
  if (url === "") fields.fault("url", "is missing");
  if (type !== "git" && type !== "helm" && type !== "oci")
    fields.fault("type", `${JSON.stringify(type)} is not git, helm or oci`);
  const access = accessOf(fields);
  if (url === "") return { repository: undefined, problems };
  const known = type === "helm" || type === "oci" ? type : "git";
  const repository: RepositorySecret = {
    kind,
    url,
    type: known,
    name: fields.text("name") ?? "",
    project: kind === "repository" ? (fields.text("project") ?? "") : "",
    access,
  };
  return { repository, problems };
}

function accessOf(fields: SecretFields): RepositoryAccess {
  const githubKey = fields.text("githubAppPrivateKey");
  const githubId = fields.number("githubAppID");
  const installation = fields.number("githubAppInstallationID");
  return {
    username: fields.text("username"),
    password: fields.text("password"),
    bearerToken: fields.text("bearerToken"),
    sshPrivateKey: fields.text("sshPrivateKey"),
    tlsClientCert: fields.text("tlsClientCertData"),
    tlsClientKey: fields.text("tlsClientCertKey"),
    insecure: fields.flag("insecure"),
    insecureIgnoreHostKey: fields.flag("insecureIgnoreHostKey"),
    enableLfs: fields.flag("enableLfs"),
    enableOci: fields.flag("enableOCI"),
    isPlainHttp: fields.flag("insecureOCIForceHttp"),
    githubApp:
      githubKey === undefined || githubId === undefined
        ? undefined
        : {
            id: String(githubId),
            installationId: installation === undefined ? undefined : String(installation),
            privateKey: githubKey,
            baseUrl: fields.text("githubAppEnterpriseBaseUrl"),
          },
    proxy: fields.text("proxy"),
    noProxy: fields.text("noProxy"),
    depth: fields.number("depth"),
  };
}

/** Reads values and collects what is wrong with them; no message holds a value that may be secret. */
class SecretFields {
  readonly #secret: SecretLike;
  readonly #problems: Problem[];

  constructor(secret: SecretLike, problems: Problem[]) {
    this.#secret = secret;
    this.#problems = problems;
  }

  /** Undefined too for an empty value: Argo CD makes no difference. */
  text(key: string): string | undefined {
    const { data } = this.#secret;
    const encoded = data && Object.hasOwn(data, key) ? data[key] : undefined;
    return encoded ? Buffer.from(encoded, "base64").toString("utf8") || undefined : undefined;
  }

  flag(key: string): boolean {
    const text = this.text(key)?.trim() ?? "";
    if (text !== "" && !TRUE.has(text) && !FALSE.has(text)) this.fault(key, "is neither true nor false");
    return TRUE.has(text);
  }

  number(key: string): number | undefined {
    const text = this.text(key)?.trim();
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    this.fault(key, "is not a number");
    return undefined;
  }

  fault(key: string, why: string): void {
    this.#problems.push({
      code: "RepositorySecretInvalid",
      message: `${key} ${why}`,
      object: `Secret ${this.#secret.metadata.name ?? ""}`,
    });
  }
}
