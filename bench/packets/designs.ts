import {byName} from "../../models/index.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {saturatedResults} from "../../src/quantize/results.ts"
import {blankNetwork} from "../../src/weights/blank.ts"
import {hls2020} from "../../test/rtl/header.ts"
import {digitsLike, randomNetwork} from "../../test/rtl/networks.ts"

/** A core with loadable weights whose resources are counted. */
export interface LoadableDesign {
  readonly name: string
  readonly network: IntegerNetwork
  readonly options: PlanOptions
}

const engine = (layer: string, pe: number, simd: number): PlanOptions => ({layers: {[layer]: {pe, simd}}})
const hls = (pe: number, simd: number): PlanOptions => ({arithmetic: "hls-2020", ...engine("conv1", pe, simd)})
const digits = saturatedResults(digitsLike(1))

/** The first six are what src/plan/loadable-cost.ts was made from; the others were not looked at. */
export const designs: readonly LoadableDesign[] = [
  {name: "hls-2020 16x5", network: hls2020(8), options: hls(16, 5)},
  {name: "default 16x5", network: digits, options: engine("layer0", 16, 5)},
  {name: "hls-2020 16x25", network: hls2020(8), options: {...hls(16, 25), target: "fastest"}},
  {name: "default 16x25", network: digits, options: {...engine("layer0", 16, 25), target: "fastest"}},
  {name: "mlp128", network: saturatedResults(blankNetwork(byName("mlp128"))), options: {}},
  {name: "dense128x10", network: saturatedResults(blankNetwork(byName("dense128x10"))), options: {}},
  {name: "default 8x5", network: digits, options: engine("layer0", 8, 5)},
  {name: "hls-2020 16x1", network: hls2020(8), options: hls(16, 1)},
  {
    name: "two convolutions",
    network: saturatedResults(
      randomNetwork("deep", 3, {height: 14, width: 14, channels: 1}, 8, [
        {conv: 4, kernel: 3, shift: 5, rounding: "half-even"},
        {pool: 2},
        {conv: 8, kernel: 3, shift: 8, rounding: "tflite"},
        {pool: 2},
        {dense: 10},
      ]),
    ),
    options: {},
  },
  {
    name: "colour",
    network: randomNetwork("colour", 6, {height: 8, width: 8, channels: 3}, 8, [
      {conv: 6, kernel: 3, shift: 8, rounding: "tflite"},
      {pool: 2},
      {dense: 4},
    ]),
    options: {results: 32},
  },
]

export const planOf = ({network, options}: LoadableDesign): Plan =>
  plan(network, {weights: "loadable", packets: "header", ...options}).plan
