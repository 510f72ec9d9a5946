/** A number cut to 64 bits, as Go converts one. */
export function toInt64(value: number): bigint {
  const whole = Math.trunc(value);
  return Math.abs(whole) >= 2 ** 63 ? -(2n ** 63n) : BigInt(whole);
}
