import {readFileSync} from "node:fs"
import {Builder} from "flatbuffers"
import {describe, expect, test} from "vitest"
import {at, TlastError} from "../../src/errors.ts"
import {exportFloat} from "../../src/export/float.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden} from "../../src/golden/run.ts"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {importTflite, inspect} from "../../src/import/tflite.ts"
import {decode} from "../../src/tflite/decode.ts"
import {encode} from "../../src/tflite/encode.ts"
import type {Table} from "../../src/tflite/schema.ts"
import {randomNetwork8} from "../export/networks.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"
import {findFile} from "../tools.ts"

const seed = 31

function floatModel(): FloatModel {
  const next = random(seed)
  const made = network("small", {height: 12, width: 10, channels: 2}, [
    conv2d({filters: 3, kernel: {height: 3, width: 2}}),
    relu(),
    maxPool2d({size: {height: 2, width: 3}}),
    flatten(),
    dense({units: 6}),
    relu(),
    dense({units: 4}),
  ])
  const fill = (length: number) => Float32Array.from({length}, () => next() * 2 - 1)
  return {
    network: made,
    parameters: {
      conv1: {weights: fill(3 * 3 * 2 * 2), bias: fill(3)},
      dense1: {weights: fill(6 * 45), bias: fill(6)},
      dense2: {weights: fill(4 * 6), bias: fill(4)},
    },
  }
}

const float = exportFloat(floatModel())
const int8 = exportInt8(digits16(9))
const others = [
  exportFloat(filled(separable, 1)),
  exportFloat(filled(residual, 2)),
  ...[5, 11, 12].map((n) => exportInt8(randomNetwork8(n))),
]

/** The file with its tables changed. */
function edited(file: Uint8Array, change: (model: Mutable) => void): Uint8Array {
  const model = structuredClone(decode(file)) as Mutable
  change(model)
  return encode(model as Table<"Model">)
}
// biome-ignore lint/suspicious/noExplicitAny: tests reach into every corner of a file
type Mutable = any

const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (error instanceof TlastError) return error.code
    throw error
  }
  return "none"
}

describe("importing a float file", () => {
  test("gives the network that was exported, weight for weight", () => {
    const imported = importTflite(float, {name: "small"})
    const {network: made, parameters} = floatModel()
    expect(imported.kind).toBe("float")
    expect(imported.report.verdict).toBe("float")
    expect(imported.model.network).toEqual(made)
    for (const name of Object.keys(parameters)) expect(imported.model.parameters[name]).toEqual(parameters[name])
  })

  test("folds the scale of its pixels into the first layer alone", () => {
    const {model} = importTflite(float, {pixelScale: 1 / 128})
    expect(model.parameters.conv1?.weights).toEqual(floatModel().parameters.conv1?.weights.map((w) => w * 2))
    expect(model.parameters.conv1?.bias).toEqual(floatModel().parameters.conv1?.bias)
    expect(model.parameters.dense1).toEqual(floatModel().parameters.dense1)
  })

  test("inspects each operator with shapes and types", () => {
    const {operators} = inspect(float)
    expect(operators.map(({operator, status}) => `${operator} ${status}`)).toEqual([
      "CONV_2D ok",
      "MAX_POOL_2D ok",
      "RESHAPE ok",
      "FULLY_CONNECTED ok",
      "FULLY_CONNECTED ok",
      "SOFTMAX rewritten",
    ])
    expect(operators[0]?.inputs[1]).toEqual({name: "conv1/weights", shape: [3, 3, 2, 2], type: "FLOAT32"})
  })
})

describe("importing an int8 file", () => {
  test("takes over power-of-two scales bit for bit", () => {
    const original = digits16(9)
    const imported = importTflite(int8)
    if (imported.kind !== "integer") throw new Error("expected integers")
    expect(imported.report.verdict).toBe("bit-exact")
    const next = random(seed)
    const images = Uint8Array.from({length: 3 * 784}, () => integer(next, 0, 255))
    const [was, is] = [runGolden(original, images), runGolden(imported.network, images)]
    expect(is.outputs).toEqual(was.outputs)
    expect(logits8(imported.network, is.outputs)).toEqual(logits8(original, was.outputs))
    expect(exportInt8({...imported.network, name: "a"}).length).toBeGreaterThan(0)
  })

  test("sees through QUANTIZE, DEQUANTIZE and softmax around it, and a reshape of the image before it", () => {
    const wrapped = (scale: number) =>
      edited(int8, (model) => {
        const [graph] = model.subgraphs
        const shape = [1, 28, 28, 1]
        const count = graph.tensors.length
        const codes = model.operatorCodes.length
        model.operatorCodes.push({builtinCode: 114, deprecatedBuiltinCode: 114}, {builtinCode: 6}, {builtinCode: 25})
        graph.tensors[0].quantization.scale = [scale]
        graph.tensors.push({shape: [1, 784], type: 0, name: "pixels"}, {shape, type: 0, name: "image_float"})
        graph.tensors.push({shape: [1, 10], type: 0, name: "logits_float"}, {shape: [1, 10], type: 0, name: "classes"})
        const [conv, pool, reshape, last] = graph.operators
        graph.operators = [
          {opcodeIndex: reshape.opcodeIndex, inputs: [count], outputs: [count + 1]},
          {opcodeIndex: codes, inputs: [count + 1], outputs: [0]},
          conv,
          pool,
          reshape,
          last,
          {opcodeIndex: codes + 1, inputs: last.outputs, outputs: [count + 2]},
          {opcodeIndex: codes + 2, inputs: [count + 2], outputs: [count + 3]},
        ]
        graph.inputs = [count]
        graph.outputs = [count + 3]
      })
    const imported = importTflite(wrapped(2 ** -8))
    if (imported.kind !== "integer") throw new Error(JSON.stringify(imported.report))
    const plain = importTflite(int8)
    expect(imported.network).toEqual(plain.kind === "integer" ? plain.network : undefined)
    expect(imported.report.operators.map(({status}) => status)).toEqual([
      "rewritten",
      "ok",
      "ok",
      "ok",
      "ok",
      "ok",
      "ok",
      "rewritten",
    ])
    expect(importTflite(wrapped(2 ** -7)).report.verdict).toBe("rewritten")
  })

  test("rewrites any other scale, says of which tensor, and never calls it equal", () => {
    const file = edited(int8, (model) => {
      model.subgraphs[0].tensors[1].quantization.scale = [0.003]
    })
    const imported = importTflite(file)
    expect(imported.kind).toBe("float")
    expect(imported.report.verdict).toBe("rewritten")
    const row = imported.report.operators[0]
    expect(row?.status).toBe("rewritten")
    expect(row?.inputs[1]?.rewritten).toMatch(/scale 0.003.* is no power of two/)
    const weights = imported.model.parameters.conv1?.weights
    expect(weights?.[0]).toBe(
      Math.fround(Math.fround(0.003) * at((digits16(9).layers[0] as {weights: Int8Array}).weights, 0)),
    )
  })

  test("rewrites zero points that pixels and weights of ours cannot have", () => {
    const zero = (tensor: number, value: number) =>
      edited(int8, (model) => {
        const {quantization} = model.subgraphs[0].tensors[tensor]
        quantization.zeroPoint = quantization.zeroPoint.map(() => value)
      })
    expect(inspect(zero(0, 0)).verdict).toBe("rewritten")
    expect(inspect(zero(0, -100)).verdict).toBe("rewritten")
    expect(inspect(zero(1, 3)).operators[0]?.inputs[1]?.rewritten).toMatch(/zero point other than 0/)
    expect(inspect(zero(2, 1)).verdict).toBe("rewritten")
  })

  test("rewrites a bias or a pool of another scale than LiteRT's rule gives", () => {
    const scaled = (tensor: string) =>
      inspect(
        edited(int8, (model) => {
          const found = model.subgraphs[0].tensors.find(({name}: {name: string}) => name === tensor)
          found.quantization.scale = [found.quantization.scale[0] * 2]
        }),
      )
    expect(scaled("conv/bias").operators[0]?.inputs[2]?.rewritten).toMatch(/not the input's times the weights'/)
    expect(scaled("pool").operators[1]?.outputs[0]?.rewritten).toMatch(/not that of the layer's input/)
  })

  test("dequantises weights as scale x (q - zero point)", () => {
    const file = edited(int8, (model) => {
      model.subgraphs[0].tensors[1].quantization.zeroPoint = [5]
    })
    const stored = (digits16(9).layers[0] as {weights: Int8Array}).weights
    expect(importTflite(file).model.parameters.conv1?.weights).toEqual(Float32Array.from(stored, (q) => (q - 5) / 128))
  })

  test("dequantises offsets of the pixels into the first layer's bias", () => {
    const file = edited(int8, (model) => {
      model.subgraphs[0].tensors[0].quantization.zeroPoint = [-120]
    })
    const plain = importTflite(int8).model.parameters.conv1
    const moved = importTflite(file).model.parameters.conv1
    expect(moved?.weights).toEqual(plain?.weights)
    const taps = plain?.weights.subarray(0, 25) ?? new Float32Array()
    const sum = taps.reduce((a, b) => a + b, 0)
    expect(moved?.bias[0]).toBeCloseTo((plain?.bias[0] ?? 0) + (-8 / 256) * sum, 6)
  })
})

describe("what is not supported", () => {
  const cases: readonly (readonly [string, (graph: Mutable, model: Mutable) => void, RegExp])[] = [
    [
      "stride 0",
      (g) => (g.operators[0].builtinOptions.strideW = 0),
      /operator 0 \(CONV_2D\): has stride 1x0\n.*1 or more/,
    ],
    ["a stride the shape denies", (g) => (g.operators[0].builtinOptions.strideW = 2), /output is 10x9x3, it is 10x5x3/],
    [
      "a padding the shape denies",
      (g) => (g.operators[0].builtinOptions.padding = 0),
      /output is 10x9x3, it is 12x10x3/,
    ],
    ["groups", (g) => Object.assign(g.tensors[1], {shape: [6, 3, 2, 1]}), /weights for 1 channels, its input has 2/],
    ["dilation", (g) => (g.operators[0].builtinOptions.dilationWFactor = 2), /dilated/],
    ["relu6", (g) => (g.operators[0].builtinOptions.fusedActivationFunction = 3), /RELU6\n.*relu/],
    ["overlapping pools", (g) => (g.operators[1].builtinOptions.strideW = 1), /pools 2x3 with stride 2x1/],
    [
      "another operator",
      (_, m) => Object.assign(m.operatorCodes[1], {builtinCode: 28, deprecatedBuiltinCode: 28}),
      /TANH\): is none.*\n.*train with relu/,
    ],
    ["an unknown operator", (_, m) => Object.assign(m.operatorCodes[1], {builtinCode: 999}), /operator 999\): is none/],
    [
      "an end that is not the last",
      (g) => g.outputs.splice(0, 1, g.operators[4].outputs[0]),
      /SOFTMAX\): .*nobody reads/,
    ],
    ["two inputs", (g) => g.inputs.push(1), /2 inputs/],
    ["two subgraphs", (_, m) => m.subgraphs.push(m.subgraphs[0]), /2 subgraphs/],
    ["weights of another type", (g) => (g.tensors[1].type = 13), /holds type 13, expected FLOAT32/],
  ]
  test.each(cases)("is said with its fix: %s", (_, change, message) => {
    const file = edited(float, (model) => change(model.subgraphs[0], model))
    expect(() => importTflite(file)).toThrow(message)
    expect(codeOf(() => importTflite(file))).toBe("NOT_SUPPORTED")
  })
})

describe("damaged files", () => {
  const wrong: readonly (readonly [string, (graph: Mutable, model: Mutable) => void, RegExp])[] = [
    ["a NaN weight", (_, m) => m.buffers[1].data.fill(255), /conv1\/weights.*element 0 is NaN/],
    [
      "too little data",
      (_, m) => (m.buffers[1].data = m.buffers[1].data.slice(4)),
      /found 140 bytes of data, expected 144/,
    ],
    ["a huge shape", (g) => (g.tensors[0].shape = [1, 65536, 65536, 65536]), /at most 16777216 elements/],
    ["a negative side", (g) => (g.tensors[0].shape = [1, -2, 2, 2]), /sides of at least 1/],
    ["a zero side", (g) => (g.tensors[0].shape = [1, 0, 2, 2]), /sides of at least 1/],
    ["a tensor out of range", (g) => (g.operators[0].inputs = [0, 99, 2]), /tensor number 99/],
    ["a cycle", (g) => (g.operators[0].inputs = [g.operators[5].outputs[0], 1, 2]), /before anything writes it/],
    ["a tensor written twice", (g) => (g.operators[1].outputs = g.operators[0].outputs), /writes .* again/],
    ["a missing buffer", (g) => (g.tensors[1].buffer = 77), /buffer 77/],
    ["an operator code out of range", (g) => (g.operators[0].opcodeIndex = 50), /operator code 50/],
    ["another schema", (_, m) => (m.version = 2), /schema version 2/],
    ["no subgraph", (_, m) => (m.subgraphs = []), /no subgraph/],
  ]
  test.each(wrong)("are refused: %s", (_, change, message) => {
    const file = edited(float, (model) => change(model.subgraphs[0], model))
    expect(() => importTflite(file)).toThrow(message)
  })

  test.each([
    ["zero", 0],
    ["negative", -0.5],
    ["NaN", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
  ])("are refused: a scale that is %s", (_, scale) => {
    const file = edited(int8, (model) => {
      model.subgraphs[0].tensors[0].quantization.scale = [scale]
    })
    expect(codeOf(() => inspect(file))).toBe("BAD_TFLITE")
  })

  test("of the wrong kind, empty or cut anywhere give typed errors", () => {
    expect(codeOf(() => inspect(new Uint8Array(0)))).toBe("BAD_TFLITE")
    expect(codeOf(() => inspect(new TextEncoder().encode("PK\u0003\u0004 a zip file")))).toBe("BAD_TFLITE")
    expect(() => inspect(float.slice(0, float.length / 2))).toThrow(
      /points to bytes \d+ to \d+, expected places inside/,
    )
    for (let length = 0; length < float.length; length += length < 400 ? 1 : 37)
      expect(["BAD_TFLITE", "NOT_SUPPORTED"]).toContain(codeOf(() => importTflite(float.slice(0, length))))
  })

  test("with bytes changed at random give typed errors or networks, within the time of the work", () => {
    const fuzzSeed = Number(process.env.TLAST_FUZZ_SEED ?? 77)
    const runs = Number(process.env.TLAST_FUZZ_RUNS ?? 3000)
    const next = random(fuzzSeed)
    let refused = 0
    for (let run = 0; run < runs; run++) {
      const source = at([float, int8, ...others], run % (2 + others.length))
      const file = source.slice()
      // Structure lies at the ends of a FlatBuffer; weights in the middle would only change numbers.
      for (let n = integer(next, 1, 6); n > 0; n--) {
        const place = next() < 0.5 ? integer(next, 0, 600) : integer(next, file.length - 3000, file.length - 1)
        file[Math.min(Math.max(place, 0), file.length - 1)] = next() < 0.3 ? 255 : integer(next, 0, 255)
      }
      try {
        importTflite(file)
      } catch (error) {
        if (!(error instanceof TlastError) || error.exitCode !== 2)
          throw new Error(`TLAST_FUZZ_SEED=${fuzzSeed}, run ${run}: ${String(error)}`, {cause: error})
        refused++
      }
    }
    expect(refused).toBeGreaterThan(runs / 10)
  })

  test("whose tables share their bytes over and over are refused, not read for hours", () => {
    const builder = new Builder(1024)
    const count = 50_000
    builder.startVector(4, count, 4)
    for (let i = 0; i < count; i++) builder.addInt32(0)
    const inputs = builder.endVector()
    builder.startObject(5)
    builder.addFieldOffset(1, inputs, 0)
    const operator = builder.endObject()
    builder.startVector(4, count, 4)
    for (let i = 0; i < count; i++) builder.addOffset(operator)
    const operators = builder.endVector()
    builder.startObject(5)
    builder.addFieldOffset(3, operators, 0)
    const graph = builder.endObject()
    builder.startVector(4, 1, 4)
    builder.addOffset(graph)
    const graphs = builder.endVector()
    builder.startObject(5)
    builder.addFieldInt32(0, 3, 0)
    builder.addFieldOffset(2, graphs, 0)
    builder.finish(builder.endObject(), "TFL3")
    expect(() => inspect(builder.asUint8Array())).toThrow(/the same bytes over and over/)
  })
})

describe("the seed model", () => {
  test("is imported, its weights lie on a 1/128 grid", (context) => {
    const path = findFile("../shared/seed/model.tflite") ?? context.skip("the optional real model is not there")
    const {kind, model, report} = importTflite(readFileSync(path), {name: "seed"})
    expect(kind).toBe("float")
    expect(report.operators.map(({status}) => status)).toEqual(["ok", "ok", "ok", "ok", "rewritten"])
    for (const name of ["conv1", "dense1"])
      expect(model.parameters[name]?.weights.every((w) => Number.isInteger(w * 128))).toBe(true)
  })
})
