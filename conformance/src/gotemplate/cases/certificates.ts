import { generateKeyPairSync } from "node:crypto";
import type { Case } from "./common.ts";

/** Keys made anew for every run, in every form Go's sprig reads. */
function keys(): Record<string, string> {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ec = (namedCurve: string): string => {
    return generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "pem" }).toString();
  };
  return {
    rsa: rsa.export({ type: "pkcs1", format: "pem" }).toString(),
    rsa8: rsa.export({ type: "pkcs8", format: "pem" }).toString(),
    p256: ec("prime256v1"),
    p384: ec("secp384r1"),
    p521: ec("secp521r1"),
    ed25519: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const NAMES = ["ca", "", "*.example.com", "a & b", "é", "with, comma", "under_score"];

export function certificateCases(): Case[] {
  const data = keys();
  const perKey = Object.keys(data).flatMap((key) => [
    `{{$c := genCAWithKey "ca" 365 .${key}}}{{$c.Cert}}{{$c.Key}}`,
    `{{$c := genSelfSignedCertWithKey "self" (list "10.0.0.1" "::1" "::ffff:1.2.3.4") (list "a.b" "*.c") 100 .${key}}}{{$c.Cert}}{{$c.Key}}`,
    `{{$ca := genCAWithKey "ca" 36500 .${key}}}{{(genSignedCertWithKey "leaf" nil (list "x.y") 1 $ca .rsa).Cert}}`,
    `{{$ca := genCAWithKey "ca" 1 .rsa}}{{(genSignedCertWithKey "leaf" (list "1.2.3.4") nil 1 $ca .${key}).Cert}}`,
    `{{$ca := genCAWithKey "a" 1 .rsa}}{{$b := buildCustomCert (b64enc $ca.Cert) (b64enc .${key})}}{{$b.Key}}`,
  ]);
  const perName = NAMES.map((name) => {
    return `{{$ca := genCAWithKey ${JSON.stringify(name)} 10 .rsa}}{{$ca.Cert}}{{(genSignedCertWithKey ${JSON.stringify(name)} nil (list "d") -5 $ca .p256).Cert}}`;
  });
  const others = [
    `{{$a := genCAWithKey "a" 1 .rsa}}{{$b := genCAWithKey "b" 1 .p256}}{{$m := buildCustomCert (b64enc $a.Cert) (b64enc $b.Key)}}{{genSignedCertWithKey "x" nil nil 1 $m .rsa}}`,
    `{{genCAWithKey "x" 1 (genPrivateKey "dsa")}}`,
    `{{$ca := genCAWithKey "a" 1 .rsa}}{{genSignedCertWithKey "x" nil nil 1 $ca (genPrivateKey "dsa")}}`,
    `{{genCAWithKey "x" 1 ""}}`,
    `{{genCAWithKey "x" 1 (print "text before\\n" .rsa "\\ntext after")}}`,
    `{{(genCAWithKey "x" 1 (print "text before\\n" .rsa "\\ntext after")).Key}}`,
    `{{genSelfSignedCertWithKey "x" (list "1.2.3") nil 1 .rsa}}`,
    `{{genSelfSignedCertWithKey "x" (list "01.2.3.4") nil 1 .rsa}}`,
    `{{genSelfSignedCertWithKey "x" (list "fe80::1%eth0") nil 1 .rsa}}`,
    `{{genSelfSignedCertWithKey "x" .rsa nil 1 .rsa}}`,
  ];
  return [...perKey, ...perName, ...others].map((text) => ({ text, data }));
}

/** Certificates in a text with what differs from run to run masked: serial, validity, signature. */
export function maskCertificates(text: string): string {
  return text.replace(/-----BEGIN CERTIFICATE-----\n([\s\S]*?)-----END CERTIFICATE-----/g, (_, body: string) => {
    const outer = elements(Buffer.from(body, "base64"))[0] ?? Buffer.alloc(0);
    const [signed = Buffer.alloc(0), algorithm = Buffer.alloc(0)] = elements(content(outer));
    const parts = elements(content(signed)).map((part, index) => {
      if (index === 1) return "SERIAL";
      if (index === 4)
        return `VALIDITY ${elements(content(part))
          .map((time) => time[0])
          .join(" ")}`;
      return part.toString("hex");
    });
    return `CERTIFICATE\n${parts.join("\n")}\n${algorithm.toString("hex")}\n`;
  });
}

function header(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  const size = first < 0x80 ? 0 : first & 0x7f;
  const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
  return { start: at + 2 + size, end: at + 2 + size + length };
}

function content(element: Buffer): Buffer {
  return element.length < 2 ? element : element.subarray(header(element, 0).start);
}

function elements(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 1 < bytes.length;) {
    const { end } = header(bytes, at);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}
