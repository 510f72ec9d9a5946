import { ProviderHttp } from "../http.ts";
import type { Provider, ProviderDeps } from "../types.ts";
import { AwsApi } from "./api.ts";
import { awsKeys, parseAwsAuth, parseAwsRoles, parseRegion } from "./auth.ts";
import { ParameterStoreClient } from "./parameter-store.ts";
import { ParameterStoreWrites } from "./parameter-store-push.ts";
import { SecretsManagerClient } from "./secrets-manager.ts";
import { SecretsManagerWrites } from "./secrets-manager-push.ts";

const NAMES = { SecretsManager: "AWS/SecretsManager", ParameterStore: "AWS/ParameterStore" } as const;

/** AWS Secrets Manager and Parameter Store (facts/secrets.md §1D). */
export const awsProvider: Provider = {
  name: "aws",
  parse(fields) {
    const service = fields.text("service", "SecretsManager");
    if (!Object.hasOwn(NAMES, service)) fields.fault("service", `must be one of ${Object.keys(NAMES).join(", ")}`);
    const isParameters = service === "ParameterStore";
    const region = parseRegion(fields);
    const auth = parseAwsAuth(fields.child("auth"));
    const roles = parseAwsRoles(fields);
    const prefix = fields.text("prefix");
    const manager = fields.child("secretsManager");
    const deletion = {
      isForced: manager.flag("forceDeleteWithoutRecovery"),
      days: manager.integer("recoveryWindowInDays", 0),
    };
    if (deletion.isForced && deletion.days > 0)
      manager.fault("", "forceDeleteWithoutRecovery and recoveryWindowInDays cannot both be given");
    if (deletion.days !== 0 && (deletion.days < 7 || deletion.days > 30))
      manager.fault("recoveryWindowInDays", "must be 7 to 30");
    return (deps: ProviderDeps) => {
      const { clock, environment } = deps;
      const http = new ProviderHttp();
      const place = { region, http, clock, environment };
      const keys = awsKeys(auth, roles, deps, place);
      const name = isParameters ? NAMES.ParameterStore : NAMES.SecretsManager;
      const api = new AwsApi(isParameters ? "ssm" : "secretsmanager", place, keys, (call, isOk) =>
        deps.observe(name, call, isOk),
      );
      const shared = {
        api,
        prefix,
        validate: async (signal: AbortSignal) => void (await keys.get(signal)),
        close: () => http.close(),
      };
      return isParameters
        ? new ParameterStoreClient({ ...shared, writes: new ParameterStoreWrites(api, prefix) })
        : new SecretsManagerClient({ ...shared, writes: new SecretsManagerWrites(api, prefix, deps, deletion) });
    };
  },
};
