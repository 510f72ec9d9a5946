/** A number in a result: whole ones with all their digits, others with the seventeen that tell doubles apart. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) {
    if (Object.is(value, -0)) return "-0";
    return Number.isSafeInteger(value) ? `${value}` : BigInt(value).toString();
  }
  const [mantissa, exponentText] = value.toExponential(16).split("e") as [string, string];
  const exponent = Number(exponentText);
  const digits = mantissa.replace(/^-/, "").replace(".", "").replace(/0+$/, "");
  const sign = value < 0 ? "-" : "";
  if (exponent < -4) return `${sign}${withPoint(digits, 1)}e-${String(-exponent).padStart(2, "0")}`;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + withPoint(digits, exponent + 1);
}

function withPoint(digits: string, before: number): string {
  return digits.length > before ? `${digits.slice(0, before)}.${digits.slice(before)}` : digits.padEnd(before, "0");
}

/** The shortest text that reads back the same, never with an exponent. */
export function shortNumberText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  const text = `${value}`;
  if (!text.includes("e")) return text;
  const [, sign, whole, fraction = "", exponentText] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const exponent = Number(exponentText);
  const digits = `${whole}${fraction}`;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, "0")}`;
}
