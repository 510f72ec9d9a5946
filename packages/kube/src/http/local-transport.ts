import { problemError } from "@fairlead/base";
import { KUBE_LIMITS } from "../limits.ts";
import { ByteStream } from "./stream.ts";
import { cancelled, flatten, type Transport, type TransportRequest, type TransportStream } from "./transport.ts";

/** A server in this process, reached without a network: what `connect` of @fairlead/apiserver's server gives. */
export interface LocalConnection {
  /** The receiver is never told anything before this returns. */
  send(
    request: Omit<TransportRequest, "signal">,
    receiver: {
      onHead(status: number, headers: Readonly<Record<string, string | string[]>>): void;
      onData(chunk: Buffer): void;
      onEnd(): void;
      onError(error: Error): void;
    },
  ): { pause(): void; resume(): void; abort(): void };
}

/** The transport to such a server: the same answers in the same order, without TLS, HTTP and sockets. */
export function createLocalTransport(connection: LocalConnection): Transport {
  const running = new Set<(reason: Error) => void>();

  function open({ signal, ...request }: TransportRequest): Promise<TransportStream> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    return new Promise((resolve, reject) => {
      const stream = new ByteStream(
        { pause: () => answer.pause(), resume: () => answer.resume(), abort: () => answer.abort() },
        KUBE_LIMITS.watchBufferedBytesMax,
      );
      const settle = (error?: Error): void => {
        running.delete(giveUp);
        signal?.removeEventListener("abort", onAbort);
        stream.finish(error);
        if (error) reject(error);
      };
      const giveUp = (reason: Error): void => {
        settle(reason);
        answer.abort();
      };
      const onAbort = (): void => giveUp(cancelled(signal));
      running.add(giveUp);
      signal?.addEventListener("abort", onAbort, { once: true });
      const answer = connection.send(request, {
        onHead: (status, headers) => resolve({ status, headers: flatten(headers), stream }),
        onData: (chunk) => stream.push(chunk),
        onEnd: () => settle(),
        onError: settle,
      });
    });
  }

  return {
    async send(request) {
      const { status, headers, stream } = await open(request);
      return { status, headers, body: await stream.readAll(KUBE_LIMITS.answerBytesMax) };
    },
    open,
    close() {
      for (const giveUp of running) giveUp(problemError("Cancelled", "the client was closed"));
    },
    // Nothing is kept open that would have to be let go.
    retire() {},
  };
}
