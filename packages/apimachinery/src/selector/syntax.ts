/** The syntax of label keys and values, with the API server's sentences (k8s.io/apimachinery, api/validate/content). */

const KEY_PATTERN = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" +
  ` (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${KEY_PATTERN}')`;
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  `alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${KEY_PATTERN})?')`;
const SUBDOMAIN_PATTERN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
  `alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_PATTERN}')`;

const NAME_BYTES_MAX = 63;
const SUBDOMAIN_BYTES_MAX = 253;

const keyName = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Everything wrong with a label (or annotation) key, in the server's words; empty when it is valid. */
export function labelKeyFaults(key: string): string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${KEY_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? "";
  const faults = parts.length === 2 ? prefixFaults(parts[0] ?? "") : [];
  if (name === "") faults.push("name part must be non-empty");
  else if (Buffer.byteLength(name) > NAME_BYTES_MAX) faults.push(`name part ${tooLong(NAME_BYTES_MAX)}`);
  if (!keyName.test(name)) faults.push(`name part ${KEY_RULE}`);
  return faults;
}

/** Everything wrong with a label value, in the server's words; empty when it is valid. */
export function labelValueFaults(value: string): string[] {
  const faults: string[] = [];
  if (Buffer.byteLength(value) > NAME_BYTES_MAX) faults.push(tooLong(NAME_BYTES_MAX));
  if (value !== "" && !keyName.test(value)) faults.push(VALUE_RULE);
  return faults;
}

function prefixFaults(prefix: string): string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  const faults: string[] = [];
  if (Buffer.byteLength(prefix) > SUBDOMAIN_BYTES_MAX) faults.push(`prefix part ${tooLong(SUBDOMAIN_BYTES_MAX)}`);
  if (!subdomain.test(prefix)) faults.push(`prefix part ${SUBDOMAIN_RULE}`);
  return faults;
}

function tooLong(max: number): string {
  return `must be no more than ${max} bytes`;
}
