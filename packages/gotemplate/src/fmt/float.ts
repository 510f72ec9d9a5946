/** Decimal digits of a float: 0.d1d2d3… × 10^point. No digits for zero. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

const view = new DataView(new ArrayBuffer(8));

/** mantissa × 2^exponent of a finite positive float64; mantissa has its implicit bit unless subnormal. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xfffffffffffffn;
  const biased = Number((bits >> 52n) & 0x7ffn);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** The fewest digits that read back as the same number, as Go and JavaScript both choose them. */
function shortest(value: number, bits: 32 | 64): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  let text = value.toExponential();
  if (bits === 32) {
    for (let count = 0; count < 9; count++) {
      text = value.toExponential(count);
      if (Math.fround(Number(text)) === value) break;
    }
  }
  const [mantissa = "", exponent = "0"] = text.split("e");
  const digits = mantissa.replace(".", "").replace(/0+$/, "");
  return { digits, point: Number(exponent) + 1 };
}

function exact(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const { mantissa, exponent } = decompose(value);
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  return { digits: digits.replace(/0+$/, ""), point: digits.length + Math.min(exponent, 0) };
}

/** Keeps `count` digits, rounding half to even. */
function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const rest = digits.slice(count);
  const kept = digits.slice(0, count);
  const isOdd = count > 0 && Number(kept.at(-1)) % 2 === 1;
  const roundsUp = rest[0] === "5" && /^50*$/.test(rest) ? isOdd : (rest[0] ?? "0") >= "5";
  if (!roundsUp) return trimmed({ digits: kept, point });
  const raised = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
  // A carry out of the first digit moves the point; leading zeros cannot be there.
  return trimmed({ digits: raised, point: point + raised.length - count });
}

function trimmed({ digits, point }: Decimal): Decimal {
  const short = digits.replace(/0+$/, "");
  return short === "" ? { digits: "", point: 0 } : { digits: short, point };
}

/**
 * strconv.FormatFloat. `verb` is one of e E f g G b x X; precision -1 is the shortest text that reads back the same.
 * The exponent has at least two digits.
 */
export function formatFloat(value: number, verb: string, precision: number, bits: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const absolute = Math.abs(value);
  if (verb === "b") return sign + binaryForm(absolute, bits);
  if (verb === "x" || verb === "X") return sign + hexForm(absolute, verb, precision);
  const isShortest = precision < 0;
  let decimal = isShortest ? shortest(absolute, bits) : exact(absolute);
  let places = precision;
  if (!isShortest) {
    if (verb === "f") decimal = rounded(decimal, decimal.point + precision);
    else {
      if ((verb === "g" || verb === "G") && precision === 0) places = 1;
      decimal = rounded(decimal, verb === "e" || verb === "E" ? precision + 1 : places);
    }
  } else if (verb === "e" || verb === "E") places = Math.max(decimal.digits.length - 1, 0);
  else if (verb === "f") places = Math.max(decimal.digits.length - decimal.point, 0);
  else places = decimal.digits.length;
  return sign + layOut(decimal, verb, places, isShortest);
}

function layOut(decimal: Decimal, verb: string, places: number, isShortest: boolean): string {
  if (verb === "e" || verb === "E") return exponentForm(decimal, verb, places);
  if (verb === "f") return plainForm(decimal, places);
  const count = decimal.digits.length;
  let threshold = places;
  if (threshold > count && count >= decimal.point) threshold = count;
  // The shortest form switches to an exponent as %e with six digits would.
  if (isShortest) threshold = 6;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= threshold) {
    return exponentForm(decimal, verb === "g" ? "e" : "E", Math.max((places > count ? count : places) - 1, 0));
  }
  return plainForm(decimal, Math.max(count - decimal.point, 0));
}

function exponentForm({ digits, point }: Decimal, letter: string, places: number): string {
  const fraction = places > 0 ? `.${digits.slice(1, 1 + places).padEnd(places, "0")}` : "";
  const exponent = digits === "" ? 0 : point - 1;
  const sign = exponent < 0 ? "-" : "+";
  return `${digits[0] ?? "0"}${fraction}${letter}${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plainForm({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (places <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(Math.min(-point, places)) + digits;
  return `${whole}.${fraction.slice(0, places).padEnd(places, "0")}`;
}

function binaryForm(value: number, bits: 32 | 64): string {
  let { mantissa, exponent } = decompose(value);
  if (bits === 32) {
    const isSubnormal = value !== 0 && value < 2 ** -126;
    mantissa = isSubnormal || value === 0 ? BigInt(value * 2 ** 149) : mantissa >> 29n;
    exponent = isSubnormal || value === 0 ? -149 : exponent + 29;
  }
  return `${mantissa}p${exponent >= 0 ? "+" : ""}${exponent}`;
}

function hexForm(value: number, letter: string, precision: number): string {
  let { mantissa, exponent } = decompose(value);
  if (mantissa === 0n) exponent = 0;
  else {
    // Normalised to 1.fraction with 52 bits of fraction; subnormals too.
    const shift = 53 - mantissa.toString(2).length;
    mantissa <<= BigInt(shift);
    exponent += 52 - shift;
  }
  if (precision >= 0 && precision < 13) {
    const drop = BigInt(4 * (13 - precision));
    const rest = mantissa & ((1n << drop) - 1n);
    const half = 1n << (drop - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= drop;
    if (mantissa >> 53n !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const whole = mantissa >> 52n;
  let fraction = (mantissa & 0xfffffffffffffn).toString(16).padStart(13, "0");
  fraction = precision < 0 ? fraction.replace(/0+$/, "") : fraction.slice(0, precision).padEnd(precision, "0");
  const sign = exponent < 0 ? "-" : "+";
  const text = `0x${whole}${fraction === "" ? "" : `.${fraction}`}p${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return letter === "X" ? text.toUpperCase() : text;
}
