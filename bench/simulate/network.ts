import {readFile} from "node:fs/promises"
import {emit, library} from "../../src/emit/emit.ts"
import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {plan} from "../../src/plan/make.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {generator} from "../../src/simulate/stall.ts"

/** digits16 at one lane, planned and emitted, and `images` seeded images. */
export async function digits16Design(
  images: number,
): Promise<{network: IntegerNetwork; made: Plan; design: Design; elements: Uint8Array}> {
  const network = digits16()
  const made = plan(network, {}).plan
  const sources: Record<string, string> = {}
  for (const file of library) sources[file] = await readFile(new URL(`../../rtl/${file}`, import.meta.url), "utf8")
  const random = generator(7)
  const elements = Uint8Array.from({length: images * 784}, () => (random() < 0.8 ? 0 : Math.floor(random() * 256)))
  return {network, made, design: emit(network, made, sources), elements}
}

/** digits16's shapes with seeded weights as wide as trained ones: no training needed to measure a simulator. */
function digits16(): IntegerNetwork {
  const next = generator(3)
  const normal = () => Array.from({length: 6}, next).reduce((a, b) => a + b, -3) / 0.7
  const weights = (count: number, sigma: number) =>
    Int8Array.from({length: count}, () => Math.max(-127, Math.min(127, Math.round(normal() * sigma))))
  const bias = (count: number) => Int32Array.from({length: count}, () => Math.round(normal() * 500))
  const u8 = {bits: 8, signed: false, fraction: 5}
  return {
    name: "digits16",
    input: {shape: {height: 28, width: 28, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
    layers: [
      {
        ...{kind: "conv2d", name: "conv1", inputs: ["input"], kernel: {height: 5, width: 5}, weightBits: 8},
        ...{
          output: {shape: {height: 24, width: 24, channels: 16}, format: u8},
          weights: weights(400, 12),
          bias: bias(16),
        },
        weightFractions: new Array(16).fill(7),
        requantise: {shifts: new Array(16).fill(7), rounding: "tflite", relu: true, overflow: "saturate"},
      },
      {
        kind: "maxPool2d",
        name: "pool1",
        inputs: ["conv1"],
        size: {height: 4, width: 4},
        output: {shape: {height: 6, width: 6, channels: 16}, format: u8},
      },
      {
        kind: "flatten",
        name: "flatten",
        inputs: ["pool1"],
        output: {shape: {height: 1, width: 1, channels: 576}, format: u8},
      },
      {
        ...{
          kind: "dense",
          name: "dense1",
          inputs: ["flatten"],
          weightBits: 8,
          weights: weights(5760, 20),
          bias: bias(10),
        },
        weightFractions: new Array(10).fill(7),
        output: {shape: {height: 1, width: 1, channels: 10}, format: {bits: 24, signed: true, fraction: 12}},
      },
    ],
  }
}
