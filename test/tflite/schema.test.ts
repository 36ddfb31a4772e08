import {execFileSync} from "node:child_process"
import {describe, expect, test} from "vitest"
import {decode} from "../../src/tflite/decode.ts"
import {encode} from "../../src/tflite/encode.ts"
import {
  activations,
  type Field,
  operators,
  optionTables,
  paddings,
  schema,
  tensorTypes,
} from "../../src/tflite/schema.ts"
import {requirePython} from "../tools.ts"

// Slots, defaults and enums of the generated schema that ships with the LiteRT wheel.
const script = `
import importlib.util, json, os, re
spec = importlib.util.find_spec("ai_edge_litert")
path = os.path.join(spec.submodule_search_locations[0], "schema_py_generated.py")
text = open(path).read()
slots = {}
for table, field, slot, kind, initial in re.findall(
    r"def ([A-Z]\\w*?)Add(\\w+)\\(builder.*\\n.*builder\\.Prepend(?=(?:\\w+)\\((\\d+))(\\w+)\\(\\d+, .*?, ([^,\\n]+)\\)\\n", text):
    slots.setdefault(table, {})[field] = [int(slot), kind, initial]
enums = {}
for name in ["BuiltinOperator", "TensorType", "Padding", "ActivationFunctionType", "BuiltinOptions"]:
    body = re.search(r"class %s\\(object\\):\\n((?:    .*\\n)+)" % name, text).group(1)
    enums[name] = {key: int(value) for key, value in re.findall(r"    (\\w+) = (-?\\d+)", body)}
print(json.dumps({"slots": slots, "enums": enums}))
`

interface Wheel {
  readonly slots: Readonly<Record<string, Readonly<Record<string, readonly [number, string, string]>>>>
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const kinds: Readonly<Record<string, string>> = {
  bool: "BoolSlot",
  int8: "Int8Slot",
  uint8: "Uint8Slot",
  int32: "Int32Slot",
  uint32: "Uint32Slot",
  uint64: "Uint64Slot",
  float32: "Float32Slot",
}

describe("the schema", () => {
  test("has the slots, types, defaults and codes of the LiteRT wheel", (context) => {
    const python = requirePython(context)
    const wheel = JSON.parse(execFileSync(python, ["-c", script], {encoding: "utf8"})) as Wheel
    let checked = 0
    for (const [table, fields] of Object.entries(schema)) {
      for (const [name, [slot, type, initial]] of Object.entries(fields) as [string, Field][]) {
        const found = wheel.slots[table]?.[name[0]?.toUpperCase() + name.slice(1)]
        const kind = typeof type === "string" ? (kinds[type] ?? "UOffsetTRelativeSlot") : "UOffsetTRelativeSlot"
        expect([found?.[0], found?.[1], Number(found?.[2])], `${table}.${name}`).toEqual([slot, kind, initial ?? 0])
        checked++
      }
    }
    expect(checked).toBe(59)
    for (const [ours, theirs] of [
      [operators, "BuiltinOperator"],
      [tensorTypes, "TensorType"],
      [paddings, "Padding"],
      [activations, "ActivationFunctionType"],
    ] as const)
      for (const [name, code] of Object.entries(ours)) expect(wheel.enums[theirs]?.[name], name).toBe(code)
    for (const [code, name] of Object.entries(optionTables))
      expect(wheel.enums.BuiltinOptions?.[name], name).toBe(Number(code))
  })

  test("writes what it reads, defaults and missing fields included", () => {
    const file = encode({
      version: 3,
      description: "büro",
      operatorCodes: [{builtinCode: 114, deprecatedBuiltinCode: 114}],
      buffers: [{}, {data: Uint8Array.of(1, 2, 3)}],
      subgraphs: [
        {tensors: [{shape: [1, 2], buffer: 1, quantization: {scale: [0.5], zeroPoint: [-128]}}], inputs: [0]},
      ],
    })
    const model = decode(file)
    expect(model.description).toBe("büro")
    expect(model.operatorCodes).toEqual([{builtinCode: 114, deprecatedBuiltinCode: 114, version: 1}])
    expect([...(model.buffers?.[1]?.data ?? [])]).toEqual([1, 2, 3])
    expect(model.subgraphs?.[0]).toEqual({
      tensors: [
        {
          shape: [1, 2],
          type: 0,
          buffer: 1,
          isVariable: false,
          quantization: {scale: [0.5], zeroPoint: [-128], detailsType: 0, quantizedDimension: 0},
        },
      ],
      inputs: [0],
    })
  })

  test("aligns data to 16 bytes", () => {
    const data = Uint8Array.of(9, 8, 7, 6, 5)
    const file = encode({version: 3, buffers: [{}, {data}, {data: data.slice(1)}, {data: data.slice(2)}]})
    for (const {data: found} of decode(file).buffers ?? [])
      if (found !== undefined) expect((found.byteOffset - file.byteOffset) % 16).toBe(0)
  })
})
