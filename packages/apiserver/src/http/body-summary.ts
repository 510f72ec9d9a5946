const SUMMARY_BYTES_MAX = 30;

/** The beginning of a body, as messages about it show it: as text where it looks like JSON, else its bytes. */
export function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const isText = body[0] === 0x7b;
  const bytes = body.subarray(0, SUMMARY_BYTES_MAX);
  const shown = isText ? bytes.toString("utf8") : bytes.toString("hex");
  return body.length > SUMMARY_BYTES_MAX ? `${shown} ...` : shown;
}
