import {Builder} from "flatbuffers"
import {bug} from "../errors.ts"
import {type Field, optionTables, schema, type Table, type TableName, type ValueType} from "./schema.ts"

/** The file of a model's tables; data is aligned to 16 bytes, as LiteRT wants it. The same tables give the same bytes. */
export function encode(model: Table<"Model">): Uint8Array {
  const builder = new Builder(1 << 16)
  builder.finish(table(builder, "Model", model), "TFL3")
  return builder.asUint8Array().slice()
}

/** Children first, as FlatBuffers wants it: vectors, strings and tables, then the table that points to them. */
function table(builder: Builder, name: TableName, values: Readonly<Record<string, unknown>>): number {
  const fields = Object.entries(schema[name]) as [string, Field][]
  const offsets = new Map<string, number>()
  for (const [key, [, type]] of fields) {
    const value = values[key]
    if (value !== undefined && !isScalar(type)) offsets.set(key, child(builder, type, value, values))
  }
  const slots = Math.max(...fields.map(([, [slot]]) => slot)) + 1
  builder.startObject(slots)
  for (const [key, [slot, type, initial]] of fields) {
    const value = values[key]
    const offset = offsets.get(key)
    if (offset !== undefined) builder.addFieldOffset(slot, offset, 0)
    else if (value !== undefined && isScalar(type)) scalar(builder, slot, type, Number(value), initial ?? 0)
  }
  return builder.endObject()
}

function child(builder: Builder, type: Field[1], value: unknown, parent: Readonly<Record<string, unknown>>): number {
  if (typeof type === "object") {
    if ("tables" in type) {
      const items = (value as readonly Record<string, unknown>[]).map((item) => table(builder, type.tables, item))
      return vector(builder, 4, items, (offset) => builder.addOffset(offset))
    }
    const member = "table" in type ? type.table : optionTables[parent[type.union] as keyof typeof optionTables]
    if (member === undefined) throw bug("encode", "options without a type")
    return table(builder, member, value as Record<string, unknown>)
  }
  switch (type) {
    case "string":
      return builder.createString(value as string)
    case "bytes": {
      const bytes = value as Uint8Array
      builder.prep(16, bytes.length)
      return builder.createByteVector(bytes)
    }
    case "int32s":
      return vector(builder, 4, value as readonly number[], (n) => builder.addInt32(n))
    case "int64s":
      return vector(builder, 8, value as readonly number[], (n) => builder.addInt64(BigInt(n)))
    case "float32s":
      return vector(builder, 4, value as readonly number[], (n) => builder.addFloat32(n))
    default:
      throw bug("encode", `${type} is no vector`)
  }
}

function vector(builder: Builder, size: number, items: readonly number[], add: (item: number) => void): number {
  builder.startVector(size, items.length, size)
  for (const item of items.toReversed()) add(item)
  return builder.endVector()
}

type ScalarType = "bool" | "int8" | "uint8" | "int32" | "uint32" | "uint64" | "float32"
const scalars: readonly string[] = ["bool", "int8", "uint8", "int32", "uint32", "uint64", "float32"]
const isScalar = (type: Field[1]): type is ScalarType & ValueType => typeof type === "string" && scalars.includes(type)

function scalar(builder: Builder, slot: number, type: ScalarType, value: number, initial: number): void {
  switch (type) {
    case "bool":
    case "int8":
    case "uint8":
      builder.addFieldInt8(slot, value, initial)
      break
    case "int32":
    case "uint32":
      builder.addFieldInt32(slot, value, initial)
      break
    case "uint64":
      builder.addFieldInt64(slot, BigInt(value), BigInt(initial))
      break
    case "float32":
      builder.addFieldFloat32(slot, value, initial)
      break
  }
}
