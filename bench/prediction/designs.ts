import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import {digitsLike, randomNetwork, type Spec} from "../../test/rtl/networks.ts"

export interface PredictionDesign {
  readonly name: string
  readonly network: IntegerNetwork
  readonly options: PlanOptions
}

const image = (height: number, width = height, channels = 1) => ({height, width, channels})
let seed = 100
const design = (
  name: string,
  shape: ReturnType<typeof image>,
  bits: number,
  specs: readonly Spec[],
  options: PlanOptions = {},
): PredictionDesign => ({name, network: modest(randomNetwork(name, seed++, shape, bits, specs)), options})

/** Biases as trained ones are, half a step of the output at most: larger ones saturate every sum, and synthesis sees it. */
const modest = (network: IntegerNetwork): IntegerNetwork => ({
  ...network,
  layers: network.layers.map((layer) => {
    if (!("bias" in layer)) return layer
    const step = 2 ** (layer.requantise?.shifts[0] ?? 6)
    return {...layer, bias: layer.bias.map((bias) => Math.round((bias * step) / 4000))}
  }),
})
const serial = (...layers: string[]): PlanOptions => ({
  layers: Object.fromEntries(layers.map((layer) => [layer, {engine: "serial" as const}])),
})

/** Designs of every engine, small first: only c4k3_4bit, and digits16, were looked at for the numbers of src/plan/cost.ts. */
export const designs: readonly PredictionDesign[] = [
  design("c2k3", image(8), 8, [{conv: 2, kernel: 3}, {pool: 2}, {dense: 4}]),
  design("c4k3_tflite", image(12), 8, [{conv: 4, kernel: 3, rounding: "tflite", shift: 8}, {pool: 2}, {dense: 10}]),
  design("c4k3_4bit", image(12), 4, [
    {conv: 4, kernel: 3, bits: 4, weightBits: 4},
    {pool: 2},
    {dense: 10, weightBits: 4},
  ]),
  design("c8k3_ternary", image(12), 4, [
    {conv: 8, kernel: 3, bits: 4, weightBits: 2, shift: 3},
    {pool: 2},
    {dense: 10},
  ]),
  design("c4k5_2lanes", image(16), 8, [{conv: 4, kernel: 5, spread: 20}, {pool: 4}, {dense: 10}], {lanes: 2}),
  design("c4k3_4lanes", image(12), 4, [{conv: 4, kernel: 3, bits: 4, weightBits: 4}, {pool: 2}, {dense: 5}], {
    lanes: 4,
  }),
  design("c2k3_8lanes", image(16), 4, [{conv: 2, kernel: 3, bits: 4, weightBits: 3}, {pool: 2}, {dense: 4}], {
    lanes: 8,
  }),
  design("c3k3_wrap", image(10, 10, 2), 8, [
    {conv: 3, kernel: 3, relu: false, overflow: "wrap", rounding: "floor"},
    {pool: 2},
    {dense: 4},
  ]),
  design("c3k2_even", image(10), 6, [{conv: 3, kernel: 2, rounding: "half-even", bits: 6}, {pool: 3}, {dense: 3}]),
  design("mlp_12_6", image(8), 8, [{dense: 12, shift: 9}, {dense: 6, shift: 8}, {dense: 3}]),
  design("mlp_4bit", image(8), 4, [
    {dense: 16, shift: 6, bits: 4, weightBits: 4},
    {dense: 5, weightBits: 4},
  ]),
  design("serial_first", image(12), 8, [{conv: 4, kernel: 3, shift: 8}, {pool: 2}, {dense: 3}], serial("layer0")),
  design(
    "serial_k5",
    image(14),
    4,
    [{conv: 6, kernel: 5, bits: 4, weightBits: 4, shift: 6}, {pool: 2}, {dense: 5}],
    serial("layer0"),
  ),
  design(
    "two_serial",
    image(16),
    4,
    [
      {conv: 4, kernel: 3, bits: 4, weightBits: 4, shift: 5},
      {pool: 2},
      {conv: 6, kernel: 3, bits: 4, weightBits: 2, shift: 3},
      {pool: 2},
      {dense: 5, weightBits: 4},
    ],
    serial("layer2"),
  ),
  design(
    "two_constant",
    image(14),
    4,
    [
      {conv: 3, kernel: 3, bits: 4, weightBits: 4},
      {pool: 2},
      {conv: 4, kernel: 3, bits: 4, weightBits: 2, shift: 3},
      {pool: 2},
      {dense: 5},
    ],
    {layers: {layer2: {engine: "constant"}}},
  ),
  design("no_pool", image(8), 8, [{conv: 2, kernel: 3, bits: 6}, {dense: 4}], {lanes: 4}),
  design("two_adders", image(12), 8, [{conv: 4, kernel: 3}, {pool: 2}, {dense: 10}], {
    layers: {layer0: {addersPerStage: 2}},
  }),
  design("c8k5", image(16), 8, [
    {conv: 8, kernel: 5, spread: 20, rounding: "tflite", shift: 7},
    {pool: 4},
    {dense: 10},
  ]),
  design("c8k5_4lanes", image(16), 4, [{conv: 8, kernel: 5, bits: 4, weightBits: 4}, {pool: 4}, {dense: 10}], {
    lanes: 4,
  }),
  design("folded_conv", image(12), 8, [{conv: 4, kernel: 3, shift: 8}, {pool: 2}, {dense: 6}], {
    layers: {layer0: {engine: "folded", pe: 2, simd: 3}},
  }),
  design("folded_packed", image(14), 8, [{conv: 6, kernel: 3, shift: 8}, {pool: 2}, {dense: 6}], {
    layers: {layer0: {multiplier: "packed", pe: 6, simd: 3}},
  }),
  design("folded_luts", image(12), 4, [{conv: 4, kernel: 3, bits: 4, weightBits: 4, shift: 5}, {pool: 2}, {dense: 6}], {
    layers: {layer0: {multiplier: "lut", pe: 4, simd: 3}},
  }),
  {name: "digits16_like", network: digitsLike(1), options: {}},
]
