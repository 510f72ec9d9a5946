import { formatProblem, type Clock, type Logger } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import { CONFIG_MAP_KIND, DEFAULT_SETTINGS, parseSettings, SETTINGS_MAPS, type Settings } from "../settings/parse.ts";

export interface SettingsWatchOptions {
  readonly hub: KubeClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Settings that stay as they are: nothing is watched then. */
  readonly fixed?: Settings | undefined;
}

/** The installation's settings as they are now. */
export class SettingsWatch {
  current: Settings;
  readonly #options: SettingsWatchOptions;
  readonly #informer: Informer | undefined;
  readonly #listeners = new Set<(settings: Settings) => void>();

  constructor(options: SettingsWatchOptions) {
    const { hub, namespace, clock, logger, fixed } = options;
    this.#options = options;
    this.current = fixed ?? DEFAULT_SETTINGS;
    if (!fixed) {
      this.#informer = createInformer(hub, {
        kind: CONFIG_MAP_KIND,
        namespace,
        clock,
        logger,
        transform: withoutOthers,
      });
    }
  }

  /** Resolves once the settings are known; listeners have been called then. */
  async start(signal: AbortSignal): Promise<void> {
    const informer = this.#informer;
    if (!informer) return this.#tell();
    informer.subscribe(({ object }) => {
      if (isSetting(object) && informer.hasSynced) this.#read(informer);
    });
    informer.start(signal);
    await informer.synced;
    this.#read(informer);
  }

  subscribe(listener: (settings: Settings) => void): void {
    this.#listeners.add(listener);
  }

  #read(informer: Informer): void {
    const { namespace, logger } = this.#options;
    const [cm, params, keys] = SETTINGS_MAPS.map((name) => informer.get(`${namespace}/${name}`));
    const { settings, problems } = parseSettings(cm, params, keys);
    for (const problem of problems) logger.warn("setting not understood", { problem: formatProblem(problem) });
    this.current = settings;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.current);
  }
}

function isSetting(object: KubeObject): boolean {
  return SETTINGS_MAPS.some((name) => name === object.metadata.name);
}

/** Other ConfigMaps of the namespace are kept as names only. */
function withoutOthers(object: KubeObject): KubeObject {
  if (isSetting(object)) return object;
  const { name = "", namespace = "", resourceVersion = "", uid = "" } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace, resourceVersion, uid } };
}
