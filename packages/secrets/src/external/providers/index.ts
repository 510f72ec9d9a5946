import { awsProvider } from "./aws/index.ts";
import { azureProvider } from "./azure/index.ts";
import { fakeProvider } from "./fake.ts";
import { gcpProvider } from "./gcp/index.ts";
import { kubernetesProvider } from "./kubernetes.ts";
import type { Provider } from "./types.ts";
import { vaultProvider } from "./vault.ts";
import { webhookProvider } from "./webhook.ts";

export const PROVIDERS: readonly Provider[] = [
  awsProvider,
  azureProvider,
  fakeProvider,
  gcpProvider,
  kubernetesProvider,
  vaultProvider,
  webhookProvider,
];
