import type { KubeObject } from "@fairlead/apimachinery";

export interface EventInput {
  readonly type: "Normal" | "Warning";
  /** UpperCamelCase, for machines. */
  readonly reason: string;
  /** For people; cut at 1024 bytes. */
  readonly message: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** When it happened, in ms since the epoch. Default: when it is sent. */
  readonly at?: number | undefined;
}

/** Tells what happened to an object through the API's events. Never throws and never makes the caller wait. */
export interface EventRecorder {
  event(object: KubeObject, input: EventInput): void;
  /** Resolves once everything told so far was sent or given up. */
  flush(): Promise<void>;
}
