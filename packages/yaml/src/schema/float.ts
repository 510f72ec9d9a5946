/** Digits and decimal exponent of a finite positive number: 0.d1d2d3… × 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function shortest(value: number): Decimal {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** The fewest digits that come back as the same float32, as Go's 32-bit formatting finds them. */
function shortest32(value: number): Decimal {
  const single = Math.fround(value);
  for (let count = 1; count < 9; count++) {
    const text = single.toExponential(count - 1);
    if (Math.fround(Number(text)) === single) return shortest(Number(text));
  }
  return shortest(Number(single.toExponential(8)));
}

/** Exponents from which strconv's 'g' with shortest precision writes an exponent (fmt's %v does from 21 on, but that is not used here). */
const EXPONENT_FROM = 6;

/**
 * strconv.FormatFloat(value, 'g', -1, bits): the shortest digits that read back, with an exponent below 1e-4 and from 1e6 on.
 * Infinities and NaN come as YAML spells them.
 */
export function formatFloat(value: number, bits: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value === 0) return `${sign}0`;
  const decimal = bits === 32 ? shortest32(Math.abs(value)) : shortest(Math.abs(value));
  if (bits === 32 && !Number.isFinite(Math.fround(value))) return `${sign}.inf`;
  return sign + layout(decimal);
}

function layout({ digits, point }: Decimal): string {
  const exponent = point - 1;
  if (exponent < -4 || exponent >= EXPONENT_FROM) return withExponent(digits, exponent);
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (digits.length <= point) return digits + "0".repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function withExponent(digits: string, exponent: number): string {
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${power}`;
}
