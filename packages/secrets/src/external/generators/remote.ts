import { problemError } from "@fairlead/base";
import { goJson, parseJsonText } from "../values/json-text.ts";
import { genericMap } from "../providers/json-values.ts";
import { parseConnection } from "../providers/vault.ts";
import { VaultSession } from "../providers/vault-session.ts";
import { parseWebhook, WebhookClient } from "../providers/webhook.ts";
import type { RemoteRef } from "../model/types.ts";
import type { Generator } from "./types.ts";

const NOTHING: RemoteRef = {
  key: "",
  property: "",
  version: "",
  metadata: false,
  conversion: "Default",
  decoding: "None",
  refusesNullBytes: false,
};

export const webhookGenerator: Generator = {
  kind: "Webhook",
  parse(spec) {
    const webhook = parseWebhook(spec);
    return async (deps, signal) => {
      const client = new WebhookClient(webhook, deps);
      try {
        const payload = await client.read(NOTHING, signal);
        const entries = payload && client.mapOf(payload, NOTHING);
        if (entries === undefined) throw problemError("ProviderFailed", "the webhook answered 404");
        return entries;
      } finally {
        client.close();
      }
    };
  },
};

/** Any path of Vault that makes a secret: databases, clouds, PKI. */
export const vaultDynamicGenerator: Generator = {
  kind: "VaultDynamicSecret",
  parse(spec) {
    const path = spec.required("path");
    const method = spec.choice("method", ["GET", "POST", "PUT", "LIST"], "GET");
    const resultType = spec.choice("resultType", ["Data", "Auth", "Raw"], "Data");
    const connection = parseConnection(spec.child("provider"));
    const parameters = spec.raw("parameters");
    return async (deps, signal) => {
      const session = new VaultSession(connection, deps);
      try {
        const body = parameters === undefined || method === "GET" ? {} : { body: JSON.stringify(parameters) };
        const answer = await session.call("ReadSecretData", method, path, { signal, ...body });
        if (answer?.kind !== "object") throw problemError("ProviderFailed", `Vault has nothing at ${path}`);
        const name = { Data: "data", Auth: "auth", Raw: "" }[resultType];
        const part = name === "" ? answer : answer.members.get(name);
        if (part?.kind !== "object") throw problemError("ProviderFailed", `Vault's answer of ${path} has no ${name}`);
        // Read again, since texts of nested values are Go's.
        return genericMap(parseJsonText(goJson(part)), path);
      } finally {
        session.close();
      }
    };
  },
};
