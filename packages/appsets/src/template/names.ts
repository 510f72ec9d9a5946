const NAME_CHARS_MAX = 253;
const SLUG_CHARS_MAX = 50;

/** A DNS name made of any text: `nameNormalized`, `path.basenameNormalized` and their like. */
export function normalizeName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9.]/gu, "-")
    .slice(0, NAME_CHARS_MAX)
    .replace(/^[-.]+|[-.]+$/g, "");
}

/** `branch_slug`: letters, digits and dashes, at most 50, cut at a dash where there is one. */
export function slugOf(text: string): string {
  const slug = text
    .trim()
    .replace(/&/g, "and")
    .replace(/@/g, "at")
    .replace(/["'’]/g, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9-]/gu, "-")
    .replace(/-+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (slug.length <= SLUG_CHARS_MAX) return slug;
  const dash = slug.lastIndexOf("-", SLUG_CHARS_MAX);
  return slug.slice(0, dash >= 0 ? dash : SLUG_CHARS_MAX);
}
