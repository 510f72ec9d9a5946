import { problemError } from "@fairlead/base";
import type { ApiResource } from "../discovery/types.ts";
import { KUBE_LIMITS } from "../limits.ts";
import { continueTokenOf, pageOf } from "./answers.ts";
import type { ResourceCalls } from "./calls.ts";
import type { ListOptions, ObjectList, RawResponse } from "./types.ts";

/** Page by page; the next one is asked for while one is read. */
export async function* listPages(
  calls: ResourceCalls,
  resource: ApiResource,
  options: ListOptions,
): AsyncGenerator<ObjectList> {
  const { namespace, labelSelector, fieldSelector, resourceVersion } = options;
  const limit = options.limit ?? KUBE_LIMITS.listPageSize;
  const query = { labelSelector, fieldSelector, limit: limit || undefined };
  const given = new AbortController();
  const giveUp = (): void => given.abort(options.signal?.reason);
  if (options.signal?.aborted) giveUp();
  options.signal?.addEventListener("abort", giveUp, { once: true, signal: given.signal });
  const ask = (from: { resourceVersion?: string | undefined } | { continue: string }): Promise<RawResponse> => {
    const call = { resource, namespace, query: { ...query, ...from }, signal: given.signal };
    return calls.send({ verb: "list", method: "GET", ...call }, false);
  };
  try {
    let next = ask({ resourceVersion });
    for (let count = 0; count < KUBE_LIMITS.listPagesMax; count++) {
      const answer = await next;
      // The server reads the next page while this one is parsed and looked at.
      const ahead = continueTokenOf(answer.body);
      if (ahead !== undefined) {
        next = ask({ continue: ahead });
        next.catch(() => undefined);
      }
      const page = pageOf(answer, resource, options);
      yield page;
      if (page.continueToken === undefined) return;
      if (page.continueToken !== ahead) next = ask({ continue: page.continueToken });
    }
    throw problemError(
      "AnswerInvalid",
      `a list of ${resource.kind} does not end after ${KUBE_LIMITS.listPagesMax} pages`,
    );
  } finally {
    given.abort();
  }
}
