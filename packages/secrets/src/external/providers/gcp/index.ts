import { ProviderHttp } from "../http.ts";
import { Renewed } from "../renewed.ts";
import type { Provider } from "../types.ts";
import { GcpApi } from "./api.ts";
import { gcpToken, parseGcpAuth } from "./auth.ts";
import { SecretManagerClient } from "./secret-manager.ts";

/** GCP Secret Manager, global and regional (facts/secrets.md §1D). */
export const gcpProvider: Provider = {
  name: "gcpsm",
  parse(fields) {
    const auth = parseGcpAuth(fields.child("auth"));
    const project = fields.required("projectID");
    const location = fields.text("location");
    // Both go into addresses.
    if (!/^[a-z0-9:.-]*$/i.test(project)) fields.fault("projectID", "is not a project's id");
    if (!/^[a-z0-9-]*$/.test(location)) fields.fault("location", "is not a location's name");
    const policy = fields.choice("secretVersionSelectionPolicy", ["LatestOrFail", "LatestOrFetch"], "LatestOrFail");
    return ({ clock, environment, credentials, observe }) => {
      const http = new ProviderHttp();
      const place = { http, clock, environment, credentials };
      const tokens = new Renewed(clock, (signal) => gcpToken(auth, place, signal));
      const api = new GcpApi(place, tokens, location, (call, isOk) => observe("GCP/SecretManager", call, isOk));
      return new SecretManagerClient({
        api,
        parent: location === "" ? `projects/${project}` : `projects/${project}/locations/${location}`,
        location,
        fetchesEnabled: policy === "LatestOrFetch",
        validate: async (signal) => void (await tokens.get(signal)),
        close: () => http.close(),
      });
    };
  },
};
