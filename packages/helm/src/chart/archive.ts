import { gunzipSync } from "node:zlib";
import { problemError } from "@fairlead/base";
import { goQuote } from "@fairlead/gotemplate";
import { HELM_LIMITS } from "../limits.ts";
import type { ChartFile } from "./types.ts";

const BLOCK = 512;
const BOM = "\uFEFF";

/**
 * The files of a chart archive, without the folder that all of them are in. Links, devices and names that leave the folder are
 * refused; so is what grows beyond the limits while it is unpacked.
 * @throws ProblemError ChartArchiveInvalid, LimitExceeded
 */
export function unpackChart(data: Uint8Array, archive: string): ChartFile[] {
  const tar = gunzip(data, archive);
  const files: ChartFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = readOctal(header, 124, 12, archive);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw invalid(archive, "unexpected EOF");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") longName = text(content).replace(/\0.*$/s, "");
    else if (type === "x") longName = paxPath(text(content)) ?? longName;
    if ("Lxg".includes(type)) continue;
    const name = longName ?? entryName(header);
    longName = undefined;
    if (type === "5") continue;
    if (type !== "0" && type !== "\0") throw invalid(archive, `entry ${JSON.stringify(name)} is not a plain file`);
    const file = relativeName(name, archive);
    if (file === undefined) continue;
    if (size > HELM_LIMITS.archiveFileBytesMax)
      throw tooLarge(`chart file ${goQuote(name)}`, archive, HELM_LIMITS.archiveFileBytesMax);
    if (files.length >= HELM_LIMITS.filesMax)
      throw problemError("LimitExceeded", `${archive} has more than ${HELM_LIMITS.filesMax} files`);
    files.push({ name: file, data: withoutBom(content) });
  }
  if (files.length === 0) throw invalid(archive, "no files in chart archive");
  return files;
}

function gunzip(data: Uint8Array, archive: string): Buffer {
  try {
    return gunzipSync(data, { maxOutputLength: HELM_LIMITS.archiveBytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw tooLarge("chart", archive, HELM_LIMITS.archiveBytesMax);
    throw invalid(archive, isGzip(data) ? "unexpected EOF" : "gzip: invalid header");
  }
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
  const head = data.subarray(0, BLOCK);
  const start = text(head).trimStart().toLowerCase();
  if (/^(<!doctype html|<html|<head|<body|<div|<a|<!--|<p)[ >]/.test(start)) return "text/html; charset=utf-8";
  if (start.startsWith("<?xml")) return "text/xml; charset=utf-8";
  if (start.startsWith("pk\u0003\u0004")) return "application/zip";
  if (start.startsWith("%pdf-")) return "application/pdf";
  const isBinary =
    head.length < BLOCK ||
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

function entryName(header: Buffer): string {
  const name = field(header, 0, 100);
  const prefix = text(header.subarray(257, 262)) === "ustar" ? field(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function field(header: Buffer, start: number, length: number): string {
  const end = header.indexOf(0, start);
  return header.toString("utf8", start, end >= start && end < start + length ? end : start + length);
}

function readOctal(header: Buffer, start: number, length: number, archive: string): number {
  const value = Number.parseInt(field(header, start, length).trim() || "0", 8);
  if (!Number.isSafeInteger(value) || value < 0 || value > HELM_LIMITS.archiveBytesMax)
    throw invalid(archive, "archive/tar: invalid tar header");
  return value;
}

/** pax records are `LENGTH key=value\n`. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
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
