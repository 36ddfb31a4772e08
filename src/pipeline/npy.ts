/** A NumPy file (version 1.0) of int32 in C order: what sim/outputs.npy and sim/golden.npy are. */
export function npyOfInt32(values: Int32Array, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`
  const text = `{'descr': '<i4', 'fortran_order': False, 'shape': ${tuple}, }`
  // Magic, version and header length take 10 bytes; the data starts at a multiple of 64, after a newline.
  const header = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`
  const file = new Uint8Array(10 + header.length + values.length * 4)
  const view = new DataView(file.buffer)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
  view.setUint16(8, header.length, true)
  file.set(new TextEncoder().encode(header), 10)
  for (let i = 0; i < values.length; i++) view.setInt32(10 + header.length + i * 4, values[i] ?? 0, true)
  return file
}

/** The values of a file that npyOfInt32 wrote; undefined for any other. */
export function int32OfNpy(file: Uint8Array): Int32Array | undefined {
  if (file.length < 10 || file[0] !== 0x93 || file[1] !== 0x4e) return undefined
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = 10 + view.getUint16(8, true)
  if (!new TextDecoder().decode(file.subarray(10, start)).includes("'descr': '<i4'")) return undefined
  return Int32Array.from({length: (file.length - start) / 4}, (_, i) => view.getInt32(start + i * 4, true))
}
