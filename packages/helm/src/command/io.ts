import type { FileTree } from "@fairlead/base";

/** What a command may touch of the machine, so that it can be run and tested like a function. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** A file of the person's, by a path relative to where they are or absolute; `-` is standard input. @throws Error */
  readFile(path: string): Uint8Array;
  /** A chart by its path: a directory's files, or an archive's bytes; undefined where nothing is. */
  openChart(path: string): FileTree | Uint8Array | undefined;
  /** The absolute path, for messages in which helm tells one. */
  absolute(path: string): string;
  /** For `--output-dir`; folders that are missing are made. */
  writeFile?: ((path: string, text: string, mode: "create" | "append") => void) | undefined;
  /** A chart that is elsewhere: `repo/name`, `oci://…`, an address, or a name with `--repo`. @throws Error */
  fetchChart?: ((reference: ChartReference) => Promise<Uint8Array>) | undefined;
  /** `--dependency-update`: brings what Chart.yaml names and charts/ lacks. @returns the chart as it is then. @throws Error */
  updateDependencies?: ((path: string) => Promise<FileTree | Uint8Array>) | undefined;
}

/** What helm's flags say about a chart that is not on disk. */
export interface ChartReference {
  readonly name: string;
  readonly repo?: string | undefined;
  readonly version?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly passCredentials: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly plainHttp: boolean;
  readonly repositoryConfig?: string | undefined;
  readonly registryConfig?: string | undefined;
}
