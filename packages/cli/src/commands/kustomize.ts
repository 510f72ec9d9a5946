import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diskTree, joinPath } from "@fairlead/base";
import type { renderKustomizeChart } from "@fairlead/helm";
import { runBuild, type BuildIo, type RemoteFetcher } from "@fairlead/kustomize";
import { EXIT_USAGE, type Command, type Io } from "../io.ts";

/** `fairlead kustomize build [DIR|URL]`: kustomize's own output, without kustomize. */
export const kustomize: Command = async ([name, ...args], io) => {
  if (name !== "build") {
    io.stderr.write("fairlead: kustomize build [DIR|URL] is what there is\n  hint: fairlead kustomize build --help\n");
    return EXIT_USAGE;
  }
  // Loaded only where charts may be inflated: it is half of what this command would load.
  const charts = args.some((arg) => arg.startsWith("--enable-helm")) ? await import("@fairlead/helm") : undefined;
  const remotes = new Remotes(io.signal);
  try {
    return await runBuild(args, buildIo(io, remotes, charts?.renderKustomizeChart));
  } finally {
    await remotes.close();
  }
};

/** Remote bases; Git is loaded and a place for clones made with the first one. */
class Remotes implements RemoteFetcher {
  readonly #signal: AbortSignal;
  #opened: Promise<Opened> | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async repository(...args: Parameters<RemoteFetcher["repository"]>): ReturnType<RemoteFetcher["repository"]> {
    return (await this.#open()).fetcher.repository(...args);
  }

  async file(url: string): ReturnType<RemoteFetcher["file"]> {
    return (await this.#open()).fetcher.file(url);
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }

  #open(): Promise<Opened> {
    return (this.#opened ??= openRemotes(this.#signal));
  }
}

interface Opened {
  readonly fetcher: RemoteFetcher;
  readonly close: () => Promise<void>;
}

async function openRemotes(signal: AbortSignal): Promise<Opened> {
  const [{ Repositories }, { remoteFetcher }] = await Promise.all([
    import("@fairlead/sources"),
    import("../remote-fetcher.ts"),
  ]);
  const directory = mkdtempSync(join(tmpdir(), "fairlead-kustomize-"));
  const repositories = new Repositories({ directory });
  return {
    fetcher: remoteFetcher(repositories, { schemes: ["https", "http", "ssh", "file"], signal }),
    async close() {
      await repositories.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function buildIo(io: Io, remotes: RemoteFetcher, renderChart?: typeof renderKustomizeChart): BuildIo {
  return {
    tree: diskTree("/"),
    workingDirectory: io.cwd,
    environment: io.env,
    stdout: (text) => io.stdout.write(text),
    stderr: (text) => io.stderr.write(text),
    writeFile: (path, text) => writeFileSync(resolve(io.cwd, path), text),
    remotes,
    helm: renderChart && {
      inflate: (chart) => renderChart({ ...chart, chartPath: joinPath(chart.chartPath) }),
    },
  };
}
