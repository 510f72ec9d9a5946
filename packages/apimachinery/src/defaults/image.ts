const DOMAIN = String.raw`(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const PART = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const REFERENCE = new RegExp(
  String.raw`^(?:${DOMAIN}/)?${PART}(?:/${PART})*(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);
/** Names longer than this are no references (github.com/distribution/reference). */
const NAME_LENGTH_MAX = 255;

/** Whether an image is pulled always by default: its tag is `latest`, or it has neither tag nor digest. */
export function isLatestImage(image: string): boolean {
  if (image.length > NAME_LENGTH_MAX * 2) return false;
  const groups = REFERENCE.exec(image)?.groups;
  if (groups === undefined) return false;
  return groups["tag"] === "latest" || (groups["tag"] === undefined && groups["digest"] === undefined);
}
