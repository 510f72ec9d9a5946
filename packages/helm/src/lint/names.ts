import { goQuote } from "@fairlead/gotemplate";

const ALPHANUMERIC = "must start and end with an alphanumeric character";
const WITH_PATH_NAMES = new Set(["role", "clusterrole", "rolebinding", "clusterrolebinding"]);

/** Kubernetes' rules for names: length, expression, and what its library says when it does not fit. */
interface NameRule {
  readonly lengthMax: number;
  readonly pattern: RegExp;
  readonly text: string;
}

const SUBDOMAIN: NameRule = {
  lengthMax: 253,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${ALPHANUMERIC} (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
};
const LABEL_1123: NameRule = {
  lengthMax: 63,
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${ALPHANUMERIC} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
};
const LABEL_1035: NameRule = {
  lengthMax: 63,
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  text: `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
};

/** What is wrong with the name of an object of this kind, as Helm's linter tells it. */
export function nameFault(kind: string, name: string): string | undefined {
  const own = goQuote(name);
  const faults = faultsOf(kind.toLowerCase(), name).map((text) => `metadata.name: Invalid value: ${own}: ${text}`);
  if (faults.length === 0) return undefined;
  const all = faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`;
  return `object name does not conform to Kubernetes naming requirements: ${own}: ${all}`;
}

function faultsOf(kind: string, name: string): string[] {
  if (kind === "certificatesigningrequest") return [];
  if (WITH_PATH_NAMES.has(kind)) {
    if (name === "." || name === "..") return [`may not be '${name}'`];
    return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  }
  const rules = kind === "service" ? LABEL_1035 : kind === "namespace" ? LABEL_1123 : SUBDOMAIN;
  const { lengthMax, pattern } = rules;
  const isDotted = rules === LABEL_1123 && SUBDOMAIN.pattern.test(name);
  const isTooLong = Buffer.byteLength(name) > lengthMax;
  return [
    ...(isTooLong ? [`must be no more than ${lengthMax} characters`] : []),
    ...(pattern.test(name) ? [] : [isDotted ? "must not contain dots" : rules.text]),
  ];
}
