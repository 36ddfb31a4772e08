import {describe, expect, test} from "vitest"
import {checkModel} from "../../src/graph/check.ts"
import {foldBatchNorm} from "../../src/graph/fold-batch-norm.ts"
import {geometry} from "../../src/graph/geometry.ts"
import {floatModelFromJson, floatModelToJson} from "../../src/graph/json.ts"
import {
  add,
  avgPool2d,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAvgPool2d,
  inputShape,
  type LayerSpec,
  maxPool2d,
  network,
  relu,
  weightCount,
} from "../../src/graph/layers.ts"
import type {FloatModel, Network, Parameters} from "../../src/graph/network.ts"
import {random} from "../golden/networks.ts"

const image = {height: 28, width: 28, channels: 1}

const residual: readonly LayerSpec[] = [
  conv2d({filters: 4, kernel: 3, padding: "same", stride: 2}),
  batchNorm(),
  relu({name: "trunk"}),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  conv2d({filters: 4, kernel: 1}),
  batchNorm({epsilon: 1e-5}),
  add({inputs: ["trunk", "norm2"]}),
  relu(),
  avgPool2d({size: 2}),
  globalAvgPool2d(),
  dense({units: 10}),
]

function filled(net: Network, seed: number): FloatModel {
  const next = random(seed)
  const draw = (n: number, low: number) => Float32Array.from({length: n}, () => low + next())
  const parameters: Record<string, Parameters> = {}
  for (const layer of net.layers) {
    const weights = weightCount(layer, inputShape(net, layer))
    const {channels} = layer.output
    if (weights === 0) continue
    parameters[layer.name] = {weights: draw(weights, -0.5), bias: draw(channels, -0.5)}
    if (layer.kind === "batchNorm")
      parameters[layer.name] = {
        weights: draw(channels, 0.5),
        bias: draw(channels, -0.5),
        mean: draw(channels, -0.5),
        variance: draw(channels, 0.1),
      }
  }
  return {network: net, parameters}
}

describe("layers beyond the plain chain", () => {
  test("a residual network has the shapes TensorFlow gives it", () => {
    const {layers} = network("residual", image, residual)
    expect(
      layers.map(({name, inputs, output: {height, width, channels}}) => [name, inputs.join(), height, width, channels]),
    ).toEqual([
      ["conv1", "input", 14, 14, 4],
      ["norm1", "conv1", 14, 14, 4],
      ["trunk", "norm1", 14, 14, 4],
      ["depthwise1", "trunk", 14, 14, 4],
      ["conv2", "depthwise1", 14, 14, 4],
      ["norm2", "conv2", 14, 14, 4],
      ["add1", "trunk,norm2", 14, 14, 4],
      ["relu2", "add1", 14, 14, 4],
      ["average1", "relu2", 7, 7, 4],
      ["average2", "average1", 1, 1, 4],
      ["dense1", "average2", 1, 1, 10],
    ])
  })

  // [input, kernel, stride] and TensorFlow's [before, after, output], from its documentation of SAME.
  test.each([
    [28, 3, 1, 1, 1, 28],
    [28, 3, 2, 0, 1, 14],
    [7, 3, 2, 1, 1, 4],
    [5, 2, 1, 0, 1, 5],
    [4, 1, 3, 0, 0, 2],
    [6, 5, 4, 1, 2, 2],
  ])(
    "same padding of %i by kernel %i and stride %i is %i before, %i after, %i windows",
    (side, k, s, before, after, out) => {
      const square = (n: number) => ({height: n, width: n})
      const found = geometry({kernel: square(k), stride: square(s), padding: "same"}, square(side))
      expect([found.top, found.bottom, found.left, found.right]).toEqual([before, after, before, after])
      expect(found.output).toEqual(square(out))
    },
  )

  test.each([
    [
      "a sum of two shapes",
      [conv2d({filters: 2, kernel: 3}), add({inputs: ["input", "conv1"]})],
      "SHAPE_MISMATCH",
      /same|one shape/,
    ],
    [
      "a branch nobody reads",
      [relu({name: "lost"}), conv2d({filters: 2, kernel: 3, inputs: ["input"]})],
      "BAD_LAYER",
      /lost/,
    ],
    ["a tensor that does not exist", [conv2d({filters: 2, kernel: 3, inputs: ["nowhere"]})], "BAD_LAYER", /nowhere/],
    ["a sum of one tensor", [{kind: "add", inputs: ["input"]} as LayerSpec], "BAD_LAYER", /expected 2/],
    ["a stride of 0", [conv2d({filters: 2, kernel: 3, stride: 0})], "BAD_LAYER", /stride height is 0/],
    [
      "a padding that is none of ours",
      [{...conv2d({filters: 2, kernel: 3}), padding: "full"} as unknown as LayerSpec],
      "BAD_LAYER",
      /full/,
    ],
    ["an epsilon of 0", [conv2d({filters: 2, kernel: 3}), batchNorm({epsilon: 0})], "BAD_LAYER", /epsilon/],
  ] as const)("%s is refused", (_, specs, code, message) => {
    expect(() => network("n", image, specs)).toThrow(
      expect.objectContaining({code, message: expect.stringMatching(message)}),
    )
  })

  test("a model with branches and batch norm reads back as it was written", () => {
    const model = filled(network("residual", image, residual), 7)
    checkModel(model)
    const text = floatModelToJson(model)
    expect(floatModelFromJson(text, "file")).toEqual(model)
    expect(floatModelToJson(floatModelFromJson(text, "file"))).toBe(text)
  })
})

describe("foldBatchNorm", () => {
  test("scales each channel of the layer before it and leaves no trace", () => {
    const model = filled(
      network("small", image, [conv2d({filters: 2, kernel: 3}), batchNorm(), flatten(), dense({units: 3})]),
      3,
    )
    const folded = foldBatchNorm(model)
    expect(folded.network.layers.map(({name, inputs}) => [name, inputs[0]])).toEqual([
      ["conv1", "input"],
      ["flatten1", "conv1"],
      ["dense1", "flatten1"],
    ])
    checkModel(folded)
    const norm = model.parameters.norm1
    const scale = (c: number) => (norm?.weights[c] ?? 0) / Math.sqrt((norm?.variance?.[c] ?? 0) + 1e-3)
    expect(folded.parameters.conv1?.weights[10]).toBe(
      Math.fround((model.parameters.conv1?.weights[10] ?? 0) * scale(1)),
    )
    expect(folded.parameters.conv1?.bias[0]).toBe(
      Math.fround(((model.parameters.conv1?.bias[0] ?? 0) - (norm?.mean?.[0] ?? 0)) * scale(0) + (norm?.bias[0] ?? 0)),
    )
  })

  test.each([
    ["after a pool", [maxPool2d({size: 2}), batchNorm()], /no weights to fold it into/],
    [
      "after a layer others read",
      [conv2d({filters: 1, kernel: 1}), batchNorm(), add({inputs: ["conv1", "norm1"]})],
      /add1 reads too/,
    ],
  ] as const)("a batchNorm %s is refused", (_, specs, message) => {
    expect(() => foldBatchNorm(filled(network("n", image, specs), 1))).toThrow(
      expect.objectContaining({code: "BAD_LAYER", message: expect.stringMatching(message)}),
    )
  })
})
