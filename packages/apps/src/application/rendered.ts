import type { Problem } from "@fairlead/base";
import type { KubeObject, Origin } from "@fairlead/apimachinery";
import type { Redactor } from "@fairlead/render";

/** What all sources of an application gave. */
export interface RenderedSources {
  /** One per source. */
  readonly revisions: readonly string[];
  readonly types: readonly string[];
  readonly objects: readonly { readonly object: KubeObject; readonly origin: Origin }[];
  readonly warnings: readonly Problem[];
  readonly why: string | undefined;
  /** Knows the values that came out of encrypted files. */
  readonly redactor: Redactor;
}
