import { ACCESS } from "./cases/access.ts";
import { ADDRESS_CASES } from "./cases/addresses.ts";
import { ADMISSION_CASES } from "./cases/admission.ts";
import { API_SERVICES } from "./cases/api-services.ts";
import { APPLIES } from "./cases/applies.ts";
import { BAD_BODIES } from "./cases/bad-bodies.ts";
import { CLAIMS_AND_JOBS } from "./cases/claims-and-jobs.ts";
import { CONVERSIONS } from "./cases/conversions.ts";
import { CUSTOM } from "./cases/custom.ts";
import { DISCOVERY } from "./cases/discovery.ts";
import { FAULT_CASES } from "./cases/faults.ts";
import { IN_YAML } from "./cases/in-yaml.ts";
import { KINDS } from "./cases/kinds.ts";
import { LISTS } from "./cases/lists.ts";
import { NETWORK_FAULTS } from "./cases/network-faults.ts";
import { OTHER_FAULTS } from "./cases/other-faults.ts";
import { OWNERS } from "./cases/owners.ts";
import { PATCHES } from "./cases/patches.ts";
import { POD_FAULTS } from "./cases/pod-faults.ts";
import { WORKLOAD_FAULTS } from "./cases/workload-faults.ts";
import { VERBS } from "./cases/verbs.ts";
import { WATCH_FORMS } from "./cases/watch-forms.ts";
import { WATCHES } from "./cases/watches.ts";
import { REQUESTS } from "./cases/requests.ts";
import { RESIZES } from "./cases/resizes.ts";
import { SCHEDULING_FAULTS } from "./cases/scheduling-faults.ts";
import { SELECTORS } from "./cases/selectors.ts";
import { PROXIES } from "./cases/proxies.ts";
import { SIGNING_REQUESTS } from "./cases/signing-requests.ts";
import { STATUSES } from "./cases/statuses.ts";
import { SUBRESOURCES } from "./cases/subresources.ts";
import { TABLES } from "./cases/tables.ts";
import { POLICY_CASES } from "./cases/policies.ts";
import { WEB_SOCKETS } from "./cases/web-sockets.ts";
import { WEBHOOK_CASES } from "./cases/webhooks.ts";
import { TOKENS } from "./cases/tokens.ts";
import { TYPED_VALUES } from "./cases/typed-values.ts";
import type { Case } from "./types.ts";

/** By what they are about. */
export const CONTRACT: Readonly<Record<string, readonly Case[]>> = {
  // First, while no case has made definitions.
  discovery: DISCOVERY,
  verbs: VERBS,
  lists: LISTS,
  watches: WATCHES,
  "forms of watches": WATCH_FORMS,
  websockets: WEB_SOCKETS,
  "answers in YAML": IN_YAML,
  patches: PATCHES,
  kinds: KINDS,
  custom: CUSTOM,
  conversions: CONVERSIONS,
  access: ACCESS,
  tokens: TOKENS,
  admission: ADMISSION_CASES,
  policies: POLICY_CASES,
  webhooks: WEBHOOK_CASES,
  "bad input": BAD_BODIES,
  "typed values": TYPED_VALUES,
  owners: OWNERS,
  requests: REQUESTS,
  selectors: SELECTORS,
  statuses: STATUSES,
  "signing requests": SIGNING_REQUESTS,
  proxies: PROXIES,
  "API services": API_SERVICES,
  subresources: SUBRESOURCES,
  resizes: RESIZES,
  applies: APPLIES,
  tables: TABLES,
  faults: FAULT_CASES,
  "faults of pods": POD_FAULTS,
  "faults of scheduling": SCHEDULING_FAULTS,
  "claims and jobs": CLAIMS_AND_JOBS,
  "faults of workloads": WORKLOAD_FAULTS,
  addresses: ADDRESS_CASES,
  "faults of the network": NETWORK_FAULTS,
  "other faults": OTHER_FAULTS,
};
