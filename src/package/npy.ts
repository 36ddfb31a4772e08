/** A NumPy file (version 1.0, C order) of bytes, int16 or int32, as `np.load` reads it. */
export function npy(values: Uint8Array | Int16Array | Int32Array, shape: readonly number[]): Uint8Array {
  const size = values.BYTES_PER_ELEMENT
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`
  const text = `{'descr': '${size === 1 ? "|u1" : `<i${size}`}', 'fortran_order': False, 'shape': ${tuple}, }`
  // Magic, version and length take 10 bytes; the data starts at a multiple of 64, after a newline.
  const start = Math.ceil((10 + text.length + 1) / 64) * 64
  const file = new Uint8Array(start + values.byteLength)
  const view = new DataView(file.buffer)
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
  view.setUint16(8, start - 10, true)
  file.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10)
  for (const [index, value] of values.entries()) {
    if (size === 4) view.setInt32(start + index * 4, value, true)
    else if (size === 2) view.setInt16(start + index * 2, value, true)
    else file[start + index] = value
  }
  return file
}
