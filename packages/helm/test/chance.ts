import { stableSources } from "@fairlead/helm";
import { render } from "./support.ts";

const TEMPLATE = `
{{- $ca := genCA "shop-ca" 365 }}
{{- $signed := genSignedCert "web" (list "127.0.0.1") (list "web.shop") 30 $ca }}
ca: {{ $ca.Cert | b64enc }}
caKey: {{ $ca.Key | b64enc }}
signed: {{ $signed.Cert | b64enc }}
signedKey: {{ $signed.Key | b64enc }}
selfSigned: {{ (genSelfSignedCert "web" nil nil 30).Cert | b64enc }}
word: {{ randAlphaNum 24 }}
letters: {{ randAlpha 24 }}
numeric: {{ randNumeric 24 | quote }}
bytes: {{ randBytes 12 }}
id: {{ uuidv4 }}
now: {{ now }}
stamp: {{ now | unixEpoch }}
hash: {{ bcrypt "secret" }}
login: {{ htpasswd "me" "secret" }}
mixed: {{ shuffle "abcdefghijklmnop" }}
number: {{ randInt 0 1000000 }}
derived: {{ derivePassword 1 "long" "secret" "me" "example.com" }}
sealed: {{ encryptAES "key" "text" }}
`;

/** Certificates, passwords, hashes, times: a chart that uses chance and time in every way there is, rendered in the stable manner. */
export function renderChance(): string {
  const sources = stableSources({
    key: "k",
    chartName: "web",
    releaseName: "rel",
    namespace: "shop",
    nowMs: Date.UTC(2026, 10, 24, 8),
  });
  return render({ "templates/a.yaml": TEMPLATE }, {}, sources).manifests[0]?.text ?? "";
}
