import {ByteBuffer} from "flatbuffers"
import {TlastError} from "../errors.ts"
import {type Field, optionTables, schema, type Table, type TableName, type ValueType} from "./schema.ts"

/** Largest file taken: 256 MB. */
const mostBytes = 2 ** 28
const identifier = "TFL3"

/**
 * A .tflite file's tables. Every offset is checked before it is followed, and the work is at most a few steps a byte of the
 * file however its tables overlap. Throws BAD_TFLITE; buffers are views into `file`.
 */
export function decode(file: Uint8Array): Table<"Model"> {
  if (file.length < 8) throw bad(`is ${file.length} bytes long`, "at least 8")
  if (file.length > mostBytes) throw bad(`is ${file.length} bytes long`, `at most ${mostBytes}`)
  const found = String.fromCharCode(...file.subarray(4, 8))
  if (found !== identifier) throw bad(`has ${JSON.stringify(found)} at byte 4`, `"${identifier}"`)
  const reader = new Reader(file)
  return reader.table("Model", reader.offset(0)) as Table<"Model">
}

const sizes = {bool: 1, int8: 1, uint8: 1, int32: 4, uint32: 4, uint64: 8, float32: 4} as const
type ScalarType = keyof typeof sizes

class Reader {
  readonly #bytes: ByteBuffer
  readonly #length: number
  /** Steps left: a legal file's tables do not overlap, so it needs at most about one a byte. */
  #budget: number

  constructor(file: Uint8Array) {
    this.#bytes = new ByteBuffer(file)
    this.#length = file.length
    this.#budget = 4 * file.length + 1024
  }

  /** The place an unsigned offset at `position` points to. */
  offset(position: number): number {
    const target = position + (this.#scalar("uint32", position) as number)
    this.#within(target, 4)
    return target
  }

  table(name: TableName, position: number): Record<string, unknown> {
    this.#within(position, 4)
    this.#spend(8)
    const vtable = position - this.#bytes.readInt32(position)
    this.#within(vtable, 4)
    const vtableBytes = this.#bytes.readUint16(vtable)
    const tableBytes = this.#bytes.readUint16(vtable + 2)
    this.#within(vtable, vtableBytes)
    this.#within(position, tableBytes)
    const result: Record<string, unknown> = {}
    for (const [key, field] of Object.entries(schema[name]) as [string, Field][]) {
      const [slot, , initial] = field
      const entry = 4 + 2 * slot
      const inside = entry + 2 <= vtableBytes ? this.#bytes.readUint16(vtable + entry) : 0
      if (inside >= tableBytes && inside !== 0)
        throw bad(`has a ${name}.${key} at ${inside} of ${tableBytes} bytes`, "a place inside its table")
      if (inside !== 0) {
        const value = this.#field(field, position + inside, result)
        if (value !== undefined) result[key] = value
      } else if (initial !== undefined) result[key] = field[1] === "bool" ? initial !== 0 : initial
    }
    return result
  }

  #field([, type]: Field, position: number, table: Record<string, unknown>): unknown {
    if (typeof type === "string") return this.#value(type, position)
    if ("table" in type) return this.table(type.table, this.offset(position))
    if ("union" in type) {
      const member = optionTables[table[type.union] as keyof typeof optionTables]
      return member === undefined ? undefined : this.table(member, this.offset(position))
    }
    const {start, count} = this.#vector(position, 4)
    return Array.from({length: count}, (_, i) => this.table(type.tables, this.offset(start + 4 * i)))
  }

  #value(type: ValueType, position: number): unknown {
    switch (type) {
      case "string": {
        const {start, count} = this.#vector(position, 1)
        this.#spend(count)
        return new TextDecoder().decode(this.#bytes.bytes().subarray(start, start + count))
      }
      case "bytes": {
        const {start, count} = this.#vector(position, 1)
        return this.#bytes.bytes().subarray(start, start + count)
      }
      case "int32s":
        return this.#list(position, 4, (at) => this.#bytes.readInt32(at))
      case "int64s":
        return this.#list(position, 8, (at) => Number(this.#bytes.readInt64(at)))
      case "float32s":
        return this.#list(position, 4, (at) => this.#bytes.readFloat32(at))
      default:
        return this.#scalar(type, position)
    }
  }

  #list(position: number, size: number, read: (at: number) => number): readonly number[] {
    const {start, count} = this.#vector(position, size)
    return Array.from({length: count}, (_, i) => read(start + size * i))
  }

  #vector(position: number, size: number): {start: number; count: number} {
    const vector = this.offset(position)
    const count = this.#bytes.readUint32(vector)
    this.#within(vector + 4, count * size)
    if (size > 1) this.#spend(count)
    return {start: vector + 4, count}
  }

  #scalar(type: ScalarType, position: number): number | boolean {
    this.#within(position, sizes[type])
    switch (type) {
      case "bool":
        return this.#bytes.readUint8(position) !== 0
      case "int8":
        return this.#bytes.readInt8(position)
      case "uint8":
        return this.#bytes.readUint8(position)
      case "int32":
        return this.#bytes.readInt32(position)
      case "uint32":
        return this.#bytes.readUint32(position)
      case "uint64":
        return Number(this.#bytes.readUint64(position))
      case "float32":
        return this.#bytes.readFloat32(position)
    }
  }

  #within(position: number, bytes: number): void {
    if (position < 0 || position + bytes > this.#length)
      throw bad(`points to bytes ${position} to ${position + bytes}`, `places inside its ${this.#length} bytes`)
  }

  #spend(steps: number): void {
    this.#budget -= steps
    if (this.#budget < 0) throw bad("uses the same bytes over and over", "tables that do not overlap")
  }
}

const bad = (found: string, expected: string): TlastError =>
  new TlastError({
    code: "BAD_TFLITE",
    where: "the .tflite file",
    message: `${found}, expected ${expected}`,
    hint: "convert or download the model again: this is no TFLite file, or it is damaged",
  })
