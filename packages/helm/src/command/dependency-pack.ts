import { gzipSync } from "node:zlib";
import { joinPath, subTree, type FileTree } from "@fairlead/base";
import { parseIgnore } from "../chart/ignore.ts";
import { loadChart } from "../chart/load.ts";

const BLOCK = 512;
/** 1 January 1980: an archive of the same files is the same archive, whenever it is made. */
const MODIFIED_SECONDS = 315_532_800;
const NAME_BYTES_MAX = 100;

/**
 * A chart's directory as the archive `helm package` makes of it: what .helmignore leaves out is not in it. The same files always give
 * the same bytes. @throws ProblemError ChartInvalid and the like for what is no chart
 */
export function packChart(tree: FileTree, path: string): { name: string; version: string; data: Uint8Array } {
  const { name, version } = loadChart(tree, path).metadata;
  const root = subTree(tree, path);
  const ignore =
    root.stat(".helmignore")?.kind === "file" ? Buffer.from(root.read(".helmignore")).toString("utf8") : "";
  const isIgnored = parseIgnore(ignore, joinPath(path, ".helmignore"));
  const blocks: Uint8Array[] = [];
  const visit = (folder: string): void => {
    for (const { name: entry } of root.list(folder)) {
      const at = joinPath(folder, entry);
      const kind = root.stat(at)?.kind;
      if (kind === undefined || isIgnored(at, kind === "directory")) continue;
      if (kind === "directory") visit(at);
      else blocks.push(...tarEntry(`${name}/${at}`, root.read(at)));
    }
  };
  visit("");
  const tar = Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
  return { name, version, data: gzipSync(tar, { level: 9 }) };
}

function tarEntry(name: string, content: Uint8Array): Uint8Array[] {
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  const isLong = Buffer.byteLength(name) > NAME_BYTES_MAX;
  const record = isLong ? paxRecord(name) : undefined;
  return [
    ...(record
      ? [header("pax", record.length, "x"), record, Buffer.alloc((BLOCK - (record.length % BLOCK)) % BLOCK)]
      : []),
    header(name, content.length, "0"),
    content,
    padding,
  ];
}

/** `LENGTH path=NAME\n`, the length counting its own digits too. */
function paxRecord(name: string): Buffer {
  const rest = ` path=${name}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length++;
  return Buffer.from(`${length}${rest}`);
}

function header(name: string, size: number, type: "0" | "x"): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, NAME_BYTES_MAX, "utf8");
  block.write("0000644\0" + "0000000\0" + "0000000\0", 100, "latin1");
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  block.write(`${MODIFIED_SECONDS.toString(8).padStart(11, "0")}\0`, 136, "latin1");
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\0" + "00", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
