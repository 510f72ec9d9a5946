import { gunzipWithin, problemError, tarEntries, TarFault, type TarEntry } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import { HELM_LIMITS } from "../limits.ts";
import type { ChartFile } from "./types.ts";

/** What Go looks at to tell kinds of content apart. */
const SNIFFED_BYTES = 512;
const BOM = "\uFEFF";

/**
 * The files of a chart archive, without the folder that all of them are in. Links, devices and names that leave the folder are
 * refused; so is what grows beyond the limits while it is unpacked.
 * @throws ProblemError ChartArchiveInvalid, LimitExceeded
 */
export function unpackChart(data: Uint8Array, archive: string): ChartFile[] {
  const files: ChartFile[] = [];
  for (const { name, type, content } of entriesOf(data, archive)) {
    if (type === "5") continue;
    if (type !== "0" && type !== "\0") throw invalid(archive, `entry ${JSON.stringify(name)} is not a plain file`);
    const file = relativeName(name, archive);
    if (file === undefined) continue;
    if (content.length > HELM_LIMITS.archiveFileBytesMax)
      throw tooLarge(`chart file ${goQuote(name)}`, archive, HELM_LIMITS.archiveFileBytesMax);
    if (files.length >= HELM_LIMITS.filesMax)
      throw problemError("LimitExceeded", `${archive} has more than ${HELM_LIMITS.filesMax} files`);
    files.push({ name: file, data: withoutBom(content) });
  }
  if (files.length === 0) throw invalid(archive, "no files in chart archive");
  return files;
}

function* entriesOf(data: Uint8Array, archive: string): Generator<TarEntry> {
  const bytesMax = HELM_LIMITS.archiveBytesMax;
  try {
    yield* tarEntries(gunzipWithin(data, bytesMax), bytesMax);
  } catch (error) {
    if (!(error instanceof TarFault)) throw error;
    if (error.kind === "too large") throw tooLarge("chart", archive, bytesMax);
    throw invalid(archive, error.kind === "gzip" ? gzipFault(data) : WHY[error.kind]);
  }
}

/** Go's words. */
const WHY = { "cut short": "unexpected EOF", header: "archive/tar: invalid tar header" } as const;
const GZIP_HEADER_BYTES = 10;

function gzipFault(data: Uint8Array): string {
  if (data.length === 0) return "EOF";
  return isGzip(data) || data.length < GZIP_HEADER_BYTES ? "unexpected EOF" : "gzip: invalid header";
}

function isGzip(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b && data[2] === 8;
}

/** People name a values file where a chart belongs; that is told apart, as in Helm. */
export function refuseOther(data: Uint8Array, archive: string): void {
  if (isGzip(data)) return;
  const isYaml = /\.ya?ml$/.test(archive);
  const why = isYaml
    ? "seems to be a YAML file, but expected a gzipped archive"
    : `does not appear to be a gzipped archive; got '${contentType(data)}'`;
  throw invalid(archive, `file '${archive}' ${why}`);
}

/** The kinds of content that people take for a chart, by the rules of Go's http package. */
function contentType(data: Uint8Array): string {
  // Go sees a buffer of 512 bytes, filled up with zeroes.
  const head = data.subarray(0, SNIFFED_BYTES);
  const start = text(head).trimStart().toLowerCase();
  if (/^(<!doctype html|<html|<head|<body|<div|<a|<!--|<p)[ >]/.test(start)) return "text/html; charset=utf-8";
  if (start.startsWith("<?xml")) return "text/xml; charset=utf-8";
  if (start.startsWith("pk\u0003\u0004")) return "application/zip";
  if (start.startsWith("%pdf-")) return "application/pdf";
  const isBinary =
    head.length < SNIFFED_BYTES ||
    head.some((byte) => byte <= 8 || byte === 11 || (byte >= 14 && byte <= 26) || (byte >= 28 && byte <= 31));
  return isBinary ? "application/octet-stream" : "text/plain; charset=utf-8";
}

/** Without the first folder, which is the chart's own name. @throws ProblemError for a name that leads out */
function relativeName(name: string, archive: string): string | undefined {
  const clean = name.replaceAll("\\", "/");
  if (clean.startsWith("/") || /^[a-zA-Z]:/.test(clean))
    throw invalid(archive, "chart illegally contains absolute paths");
  const parts = clean.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw invalid(archive, "chart illegally references parent directory");
  if (parts[0] === "Chart.yaml") throw invalid(archive, "chart yaml not in base directory");
  return parts.length > 1 ? parts.slice(1).join("/") : undefined;
}

function text(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}

function withoutBom(content: Buffer): Buffer {
  return text(content.subarray(0, 3)) === BOM ? content.subarray(3) : content;
}

function invalid(archive: string, why: string): Error {
  return problemError("ChartArchiveInvalid", why, { file: archive });
}

function tooLarge(what: string, archive: string, limit: number): Error {
  return problemError("LimitExceeded", `decompressed ${what} is larger than the maximum file size ${limit}`, {
    file: archive,
  });
}
