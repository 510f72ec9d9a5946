import type { KubeObject } from "@fairlead/apimachinery";
import type { Informer } from "@fairlead/kube";
import { defaultProject, parseProject, type ParsedProject } from "../project/parse.ts";

/** AppProjects of the control plane's namespace, parsed once a version. `default` exists even when nobody wrote it. */
export class Projects {
  readonly #informer: Informer;
  readonly #namespace: string;
  readonly #parsed = new WeakMap<KubeObject, ParsedProject>();

  constructor(informer: Informer, namespace: string) {
    this.#informer = informer;
    this.#namespace = namespace;
  }

  get synced(): Promise<void> {
    return this.#informer.synced;
  }

  start(signal: AbortSignal): void {
    this.#informer.start(signal);
  }

  get(name: string): ParsedProject | undefined {
    const object = this.#informer.get(`${this.#namespace}/${name}`);
    if (!object) return name === "default" ? { project: defaultProject(this.#namespace), problems: [] } : undefined;
    let parsed = this.#parsed.get(object);
    if (!parsed) this.#parsed.set(object, (parsed = parseProject(object)));
    return parsed;
  }

  /** Calls back with the name of a project that came, changed or went. */
  subscribe(listener: (name: string) => void): void {
    this.#informer.subscribe(({ object }) => listener(object.metadata.name ?? ""));
  }
}
