import type { MasterKey } from "../metadata.ts";

/** What can wrap data keys and open wrapped ones; one for each kind of key, made from whatever keys and sign-ins there are. */
export interface KeyService {
  /** The key as the file is to name it, before it wraps; absent: as it is. @throws ProblemError KeyUnusable */
  complete?(key: MasterKey): Promise<MasterKey>;
  /** The key's `enc` for this data key (or share of one). @throws ProblemError KeyUnusable */
  wrap(key: MasterKey, dataKey: Uint8Array): Promise<string>;
  /** @throws ProblemError KeyUnusable: none of ours opens it; says why without a secret */
  unwrap(key: MasterKey): Promise<Uint8Array>;
}

/** The services there are; a kind without one cannot be used. */
export type KeyServices = Readonly<Partial<Record<MasterKey["kind"], KeyService>>>;

/** A service that is loaded when it is first asked: the clouds' clients are large, and most files have none of their keys. */
export function lazily(load: () => Promise<KeyService>): KeyService {
  let loaded: Promise<KeyService> | undefined;
  const service = (): Promise<KeyService> => (loaded ??= load());
  return {
    complete: async (key) => (await (await service()).complete?.(key)) ?? key,
    wrap: async (key, dataKey) => (await service()).wrap(key, dataKey),
    unwrap: async (key) => (await service()).unwrap(key),
  };
}
