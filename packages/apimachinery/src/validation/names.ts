/** Rules for names, each returning what is wrong in kube's words (k8s.io/apimachinery util/validation); empty when nothing is. */
export type NameRule = (value: string) => string[];

const LABEL_LENGTH_MAX = 63;
const SUBDOMAIN_LENGTH_MAX = 253;

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";

const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const WILDCARD = `\\*\\.${SUBDOMAIN}`;

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const DNS_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const CONFIG_KEY_TEXT = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

function regexFault(text: string, regex: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${regex}')`;
  const list = examples.map((example) => `'${example}', `).join(" or ");
  return `${text} (e.g. ${list}regex used for validation is '${regex}')`;
}

function lengthFault(max: number): string {
  return `must be no more than ${max} characters`;
}

export function rangeFault(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

function matches(regex: string, value: string): boolean {
  return new RegExp(`^${regex}$`).test(value);
}

function tooLongFaults(value: string, max: number): string[] {
  return value.length > max ? [lengthFault(max)] : [];
}

export function dns1123Label(value: string): string[] {
  const faults = tooLongFaults(value, LABEL_LENGTH_MAX);
  if (matches(LABEL, value)) return faults;
  if (matches(SUBDOMAIN, value)) return [...faults, "must not contain dots"];
  return [...faults, regexFault(LABEL_TEXT, LABEL, "my-name", "123-abc")];
}

export function dns1123Subdomain(value: string): string[] {
  const faults = tooLongFaults(value, SUBDOMAIN_LENGTH_MAX);
  return matches(SUBDOMAIN, value) ? faults : [...faults, regexFault(SUBDOMAIN_TEXT, SUBDOMAIN, "example.com")];
}

const LOOSE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const LOOSE_SUBDOMAIN = `${LOOSE_LABEL}(\\.${LOOSE_LABEL})*`;

/** A subdomain as resolvers search it. */
export function dns1123SubdomainWithUnderscore(value: string): string[] {
  const faults = tooLongFaults(value, SUBDOMAIN_LENGTH_MAX);
  const text = SUBDOMAIN_TEXT.replace("'-' or '.'", "'_', '-' or '.'");
  return matches(LOOSE_SUBDOMAIN, value) ? faults : [...faults, regexFault(text, LOOSE_SUBDOMAIN, "example.com")];
}

export function dns1035Label(value: string): string[] {
  const faults = tooLongFaults(value, LABEL_LENGTH_MAX);
  return matches(DNS_1035, value) ? faults : [...faults, regexFault(DNS_1035_TEXT, DNS_1035, "my-name", "abc-123")];
}

export function wildcardSubdomain(value: string): string[] {
  const faults = tooLongFaults(value, SUBDOMAIN_LENGTH_MAX);
  return matches(WILDCARD, value) ? faults : [...faults, regexFault(WILDCARD_TEXT, WILDCARD, "*.example.com")];
}

/** Names that only have to be usable as one segment of a path: RBAC's. */
export function pathSegment(value: string): string[] {
  if (value === ".") return ["may not be '.'"];
  if (value === "..") return ["may not be '..'"];
  return ["/", "%"].filter((char) => value.includes(char)).map((char) => `may not contain '${char}'`);
}

/** Any printable ASCII but `=`. */
export function envName(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function configKey(value: string): string[] {
  const faults = tooLongFaults(value, SUBDOMAIN_LENGTH_MAX);
  if (!matches(CONFIG_KEY, value)) {
    faults.push(regexFault(CONFIG_KEY_TEXT, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"));
  }
  if (value === ".") faults.push("must not be '.'");
  else if (value === "..") faults.push("must not be '..'");
  else if (value.startsWith("..")) faults.push("must not start with '..'");
  return faults;
}

export function portName(value: string): string[] {
  const faults = tooLongFaults(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    faults.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(value)) faults.push("must contain at least one letter (a-z)");
  if (value.includes("--")) faults.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) faults.push("must not begin or end with a hyphen");
  return faults;
}

export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : [rangeFault(1, 65_535)];
}

export function percent(value: string): string[] {
  const text = "a valid percent string must be a numeric string followed by an ending '%'";
  return /^[0-9]+%$/.test(value) ? [] : [regexFault(text, "[0-9]+%", "1%", "93%")];
}

export function httpHeaderName(value: string): string[] {
  const text = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return /^[-A-Za-z0-9]+$/.test(value) ? [] : [regexFault(text, "[-A-Za-z0-9]+", "X-Header-Name")];
}
