import type { Fields } from "../model/fields.ts";
import type { AccountRef, Credentials, KeyRef } from "./types.ts";

export function parseKeyRef(parent: Fields, key: string, defaultKey?: string): KeyRef {
  const ref = parent.child(key);
  return {
    name: ref.required("name"),
    key: defaultKey === undefined ? ref.required("key") : ref.text("key", defaultKey),
    namespace: ref.text("namespace") || undefined,
  };
}

export function parseOptionalKeyRef(parent: Fields, key: string): KeyRef | undefined {
  return parent.has(key) ? parseKeyRef(parent, key) : undefined;
}

export function parseAccountRef(parent: Fields, key: string): AccountRef {
  const ref = parent.child(key);
  return {
    name: ref.required("name"),
    namespace: ref.text("namespace") || undefined,
    audiences: ref.texts("audiences"),
  };
}

export interface CaSource {
  readonly bundle: string;
  readonly provider: { readonly kind: "Secret" | "ConfigMap"; readonly ref: KeyRef } | undefined;
}

/** caBundle (base64 of PEM) and caProvider. */
export function parseCa(parent: Fields): CaSource {
  const provider = parent.optional("caProvider");
  const bundle = Buffer.from(parent.text("caBundle"), "base64").toString();
  if (bundle !== "" && !bundle.includes("-----BEGIN CERTIFICATE-----"))
    parent.fault("caBundle", "must be PEM certificates in base64");
  return {
    bundle,
    provider: provider && {
      kind: provider.choice("type", ["Secret", "ConfigMap"], "Secret"),
      ref: {
        name: provider.required("name"),
        key: provider.text("key", "ca.crt"),
        namespace: provider.text("namespace") || undefined,
      },
    },
  };
}

/** PEM to trust, or undefined for the system's. */
export async function caOf(source: CaSource, credentials: Credentials): Promise<string | undefined> {
  if (source.bundle !== "") return source.bundle;
  if (source.provider === undefined) return undefined;
  const { kind, ref } = source.provider;
  return kind === "Secret" ? credentials.secretText(ref) : credentials.configMapText(ref);
}
