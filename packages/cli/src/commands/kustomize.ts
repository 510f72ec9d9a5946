import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diskTree, joinPath, type FileTree } from "@fairlead/base";
import type { renderKustomizeChart } from "@fairlead/helm";
import { runBuild, type BuildIo, type ChartSpec, type RemoteFetcher } from "@fairlead/kustomize";
import { EXIT_USAGE, type Command, type Io } from "../io.ts";

/** `fairlead kustomize build [DIR|URL]`: kustomize's own output, without kustomize. */
export const kustomize: Command = async ([name, ...args], io) => {
  if (name !== "build") {
    io.stderr.write("fairlead: kustomize build [DIR|URL] is what there is\n  hint: fairlead kustomize build --help\n");
    return EXIT_USAGE;
  }
  // Loaded only where charts may be inflated: it is half of what this command would load.
  const charts = args.some((arg) => arg.startsWith("--enable-helm")) ? await import("@fairlead/helm") : undefined;
  const remotes = new Remotes(io);
  try {
    return await runBuild(args, buildIo(io, remotes, charts?.renderKustomizeChart));
  } finally {
    await remotes.close();
  }
};

/** Remote bases; Git is loaded and a place for clones made with the first one. */
class Remotes implements RemoteFetcher {
  readonly #io: Io;
  #opened: Promise<Opened> | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  async repository(...args: Parameters<RemoteFetcher["repository"]>): ReturnType<RemoteFetcher["repository"]> {
    return (await this.#open()).fetcher.repository(...args);
  }

  async chart(spec: ChartSpec): Promise<FileTree> {
    return (await this.#open()).fetcher.chart(spec);
  }

  async file(url: string): ReturnType<RemoteFetcher["file"]> {
    return (await this.#open()).fetcher.file(url);
  }

  async close(): Promise<void> {
    await (await this.#opened)?.close();
  }

  #open(): Promise<Opened> {
    return (this.#opened ??= openRemotes(this.#io));
  }
}

interface Opened {
  readonly fetcher: Required<RemoteFetcher>;
  readonly close: () => Promise<void>;
}

async function openRemotes(io: Io): Promise<Opened> {
  const [{ ChartSources, Repositories }, { proxyFor }, { remoteFetcher }] = await Promise.all([
    import("@fairlead/sources"),
    import("@fairlead/kube"),
    import("../remote-fetcher.ts"),
  ]);
  const directory = mkdtempSync(join(tmpdir(), "fairlead-kustomize-"));
  const repositories = new Repositories({ directory });
  const charts = new ChartSources({ directory, proxyFor, environment: io.env });
  const schemes = ["https", "http", "ssh", "file"] as const;
  return {
    fetcher: remoteFetcher({ repositories, charts }, { schemes, signal: io.signal }),
    async close() {
      await charts.close();
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
