/**
 * @module
 * The bits of numbers.
 */

/** The int mantissa and the power of two of a positive double. */
export function decompose(value: number): [bigint, number] {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number(bits >> 52n & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  return exponent === 0 ? [fraction, -1074] : [fraction | 1n << 52n, exponent - 1075]
}

/** How many bits the magnitude of an int needs. */
export function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value
  return magnitude === 0n ? 0 : magnitude.toString(16).length * 4 -
    Math.clz32(parseInt(magnitude.toString(16)[0] ?? '0', 16)) + 28
}
