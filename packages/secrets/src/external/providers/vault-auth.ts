import { problemError } from "@fairlead/base";
import type { Fields } from "../model/fields.ts";
import { parseAccountRef, parseKeyRef, parseOptionalKeyRef } from "./refs.ts";
import { gcpLogin, iamLogin } from "./vault-clouds.ts";
import type { Login, VaultAuth } from "./vault-login.ts";

const DEFAULT_AUDIENCE = "vault";
const TOKEN_SECONDS = 600;
/** In the order in which External Secrets tries them; the first that is given counts. */
const METHODS = ["tokenSecretRef", "appRole", "kubernetes", "ldap", "userPass", "jwt", "cert", "iam", "gcp"] as const;

export function parseVaultAuth(auth: Fields): VaultAuth {
  const method = METHODS.find((name) => auth.has(name));
  if (method === undefined) {
    auth.fault("", `must have one of ${METHODS.join(", ")}`);
    return { kind: "login", prepare: refuse };
  }
  if (method === "tokenSecretRef") return { kind: "token", ref: parseKeyRef(auth, method, "token") };
  const fields = auth.child(method);
  switch (method) {
    case "appRole":
      return appRole(fields);
    case "kubernetes":
      return kubernetes(fields);
    case "jwt":
      return jwt(fields);
    case "cert":
      return certificate(fields);
    case "ldap":
    case "userPass":
      return password(fields, method === "ldap" ? "ldap" : "userpass");
    case "iam":
      return iamLogin(fields);
    case "gcp":
      return gcpLogin(fields);
  }
}

function refuse(): Promise<Login> {
  return Promise.reject(problemError("InvalidStore", "the store says no way to log in"));
}

function appRole(fields: Fields): VaultAuth {
  const path = fields.text("path", "approle");
  const roleId = fields.text("roleId");
  const roleRef = parseOptionalKeyRef(fields, "roleRef");
  if (roleId === "" && roleRef === undefined) fields.fault("", "must have roleId or roleRef");
  const secretRef = parseKeyRef(fields, "secretRef");
  return {
    kind: "login",
    prepare: async ({ credentials }) => ({
      path: `auth/${path}/login`,
      body: {
        role_id: (roleRef === undefined ? roleId : await credentials.secretText(roleRef)).trim(),
        secret_id: (await credentials.secretText(secretRef)).trim(),
      },
    }),
  };
}

function kubernetes(fields: Fields): VaultAuth {
  const path = fields.text("mountPath", "kubernetes");
  const role = fields.required("role");
  const account = fields.has("serviceAccountRef") ? parseAccountRef(fields, "serviceAccountRef") : undefined;
  const secret = fields.has("secretRef") ? parseKeyRef(fields, "secretRef", "token") : undefined;
  return {
    kind: "login",
    prepare: async ({ credentials }) => {
      const token = account
        ? credentials.accountToken(account, account.audiences.length > 0 ? [] : [DEFAULT_AUDIENCE], TOKEN_SECONDS)
        : secret
          ? credentials.secretText(secret)
          : credentials.ownToken();
      return { path: `auth/${path}/login`, body: { jwt: (await token).trim(), role } };
    },
  };
}

function jwt(fields: Fields): VaultAuth {
  const path = fields.text("path", "jwt");
  const role = fields.text("role");
  const secret = parseOptionalKeyRef(fields, "secretRef");
  const token = fields.optional("kubernetesServiceAccountToken");
  const account = token && parseAccountRef(token, "serviceAccountRef");
  const audiences = token?.texts("audiences") ?? [];
  const seconds = token?.integer("expirationSeconds", TOKEN_SECONDS) ?? TOKEN_SECONDS;
  if (secret === undefined && account === undefined)
    fields.fault("", "must have secretRef or kubernetesServiceAccountToken");
  return {
    kind: "login",
    prepare: async ({ credentials }) => {
      const text = secret
        ? await credentials.secretText(secret)
        : account
          ? await credentials.accountToken(account, audiences.length > 0 ? audiences : [DEFAULT_AUDIENCE], seconds)
          : "";
      return { path: `auth/${path}/login`, body: { jwt: text.trim(), role } };
    },
  };
}

function certificate(fields: Fields): VaultAuth {
  const path = fields.text("path", "cert");
  const role = fields.text("vaultRole");
  const cert = parseKeyRef(fields, "clientCert", "tls.crt");
  const key = parseKeyRef(fields, "secretRef", "tls.key");
  const login: Login = { path: `auth/${path}/login`, body: role === "" ? {} : { name: role } };
  return { kind: "login", prepare: () => Promise.resolve(login), cert: { cert, key } };
}

function password(fields: Fields, defaultPath: string): VaultAuth {
  const path = fields.text("path", defaultPath);
  const username = fields.required("username");
  const secretRef = parseKeyRef(fields, "secretRef", "password");
  return {
    kind: "login",
    prepare: async ({ credentials }) => ({
      path: `auth/${path}/login/${username}`,
      body: { password: (await credentials.secretText(secretRef)).trim() },
    }),
  };
}
