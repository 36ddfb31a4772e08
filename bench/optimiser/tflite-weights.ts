/** The float weights of a .tflite file's first 4-dimensional constant (conv [out][ky][kx][in]), one row an output. */
export function convolutionOf(file: Uint8Array): number[][] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const u32 = (at: number) => view.getUint32(at, true)
  const follow = (at: number) => at + u32(at)
  /** Position of a table's field, or 0 where it is left out. */
  const field = (table: number, index: number) => {
    const vtable = table - view.getInt32(table, true)
    const offset = 4 + 2 * index < view.getUint16(vtable, true) ? view.getUint16(vtable + 4 + 2 * index, true) : 0
    return offset === 0 ? 0 : table + offset
  }
  const model = follow(0)
  const buffers = follow(field(model, 4))
  const tensors = follow(field(follow(follow(field(model, 2)) + 4), 0))
  for (let i = 0; i < u32(tensors); i++) {
    const tensor = follow(tensors + 4 + 4 * i)
    const shape = follow(field(tensor, 0))
    const index = field(tensor, 2)
    const data = field(follow(buffers + 4 + 4 * (index === 0 ? 0 : u32(index))), 0)
    if (u32(shape) !== 4 || data === 0) continue
    const bytes = follow(data)
    const rows = u32(shape + 4)
    const columns = u32(bytes) / 4 / rows
    return Array.from({length: rows}, (_, r) =>
      Array.from({length: columns}, (_, c) => view.getFloat32(bytes + 4 + 4 * (r * columns + c), true)),
    )
  }
  throw new Error("no 4-dimensional constant in this file")
}
