import { createHash } from "node:crypto";
import { problemError, ProblemError, sleep, type Clock, type Logger } from "@fairlead/base";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import type { EncryptedFiles } from "@fairlead/render";
import { keysOfSecret, openSopsBytes, type KeyServices } from "@fairlead/secrets";

const SECRET = { apiVersion: "v1", kind: "Secret" };
/** A hub that does not answer is no reason to let renders wait for ever: they fail, and are tried again. */
const KEYS_TIMEOUT_MS = 15_000;

/** What opens encrypted files with the keys of a Secret of the control plane's namespace. @throws ProblemError SopsKeysUnreachable */
export type EncryptedFilesFor = (secretName: string) => Promise<EncryptedFiles>;

export interface SecretWithData {
  readonly metadata: { readonly name?: string | undefined };
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly stringData?: Readonly<Record<string, string>> | undefined;
}

/**
 * Opens files with the keys of one Secret; without the Secret every encrypted file is a fault that names it.
 * @param more a person's own keys, at a command line
 */
export function encryptedFiles(
  secretName: string,
  secret: SecretWithData | undefined,
  more?: KeyServices,
): EncryptedFiles {
  const entries = entriesOf(secret);
  const keys = { ...more, ...(secret && keysOfSecret(entries)) };
  return {
    keysId: createHash("sha256")
      .update(JSON.stringify([secretName, ...entries]))
      .digest("hex"),
    async open(file, content) {
      try {
        return await openSopsBytes(content, file, keys);
      } catch (error) {
        throw explained(error, hintFor(secretName, secret !== undefined, more !== undefined));
      }
    },
  };
}

function hintFor(name: string, isThere: boolean, isPerson: boolean): string {
  if (isPerson) return `SOPS_AGE_KEY_FILE may name a file of keys, or put Secret ${name} among the files`;
  if (name === "") return "name a Secret with keys as sops.secret in argocd-cm";
  return isThere
    ? `put the key into Secret ${name} (*.agekey, *.asc, sops.vault-token, sops.aws-kms, …), or encrypt the file for one that is there`
    : `kubectl create secret generic ${name} --from-file=age.agekey=KEYFILE, in the control plane's namespace`;
}

function entriesOf(secret: SecretWithData | undefined): Map<string, string> {
  const entries = Object.entries(secret?.data ?? {}).map(
    ([name, text]) => [name, Buffer.from(text, "base64").toString("utf8")] as const,
  );
  return new Map([...entries, ...Object.entries(secret?.stringData ?? {})].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What to do about a file that no key opens. A cloud may answer next time, so its silence is not taken for an answer. */
function explained(error: unknown, hint: string): unknown {
  if (!(error instanceof ProblemError) || error.code !== "NoDataKey") return error;
  const isPassing = error.problems.some(({ message }) => /does not answer|answers (?:5\d\d|429)/.test(message));
  const code = isPassing ? "SopsKeysUnreachable" : error.code;
  return new ProblemError(error.problems.map((problem) => ({ ...problem, code, hint })));
}

export interface HubSopsKeysOptions {
  readonly hub: KubeClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A Secret that was asked for has other keys now. */
  readonly onChange: () => void;
}

/** The Secrets of a hub that hold keys, each followed from the first time it is asked for. */
export function hubSopsKeys(options: HubSopsKeysOptions, signal: AbortSignal): EncryptedFilesFor {
  const { namespace, clock } = options;
  const followed = new Map<string, Informer>();
  const made = new Map<string, { readonly secret: unknown; readonly files: EncryptedFiles }>();
  return async (name) => {
    if (name === "") return encryptedFiles(name, undefined);
    let informer = followed.get(name);
    if (!informer) followed.set(name, (informer = follow(name, options, signal)));
    if (!informer.hasSynced) await within(KEYS_TIMEOUT_MS, informer.synced, name, clock);
    const secret = informer.get(`${namespace}/${name}`);
    const known = made.get(name);
    if (known?.secret === secret && known) return known.files;
    const files = encryptedFiles(name, secret as SecretWithData | undefined);
    made.set(name, { secret, files });
    return files;
  };
}

function follow(name: string, options: HubSopsKeysOptions, signal: AbortSignal): Informer {
  const { hub, namespace, clock, logger, onChange } = options;
  const informer = createInformer(hub, {
    kind: SECRET,
    namespace,
    fieldSelector: `metadata.name=${name}`,
    clock,
    logger,
  });
  informer.subscribe(() => {
    if (informer.hasSynced) onChange();
  });
  informer.start(signal);
  // Whoever waits for it is told below; once the process ends nobody does.
  informer.synced.catch(() => undefined);
  return informer;
}

/** @throws ProblemError SopsKeysUnreachable */
async function within(timeoutMs: number, synced: Promise<void>, name: string, clock: Clock): Promise<void> {
  const done = new AbortController();
  const late = sleep(clock, timeoutMs, done.signal).then(() => {
    if (done.signal.aborted) return;
    throw problemError("SopsKeysUnreachable", `Secret ${name} could not be read within ${timeoutMs / 1000} s`);
  });
  await Promise.race([synced, late]).finally(() => done.abort());
}
