import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportFloat} from "../../src/export/float.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden} from "../../src/golden/run.ts"
import {add, conv2d, dense, flatten, network} from "../../src/graph/layers.ts"
import {elements} from "../../src/graph/shape.ts"
import {importTflite, inspect} from "../../src/import/tflite.ts"
import {toValues} from "../../src/quantize/calibrate.ts"
import {runFloat} from "../../src/quantize/float.ts"
import {lower} from "../../src/quantize/lower.ts"
import {decode} from "../../src/tflite/decode.ts"
import {encode} from "../../src/tflite/encode.ts"
import {type OperatorName, operators, type Table} from "../../src/tflite/schema.ts"
import {randomNetwork8} from "../export/networks.ts"
import {integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"

// biome-ignore lint/suspicious/noExplicitAny: tests reach into every corner of a file
type Mutable = any

function edited(file: Uint8Array, change: (graph: Mutable, model: Mutable) => void): Uint8Array {
  const model = structuredClone(decode(file)) as Mutable
  change(model.subgraphs[0], model)
  return encode(model as Table<"Model">)
}

/** The index of an operator code, added where the file has none. */
function code(model: Mutable, name: OperatorName): number {
  const builtinCode = operators[name]
  const known = model.operatorCodes.findIndex((each: Mutable) => each.builtinCode === builtinCode)
  if (known >= 0) return known
  model.operatorCodes.push({builtinCode, deprecatedBuiltinCode: Math.min(builtinCode, 127), version: 2})
  return model.operatorCodes.length - 1
}

const named = (graph: Mutable, name: string): number =>
  graph.tensors.findIndex((tensor: Mutable) => tensor.name === name)
const writer = (graph: Mutable, name: string): Mutable =>
  graph.operators.find(({outputs}: Mutable) => outputs[0] === named(graph, name))

/** A constant of integers. */
function table(graph: Mutable, model: Mutable, shape: readonly number[], values: readonly number[]): number {
  model.buffers.push({data: new Uint8Array(Int32Array.from(values).buffer)})
  graph.tensors.push({name: `table${graph.tensors.length}`, shape, type: 2, buffer: model.buffers.length - 1})
  return graph.tensors.length - 1
}

/** The padding of a convolution as a PAD before it. */
function padApart(file: Uint8Array, name: string, pads: readonly [number, number, number, number]): Uint8Array {
  return edited(file, (graph, model) => {
    const conv = writer(graph, name)
    const source = graph.tensors[conv.inputs[0]]
    const [, height, width, channels] = source.shape
    const [top, bottom, left, right] = pads
    const shape = [1, height + top + bottom, width + left + right, channels]
    graph.tensors.push({...source, name: "padded", shape})
    const padded = graph.tensors.length - 1
    const by = table(graph, model, [4, 2], [0, 0, top, bottom, left, right, 0, 0])
    const pad = {opcodeIndex: code(model, "PAD"), inputs: [conv.inputs[0], by], outputs: [padded]}
    graph.operators.splice(graph.operators.indexOf(conv), 0, pad)
    conv.inputs = [padded, ...conv.inputs.slice(1)]
    conv.builtinOptions.padding = 1
  })
}

/** A global AVERAGE_POOL_2D as the MEAN that converters write. */
function meanInstead(file: Uint8Array, name: string, axes: readonly number[], keepDims: boolean): Uint8Array {
  return edited(file, (graph, model) => {
    const pool = writer(graph, name)
    const by = table(graph, model, [axes.length], axes)
    Object.assign(pool, {
      opcodeIndex: code(model, "MEAN"),
      inputs: [pool.inputs[0], by],
      builtinOptionsType: 27,
      builtinOptions: {keepDims},
    })
    if (keepDims) return
    const output = graph.tensors[pool.outputs[0]]
    output.shape = [1, output.shape[3]]
  })
}

describe("float files of every layer", () => {
  test.each([separable, residual])("come back as the network that was exported: $name", (made) => {
    const model = filled(made, 4)
    const imported = importTflite(exportFloat(model))
    expect(imported.report.verdict).toBe("float")
    const next = random(5)
    for (let image = 0; image < 5; image++) {
      const values = toValues(Uint8Array.from({length: elements(made.input)}, () => integer(next, 0, 255)))
      expect(runFloat(lower(imported.model), values)).toEqual(runFloat(lower(model), values))
    }
  })

  test("may write padding 'same' as a PAD of its own", () => {
    const file = exportFloat(filled(separable, 6))
    const plain = importTflite(file)
    // 12x11, kernel 3, stride 2x1: nothing above, one row below, one column on either side.
    const imported = importTflite(padApart(file, "conv1", [0, 1, 1, 1]))
    expect(imported.model).toEqual(plain.model)
    expect(imported.report.operators.slice(0, 2).map(({operator, status}) => `${operator} ${status}`)).toEqual([
      "PAD rewritten",
      "CONV_2D ok",
    ])
    expect(() => importTflite(padApart(file, "conv1", [1, 1, 1, 1]))).toThrow(/padded by 1 above, 1 below/)
    expect(() => importTflite(padApart(file, "conv1", [1, 0, 1, 1]))).toThrow(
      /padded by 1 above, 0 below, 1 left and 1 right; padding 'same' is 0, 1, 1 and 1\n.*use padding 'same'/,
    )
  })

  test("may write a global average as a MEAN, and a depthwise convolution as one with groups", () => {
    const file = exportFloat(filled(separable, 7))
    const plain = importTflite(file)
    for (const [axes, keep] of [
      [[1, 2], true],
      [[-2, -3], true],
    ] as const) {
      const {model, report} = importTflite(meanInstead(file, "average2", axes, keep))
      expect(report.operators.find(({operator}) => operator === "MEAN")?.status).toBe("ok")
      const values = toValues(Uint8Array.from({length: elements(separable.input)}, (_, i) => (i * 7) % 256))
      expect(runFloat(lower(model), values)).toEqual(runFloat(lower(plain.model), values))
    }
    expect(() => importTflite(meanInstead(file, "average2", [3], true))).toThrow(/averages over the dimensions 3\n/)
    const grouped = edited(file, (graph, model) => {
      const depthwise = writer(graph, "depthwise1")
      const weights = graph.tensors[depthwise.inputs[1]]
      const [, height, width, channels] = weights.shape
      weights.shape = [channels, height, width, 1]
      const {data} = model.buffers[weights.buffer]
      const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length))
      const turned = values.map((_, i) => {
        const taps = height * width
        return values[(i % taps) * channels + Math.floor(i / taps)] as number
      })
      model.buffers[weights.buffer].data = new Uint8Array(turned.buffer)
      depthwise.opcodeIndex = code(model, "CONV_2D")
      depthwise.builtinOptionsType = 1
      const {padding, strideW, strideH, fusedActivationFunction} = depthwise.builtinOptions
      depthwise.builtinOptions = {
        padding,
        strideW,
        strideH,
        fusedActivationFunction,
        dilationWFactor: 1,
        dilationHFactor: 1,
      }
    })
    const imported = importTflite(grouped)
    expect(imported.model).toEqual(plain.model)
    expect(at(imported.report.operators, 1)).toMatchObject({status: "rewritten", note: "is a depthwiseConv2d"})
  })

  const cases: readonly (readonly [string, (graph: Mutable, model: Mutable) => void, RegExp])[] = [
    [
      "a depth multiplier",
      (g, m) => {
        const [, weights, bias] = writer(g, "depthwise1").inputs.map((index: number) => g.tensors[index])
        weights.shape[3] = 12
        m.buffers[weights.buffer].data = new Uint8Array(4 * 2 * 3 * 12)
        bias.shape[0] = 12
        m.buffers[bias.buffer].data = new Uint8Array(4 * 12)
      },
      /has 12 filters for 6 channels\n.*depth multiplier of 1, and a 1x1 convolution/,
    ],
    [
      "a dilated depthwise convolution",
      (g) => (writer(g, "depthwise1").builtinOptions.dilationHFactor = 2),
      /dilated\n.*dilation 1/,
    ],
    [
      "an average whose blocks overlap",
      (g) => (writer(g, "average1").builtinOptions.strideH = 1),
      /pools 2x2 with stride 1x2/,
    ],
    [
      "space to batch",
      (g, m) => (writer(g, "average1").opcodeIndex = code(m, "SPACE_TO_BATCH_ND")),
      /SPACE_TO_BATCH_ND\): is none.*\n.*dilated convolution/,
    ],
    [
      "batch to space",
      (g, m) => (writer(g, "average1").opcodeIndex = code(m, "BATCH_TO_SPACE_ND")),
      /BATCH_TO_SPACE_ND\): is none.*\n.*dilated convolution/,
    ],
    ["relu6 of an average", (g) => (writer(g, "average1").builtinOptions.fusedActivationFunction = 3), /RELU6\n.*relu/],
  ]
  test.each(cases)("are refused with a fix for %s", (_, change, message) => {
    expect(() => importTflite(edited(exportFloat(filled(separable, 8)), change))).toThrow(message)
  })

  const joins: readonly (readonly [string, (graph: Mutable, model: Mutable) => void, RegExp])[] = [
    [
      "a constant that is added",
      (g, m) => {
        const sum = writer(g, "add1")
        const [, height, width, channels] = g.tensors[sum.outputs[0]].shape
        sum.inputs[1] = table(g, m, [1, height, width, channels], Array(height * width * channels).fill(0))
      },
      /adds a constant\n.*bias of the layer before it/,
    ],
    [
      "a sum that is broadcast",
      (g) => (writer(g, "add1").inputs[1] = 0),
      /ADD\): adds 9x9x4 and 1x9x9x3\n.*broadcasting is not taken/,
    ],
    [
      "a branch that leads nowhere",
      (g) => (writer(g, "add3").inputs[1] = writer(g, "add3").inputs[0]),
      /makes a tensor that nobody reads\n.*leave it out/,
    ],
    [
      "a dense layer of two tensors",
      (g) => writer(g, "left").inputs.splice(1, 1, writer(g, "flatten1").outputs[0]),
      /reads 2 computed tensors\n.*only an add/,
    ],
  ]
  test.each(joins)("are refused with a fix for %s", (_, change, message) => {
    expect(() => importTflite(edited(exportFloat(filled(residual, 9)), change))).toThrow(message)
  })

  test("fold the scale of the pixels into every layer that reads them, and say where they cannot", () => {
    const file = exportFloat(filled(residual, 10))
    const plain = importTflite(file).model.parameters
    const scaled = importTflite(file, {pixelScale: 1 / 128}).model.parameters
    expect(scaled.conv1?.weights).toEqual(plain.conv1?.weights.map((weight) => 2 * weight))
    expect(scaled.conv2).toEqual(plain.conv2)
    const early = network("early", {height: 6, width: 6, channels: 2}, [
      conv2d({filters: 2, kernel: 3, padding: "same"}),
      add({inputs: ["conv1", "input"]}),
      flatten(),
      dense({units: 2}),
    ])
    const sums = exportFloat(filled(early, 11))
    expect(importTflite(sums).model.network.layers.map(({name}) => name)).toEqual(early.layers.map(({name}) => name))
    expect(() => importTflite(sums, {pixelScale: 1 / 255})).toThrow(/layer add1 \(add\): reads the pixels themselves/)
  })
})

describe("int8 files of every layer", () => {
  test("keep their integers bit for bit", () => {
    const seed = 300
    for (let n = seed; n < seed + 120; n++) {
      const network = randomNetwork8(n)
      const imported = importTflite(exportInt8(network))
      if (imported.kind !== "integer") throw new Error(`${n}: ${JSON.stringify(imported.report.operators)}`)
      const next = random(n)
      const images = Uint8Array.from({length: 3 * elements(network.input.shape)}, () => integer(next, 0, 255))
      const [was, is] = [network, imported.network].map((each) => runGolden(each, images).outputs)
      expect(is, `seed ${n}`).toEqual(was)
      if (network.logits8) expect(logits8(imported.network, is ?? []), `seed ${n}`).toEqual(logits8(network, was ?? []))
      expect(exportInt8(imported.network).length, `seed ${n}`).toBeGreaterThan(0)
    }
  })

  const sample = () => exportInt8(randomNetwork8(seedWith("add")))
  /** The first seed whose network has such a layer, and no relu on a pool. */
  function seedWith(kind: string): number {
    for (let n = 1; ; n++) if (randomNetwork8(n).layers.some((layer) => layer.kind === kind)) return n
  }

  test("with sums or averages of scales that LiteRT alone can hold are dequantised, and say why", () => {
    const rescaled = edited(sample(), (graph, model) => {
      const sum = graph.operators.find(({opcodeIndex}: Mutable) => opcodeIndex === code(model, "ADD"))
      graph.tensors[sum.outputs[0]].quantization.scale = [2 ** -30]
    })
    const {verdict, operators: rows} = inspect(rescaled)
    expect(verdict).toBe("rewritten")
    expect(JSON.stringify(rows.find(({operator}) => operator === "ADD")?.outputs)).toMatch(/adds fractions of/)
    const seed = Array.from({length: 400}, (_, n) => n).find((n) => {
      const {layers, logits8: sends} = randomNetwork8(n)
      return layers.at(-1)?.kind === "avgPool2d" && sends === undefined && layers.at(-2)?.kind === "conv2d"
    })
    const network = randomNetwork8(seed ?? 0)
    const mean = inspect(meanInstead(exportInt8(network), network.layers.at(-1)?.name ?? "", [1, 2], true))
    expect(mean.verdict).toBe("rewritten")
    expect(mean.operators.at(-1)?.outputs[0]?.rewritten).toMatch(/LiteRT rounds MEAN otherwise/)
  })
})
