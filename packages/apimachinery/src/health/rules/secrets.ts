import { byCondition, type HealthRule, waitsFor } from "../rule.ts";

/** Certificates and secrets, in the words of Argo CD's scripts where it has one. */
export const SECRET_RULES: readonly HealthRule[] = [
  {
    group: "bitnami.com",
    kinds: ["SealedSecret"],
    cases: byCondition("Synced"),
    otherwise: ["Progressing", "Waiting for Sealed Secret to be decrypted"],
  },
  {
    group: "external-secrets.io",
    kinds: ["ClusterExternalSecret"],
    cases: [
      { condition: "NotReady", status: "True", health: "Degraded" },
      { condition: "PartiallyReady", status: "True", health: "Degraded" },
      { condition: "Ready", status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", "Waiting for {kind}"],
    // New conditions are appended, and old ones stay.
    reads: "last",
  },
  waitsFor(
    "external-secrets.io",
    ["ExternalSecret", "SecretStore", "ClusterSecretStore", "PushSecret", "ClusterPushSecret"],
    "Waiting for {kind}",
  ),
  waitsFor("onepassword.com", ["OnePasswordItem"], "Waiting for controller to report status"),
  waitsFor(
    "secrets.hashicorp.com",
    ["VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret"],
    "Waiting for {kind}",
  ),
  {
    group: "cert-manager.io",
    kinds: ["Certificate"],
    cases: [{ condition: "Issuing", status: "True", health: "Progressing" }, ...byCondition("Ready")],
    otherwise: ["Progressing", "Waiting for certificate"],
  },
  waitsFor("cert-manager.io", ["Issuer"], "Initializing issuer"),
  waitsFor("cert-manager.io", ["ClusterIssuer"], "Initializing ClusterIssuer"),
  {
    group: "cert-manager.io",
    kinds: ["CertificateRequest"],
    cases: [
      { condition: "Denied", status: "True", health: "Degraded" },
      { condition: "InvalidRequest", status: "True", health: "Degraded" },
      { condition: "Ready", status: "False", reason: "Failed", health: "Degraded" },
      { condition: "Ready", status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", "Waiting for the certificate to be issued"],
  },
  {
    group: "acme.cert-manager.io",
    kinds: ["Order", "Challenge"],
    cases: [
      { path: "status.state", is: ["valid"], health: "Healthy", message: "{status.reason}" },
      {
        path: "status.state",
        is: ["invalid", "errored", "expired"],
        health: "Degraded",
        message: "{status.reason}",
      },
    ],
    otherwise: ["Progressing", "{status.reason}"],
  },
];
