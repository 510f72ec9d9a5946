import { gunzipWithin, problemError, tarEntries, TarFault, type TarEntry, type TarFaultKind } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";

/** Names are as in the archive, cleaned of `.` and doubled slashes. */
export interface ArchiveFile {
  readonly name: string;
  readonly data: Uint8Array;
}

const GZIP = [0x1f, 0x8b];

/**
 * The files of a .tar or .tar.gz. Links, devices and names that leave the root are refused, and so is what grows beyond the limits
 * while it is unpacked. @param archive its name for messages
 * @throws ProblemError ArchiveInvalid, LimitExceeded
 */
export function unpackArchive(data: Uint8Array, archive: string): ArchiveFile[] {
  const files: ArchiveFile[] = [];
  for (const entry of entriesOf(data, archive)) {
    // Directories follow from their files.
    if (entry.type === "5") continue;
    if (entry.type !== "0" && entry.type !== "\0") {
      throw invalid(archive, `entry ${JSON.stringify(entry.name)} is not a plain file`);
    }
    if (entry.content.length > SOURCE_LIMITS.archiveFileBytesMax) {
      throw tooLarge(`${archive}: ${entry.name}`, SOURCE_LIMITS.archiveFileBytesMax);
    }
    if (files.length >= SOURCE_LIMITS.archiveFilesMax) {
      throw problemError("LimitExceeded", `${archive} has more than ${SOURCE_LIMITS.archiveFilesMax} files`);
    }
    const name = cleanName(entry.name, archive);
    if (name !== "") files.push({ name, data: entry.content });
  }
  return files;
}

const WHY: Readonly<Record<Exclude<TarFaultKind, "too large">, string>> = {
  gzip: "its gzip stream is broken",
  "cut short": "it is cut short",
  header: "it is not a tar archive",
};

function* entriesOf(data: Uint8Array, archive: string): Generator<TarEntry> {
  const bytesMax = SOURCE_LIMITS.archiveBytesMax;
  try {
    const isGzip = GZIP.every((byte, index) => data[index] === byte);
    yield* tarEntries(isGzip ? gunzipWithin(data, bytesMax) : Buffer.from(data), bytesMax);
  } catch (error) {
    if (!(error instanceof TarFault)) throw error;
    throw error.kind === "too large" ? tooLarge(archive, bytesMax) : invalid(archive, WHY[error.kind]);
  }
}

function cleanName(name: string, archive: string): string {
  const slashed = name.replaceAll("\\", "/");
  if (slashed.startsWith("/") || /^[a-zA-Z]:/.test(slashed)) {
    throw invalid(archive, `entry ${JSON.stringify(name)} has an absolute path`);
  }
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw invalid(archive, `entry ${JSON.stringify(name)} leads out of the archive`);
  return parts.join("/");
}

function invalid(archive: string, why: string): Error {
  return problemError("ArchiveInvalid", `archive ${archive}: ${why}`, { file: archive });
}

function tooLarge(what: string, limit: number): Error {
  return problemError("LimitExceeded", `${what} is larger than the maximum of ${limit} bytes`, { file: what });
}
