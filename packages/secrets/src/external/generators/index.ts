import { fakeGenerator, passwordGenerator, uuidGenerator } from "./password.ts";
import { vaultDynamicGenerator, webhookGenerator } from "./remote.ts";

export const GENERATORS = [
  passwordGenerator,
  uuidGenerator,
  fakeGenerator,
  webhookGenerator,
  vaultDynamicGenerator,
] as const;
