/** A Git commit or tag, taken apart into what was signed and the signature; undefined when it carries no GnuPG signature. */
export interface SignedText {
  readonly payload: Buffer;
  readonly signature: string;
}

const BEGIN = "-----BEGIN PGP SIGNATURE-----";

/**
 * A commit has its signature in a header, whose further lines begin with a space; a tag has it at its end. Bytes are taken as
 * Latin-1 and given back the same, so that what is verified is what was signed.
 */
export function splitSigned(content: Uint8Array): SignedText | undefined {
  const text = Buffer.from(content).toString("latin1");
  return text.startsWith("tree ") ? splitCommit(text) : splitTag(text);
}

function splitCommit(text: string): SignedText | undefined {
  const end = text.indexOf("\n\n");
  const head = (end < 0 ? text : text.slice(0, end)).split("\n");
  const at = head.findIndex((line) => /^gpgsig(-sha256)? /.test(line));
  if (at < 0) return undefined;
  let after = at + 1;
  while (head[after]?.startsWith(" ")) after++;
  const [first = "", ...more] = head.slice(at, after);
  const signature = [first.slice(first.indexOf(" ") + 1), ...more.map((line) => line.slice(1))].join("\n");
  const rest = [...head.slice(0, at), ...head.slice(after)].join("\n") + (end < 0 ? "" : text.slice(end));
  return signature.startsWith(BEGIN)
    ? { payload: Buffer.from(rest, "latin1"), signature: `${signature}\n` }
    : undefined;
}

function splitTag(text: string): SignedText | undefined {
  const at = text.lastIndexOf(`\n${BEGIN}`);
  if (at < 0) return undefined;
  return { payload: Buffer.from(text.slice(0, at + 1), "latin1"), signature: text.slice(at + 1) };
}
