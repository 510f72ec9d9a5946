import { problemError, type Clock, type Logger } from "@fairlead/base";
import { createInformer, type KubeClient } from "@fairlead/kube";
import {
  byAge,
  KEY_ACTIVE,
  KEY_LABEL,
  newKeySecret,
  readKeySecret,
  type KeyOptions,
  type SealingKey,
} from "./key-secret.ts";

export interface KeyringOptions extends KeyOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the keys are kept. */
  readonly namespace: string;
  /** A new key when the newest is this old; 0 never. */
  readonly keyRenewPeriodMs: number;
  /** A new key when the newest is older than this time (milliseconds since 1970). */
  readonly keyCutoffTime?: number | undefined;
  /** Called when keys came, went, or were retired. */
  onChange(keys: readonly SealingKey[]): void;
}

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const RETRY_MS = 30_000;
const LOOK_EVERY_MS = 3_600_000;

/** The sealing keys in the cluster, followed as they come and go, and renewed. Old ones are never taken away. */
export class Keyring {
  readonly #options: KeyringOptions;
  #keys: readonly SealingKey[] = [];
  #isMaking = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** Newest first. */
  get keys(): readonly SealingKey[] {
    return this.#keys;
  }

  /** Resolves when the keys that are there are known; a first key is made in the background. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, clock, logger, namespace } = this.#options;
    const informer = createInformer(client, { kind: SECRET, namespace, labelSelector: KEY_LABEL, clock, logger });
    // The peer's oldest key has no label, and the prefix alone for its name.
    const legacy = await client.find(SECRET, this.#options.keyPrefix, namespace);
    const unlabelled = legacy === undefined || legacy.metadata.labels?.[KEY_LABEL] !== undefined ? [] : [legacy];
    const reload = (): void => {
      if (informer.hasSynced) this.#load([...informer.list(), ...unlabelled]);
    };
    informer.subscribe(reload);
    informer.start(signal);
    await informer.synced;
    reload();
    signal.addEventListener("abort", () => this.#cancelTimer?.());
    this.#renewWhenDue(signal);
  }

  #load(secrets: Parameters<typeof readKeySecret>[0][]): void {
    const keys: SealingKey[] = [];
    for (const secret of secrets) {
      const label = secret.metadata.labels?.[KEY_LABEL];
      if (label !== undefined && label !== KEY_ACTIVE) continue;
      const read = readKeySecret(secret);
      if ("fault" in read)
        this.#options.logger.warn("a sealing key cannot be used", { secret: secret.metadata.name, why: read.fault });
      else keys.push(read);
    }
    const before = this.#keys.map(({ fingerprint }) => fingerprint).join();
    this.#keys = keys.sort(byAge);
    if (before !== this.#keys.map(({ fingerprint }) => fingerprint).join()) this.#options.onChange(this.#keys);
  }

  #renewWhenDue(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { clock, logger } = this.#options;
    const waitMs = this.#dueIn();
    if (waitMs > 0) {
      // Looked at every so often, too: clocks are set, and machines sleep.
      this.#cancelTimer = clock.after(Math.min(waitMs, LOOK_EVERY_MS), () => this.#renewWhenDue(signal));
      return;
    }
    if (this.#isMaking) return;
    this.#isMaking = true;
    this.#make()
      .then(() => void (this.#cancelTimer = clock.after(RETRY_MS, () => this.#renewWhenDue(signal))))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        logger.error("no new sealing key could be made", { error: String(error) });
        this.#cancelTimer = clock.after(RETRY_MS, () => this.#renewWhenDue(signal));
      })
      .finally(() => (this.#isMaking = false));
  }

  /** Milliseconds until a new key is wanted; 0 or less now. */
  #dueIn(): number {
    const [newest] = this.#keys;
    if (newest === undefined) return 0;
    const { clock, keyRenewPeriodMs, keyCutoffTime = 0 } = this.#options;
    const now = clock.now();
    // A cut-off yet to come (or a clock that is behind) would have no key ever be new enough.
    if (newest.notBefore < keyCutoffTime && keyCutoffTime <= now) return 0;
    // With an expired certificate kubeseal seals nothing more.
    const renewAt = keyRenewPeriodMs === 0 ? Number.POSITIVE_INFINITY : newest.notBefore + keyRenewPeriodMs;
    return Math.min(renewAt, newest.notAfter) - now;
  }

  async #make(): Promise<void> {
    const { client, clock, namespace } = this.#options;
    const made = await client.create(await newKeySecret(namespace, clock.now(), this.#options));
    const key = readKeySecret(made);
    if ("fault" in key) throw problemError("InvalidKey", `a key just made cannot be used: ${key.fault}`);
    // The watch tells of it too, a little later.
    if (!this.#keys.some(({ fingerprint }) => fingerprint === key.fingerprint)) {
      this.#keys = [...this.#keys, key].sort(byAge);
      this.#options.onChange(this.#keys);
    }
  }
}
