import { ProviderHttp } from "../http.ts";
import type { Provider, ProviderDeps } from "../types.ts";
import { AwsApi, type AwsService } from "./api.ts";
import { awsKeys, parseAwsAuth, parseAwsRoles, parseRegion } from "./auth.ts";
import { CertificateManagerClient } from "./certificate-manager.ts";
import { CertificateManagerWrites } from "./certificate-manager-push.ts";
import { ParameterStoreClient } from "./parameter-store.ts";
import { ParameterStoreWrites } from "./parameter-store-push.ts";
import { SecretsManagerClient } from "./secrets-manager.ts";
import { SecretsManagerWrites } from "./secrets-manager-push.ts";

/** Services as stores name them: as signatures do, and as metrics do. */
const SERVICES = {
  SecretsManager: { signed: "secretsmanager", name: "AWS/SecretsManager" },
  ParameterStore: { signed: "ssm", name: "AWS/ParameterStore" },
  CertificateManager: { signed: "acm", name: "AWS/CertificateManager" },
} as const;
type ServiceName = keyof typeof SERVICES;

/** AWS Secrets Manager, Parameter Store and Certificate Manager (facts/secrets.md §1D). */
export const awsProvider: Provider = {
  name: "aws",
  parse(fields) {
    const service = fields.choice("service", Object.keys(SERVICES) as ServiceName[], "SecretsManager");
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
      const { signed, name } = SERVICES[service];
      const apiOf = (which: AwsService): AwsApi =>
        new AwsApi(which, place, keys, (call, isOk) => deps.observe(name, call, isOk));
      const api = apiOf(signed);
      const shared = {
        api,
        prefix,
        validate: async (signal: AbortSignal) => void (await keys.get(signal)),
        close: () => http.close(),
      };
      switch (service) {
        case "CertificateManager": {
          const writes = new CertificateManagerWrites(api, apiOf("tagging"), prefix);
          return new CertificateManagerClient({ ...shared, writes }, deps.random);
        }
        case "ParameterStore":
          return new ParameterStoreClient({ ...shared, writes: new ParameterStoreWrites(api, prefix) });
        case "SecretsManager":
          return new SecretsManagerClient({ ...shared, writes: new SecretsManagerWrites(api, prefix, deps, deletion) });
      }
    };
  },
};
