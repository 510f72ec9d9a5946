import { ProviderHttp } from "../http.ts";
import { Renewed } from "../renewed.ts";
import type { Provider } from "../types.ts";
import { AzureApi } from "./api.ts";
import { azureToken, isOwnIdentity, parseAzureAuth } from "./auth.ts";
import { KeyVaultClient } from "./key-vault.ts";

/** Azure Key Vault (facts/secrets.md §1D). */
export const azureProvider: Provider = {
  name: "azurekv",
  parse(fields) {
    const vault = fields.required("vaultUrl");
    const auth = parseAzureAuth(fields);
    const host = URL.canParse(vault) ? new URL(vault).hostname : "";
    if (vault !== "" && host === "") fields.fault("vaultUrl", "is not a URL");
    const { suffix } = auth.cloud;
    // Whoever writes a store must not be able to send this process' own token to an address of theirs.
    if (isOwnIdentity(auth) && host !== "" && suffix !== "" && !host.endsWith(`.${suffix}`))
      fields.fault("vaultUrl", `must end with .${suffix} to be used with the controller's own identity`);
    return (deps) => {
      const http = new ProviderHttp();
      const tokens = new Renewed(deps.clock, (signal) => azureToken(auth, deps, http, signal));
      return new KeyVaultClient({
        api: new AzureApi(vault, http, tokens, (call, isOk) => deps.observe("Azure/KeyVault", call, isOk)),
        validate: async (signal) => void (await tokens.get(signal)),
        close: () => http.close(),
      });
    };
  },
};
