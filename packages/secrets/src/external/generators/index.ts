import { acrGenerator, ecrGenerator, gcrGenerator, stsGenerator } from "./clouds.ts";
import { cloudsmithGenerator, githubGenerator, mfaGenerator, quayGenerator } from "./hosts.ts";
import { fakeGenerator, passwordGenerator, uuidGenerator } from "./password.ts";
import { vaultDynamicGenerator, webhookGenerator } from "./remote.ts";
import { sshKeyGenerator } from "./ssh-key.ts";
import { gitlabGenerator, grafanaGenerator } from "./tokens.ts";
import type { Generator } from "./types.ts";

export const GENERATORS: readonly Generator[] = [
  acrGenerator,
  cloudsmithGenerator,
  ecrGenerator,
  fakeGenerator,
  gcrGenerator,
  githubGenerator,
  gitlabGenerator,
  grafanaGenerator,
  mfaGenerator,
  passwordGenerator,
  quayGenerator,
  sshKeyGenerator,
  stsGenerator,
  uuidGenerator,
  vaultDynamicGenerator,
  webhookGenerator,
];

/** The field of a ClusterGenerator's `spec.generator` that holds a kind's spec: acrAccessTokenSpec, sshKeySpec, … */
export function clusterFieldOf(kind: string): string {
  const start = /^[A-Z]+(?![a-z])/.exec(kind)?.[0] ?? kind.slice(0, 1);
  return `${start.toLowerCase()}${kind.slice(start.length)}Spec`;
}
