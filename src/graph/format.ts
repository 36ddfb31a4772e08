/** Fixed point: value = integer * 2^-fraction. */
export interface NumberFormat {
  readonly bits: number
  readonly signed: boolean
  readonly fraction: number
}

/** Closed interval of integers. */
export interface Range {
  readonly min: number
  readonly max: number
}

/**
 * Rounding of a right shift. `floor` (AP_TRN), `half-up` (AP_RND), `half-even` (QONNX), `tflite` (LiteRT's reference
 * kernels: conv rounds twice, dense once half away from zero; see docs/numbers.md).
 */
export type Rounding = "floor" | "half-up" | "half-even" | "tflite"

/** What happens past the ends of a format: `saturate` (AP_SAT) or `wrap` (AP_WRAP). */
export type Overflow = "saturate" | "wrap"

/** Every integer a format holds. */
export function formatRange({bits, signed}: NumberFormat): Range {
  return signed ? {min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1} : {min: 0, max: 2 ** bits - 1}
}

/** Bits of the smallest two's complement signal that holds every integer of the range. */
export function signedBits({min, max}: Range): number {
  const magnitude = Math.max(max, -min - 1)
  return magnitude <= 0 ? 1 : Math.floor(Math.log2(magnitude)) + 2
}

/** "u8.7" is unsigned, 8 bits, 7 of them fraction; "s" is signed. */
export function formatName({bits, signed, fraction}: NumberFormat): string {
  return `${signed ? "s" : "u"}${bits}.${fraction}`
}

/** How far an image file's byte is shifted right to become an element: its top bits, without the sign's. */
export const byteShift = ({bits, signed}: NumberFormat): number => 8 - (signed ? bits - 1 : bits)

/** Image bytes as elements of the format, one each. */
export function byteElements(bytes: Uint8Array, format: NumberFormat): Uint8Array {
  const shift = byteShift(format)
  return bytes.map((byte) => byte >> shift)
}
