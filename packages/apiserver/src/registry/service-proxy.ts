/** A request that reached `services/NS/NAME:PORT/proxy/…`. */
export interface ProxyRequest {
  readonly method: string;
  /** Path and query behind `/proxy`, always with a leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ProxyResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export type ProxyHandler = (request: ProxyRequest) => ProxyResponse | Promise<ProxyResponse>;

/**
 * Services without pods: a name in a namespace answered in this process, whatever scheme or port the client names. A handler
 * registered for a port answers for that port only and goes before the one for the whole service.
 */
export class ServiceProxies {
  readonly #handlers = new Map<string, ProxyHandler>();

  /** Returns the function that takes the handler away again. */
  register(namespace: string, name: string, handler: ProxyHandler, port?: string | number): () => void {
    const key = keyOf(namespace, name, port === undefined ? "" : String(port));
    this.#handlers.set(key, handler);
    return () => {
      if (this.#handlers.get(key) === handler) this.#handlers.delete(key);
    };
  }

  /** `name` as in the URL: `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. */
  find(namespace: string, name: string): ProxyHandler | undefined {
    const parts = name.split(":");
    const [service, port] = parts.length === 3 ? [parts[1], parts[2]] : [parts[0], parts[1]];
    if (service === undefined) return undefined;
    return (
      this.#handlers.get(keyOf(namespace, service, port ?? "")) ?? this.#handlers.get(keyOf(namespace, service, ""))
    );
  }
}

function keyOf(namespace: string, name: string, port: string): string {
  return `${namespace}/${name}/${port}`;
}
