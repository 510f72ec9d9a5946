import { relative } from "node:path";

/** The part of node's test events that is read here. */
interface TestEvent {
  readonly type: string;
  readonly data: { readonly file?: string; readonly entryFile?: string; readonly details?: { readonly type?: string } };
}

/** A reporter for `node --test`: one line a file in which a test failed, from the working directory. */
// oxlint-disable-next-line import/no-default-export -- node looks for a reporter there
export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seen = new Set<string>();
  for await (const { type, data } of events) {
    const file = data.entryFile ?? data.file;
    if (type !== "test:fail" || file === undefined || seen.has(file)) continue;
    seen.add(file);
    yield `${relative(process.cwd(), file)}\n`;
  }
}
