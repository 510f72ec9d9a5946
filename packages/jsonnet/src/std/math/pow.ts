/** A fraction of at least a half and less than one, and the power of two it stands with. */
export function frexp(value: number): { readonly fraction: number; readonly exponent: number } {
  if (value === 0 || !Number.isFinite(value)) return { fraction: value, exponent: 0 };
  // Beyond the reach of normal numbers the exponent cannot be read off; a power of two brings them there.
  const isSmall = Math.abs(value) < 2 ** -1022;
  const scaled = isSmall ? value * 2 ** 64 : value;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, scaled);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022;
  view.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  return { fraction: view.getFloat64(0), exponent: isSmall ? exponent - 64 : exponent };
}

/** `fraction` times two to the power of `exponent`, rounded once. */
function ldexp(fraction: number, exponent: number): number {
  const half = Math.max(-1000, Math.min(1000, exponent));
  const rest = Math.max(-2200, Math.min(2200, exponent)) - half;
  if (rest === 0) return fraction * 2 ** half;
  // Going below the normal numbers in one step only: two roundings could differ from one.
  return half < 0
    ? fraction * 2 ** Math.trunc(rest / 2) * 2 ** (rest - Math.trunc(rest / 2)) * 2 ** half
    : fraction * 2 ** half * 2 ** rest;
}

/**
 * Powers as Go's math.Pow makes them: squaring the fraction, counting the exponent apart. V8's own differ in the last digit, which
 * `%.2f` and JSON show.
 */
export function goPow(base: number, power: number): number {
  if (power === 0 || base === 1) return 1;
  if (power === 1) return base;
  if (power === 0.5) return Math.sqrt(base);
  if (power === -0.5) return 1 / Math.sqrt(base);
  if (base === 0 || !Number.isFinite(base) || !Number.isFinite(power)) return base ** power;
  let whole = Math.trunc(Math.abs(power));
  let part = Math.abs(power) - whole;
  if (part !== 0 && base < 0) return Number.NaN;
  if (whole >= 2 ** 63) return base ** power;
  let result = 1;
  if (part !== 0) {
    if (part > 0.5) {
      part--;
      whole++;
    }
    result = Math.exp(part * Math.log(base));
  }
  let { fraction, exponent } = frexp(base);
  let scale = 0;
  for (; whole !== 0; whole = Math.floor(whole / 2)) {
    if (Math.abs(exponent) > 4096) {
      scale += exponent;
      break;
    }
    if (whole % 2 === 1) {
      result *= fraction;
      scale += exponent;
    }
    fraction *= fraction;
    exponent *= 2;
    if (fraction < 0.5) {
      fraction += fraction;
      exponent--;
    }
  }
  return power < 0 ? ldexp(1 / result, -scale) : ldexp(result, scale);
}
