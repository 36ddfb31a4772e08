/** The values of a file that npy wrote of int32; undefined for any other. */
export function int32OfNpy(file: Uint8Array): Int32Array | undefined {
  if (file.length < 10 || file[0] !== 0x93 || file[1] !== 0x4e) return undefined
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = 10 + view.getUint16(8, true)
  if (!new TextDecoder().decode(file.subarray(10, start)).includes("'descr': '<i4'")) return undefined
  return Int32Array.from({length: (file.length - start) / 4}, (_, i) => view.getInt32(start + i * 4, true))
}
