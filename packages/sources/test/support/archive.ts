import { gzipSync } from "node:zlib";

interface EntryOptions {
  /** `2` is a symlink, `1` a hard link, `3` a device. */
  readonly type?: string;
  readonly link?: string;
}

/** One entry of a tar, also of a kind that nobody should accept. */
export function tarEntry(name: string, content: string | Uint8Array, options: EntryOptions = {}): Buffer {
  const data = Buffer.from(content as string);
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write("0000644\0" + "0000000\0" + "0000000\0", 100);
  block.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(options.type ?? "0", 156);
  if (options.link) block.write(options.link, 157, 100);
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([block, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export function tarGz(...entries: readonly Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

/** A chart's archive with Chart.yaml and one ConfigMap that tells its version. */
export function chartArchive(name: string, version: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const files = {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    "values.yaml": "color: blue\n",
    "templates/config.yaml": `kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: ${name}\ndata:\n  version: "${version}"\n  color: {{ .Values.color }}\n`,
    ...more,
  };
  return tarGz(...Object.entries(files).map(([file, content]) => tarEntry(`${name}/${file}`, content)));
}
