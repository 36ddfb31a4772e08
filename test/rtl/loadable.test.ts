import {readFileSync} from "node:fs"
import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {overflow, requantise} from "../../src/golden/requantise.ts"
import type {Design} from "../../src/graph/design.ts"
import type {Overflow, Rounding} from "../../src/graph/format.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {type Simulation, simulate} from "../../src/simulate/embedded/simulation.ts"
import {random} from "../golden/networks.ts"

/** One module with parameters, under a top whose only purpose is to set them and to name the clock aclk. */
async function leaf(
  module: string,
  parameters: Record<string, string | number>,
  ports: readonly string[],
): Promise<Simulation> {
  const source = readFileSync(new URL(`../../rtl/${module}.sv`, import.meta.url), "utf8")
  const names = ports.map((port) => at(port.split(" "), port.split(" ").length - 1))
  const settings = Object.entries(parameters).map(([name, value]) => `.${name}(${value})`)
  const top = `module top (input wire aclk, ${ports.join(", ")});
  ${module} #(${settings.join(", ")}) u_leaf (.clk(aclk), ${names.map((name) => `.${name}`).join(", ")});
endmodule
`
  const design: Design = {top: "top", files: {[`${module}.sv`]: source, "top.sv": top}}
  return simulate(await compile(design))
}

const integer = (next: () => number, min: number, max: number) => min + Math.floor(next() * (max - min + 1))

describe("requantise_shift equals golden's requantise", () => {
  const roundings: readonly (readonly [number, Rounding, "conv2d" | "dense"])[] = [
    [0, "floor", "conv2d"],
    [1, "half-even", "conv2d"],
    [2, "tflite", "dense"],
    [3, "tflite", "conv2d"],
    [4, "half-up", "conv2d"],
  ]
  const forms: readonly {
    readonly width: number
    readonly relu: boolean
    readonly mode: Overflow
    readonly bits: number
    readonly signed: boolean
  }[] = [
    {width: 22, relu: true, mode: "saturate", bits: 8, signed: false},
    {width: 27, relu: false, mode: "saturate", bits: 16, signed: true},
    {width: 18, relu: true, mode: "wrap", bits: 8, signed: true},
    {width: 32, relu: false, mode: "saturate", bits: 4, signed: true},
  ]

  test.each(roundings)(
    "rounding %i (%s of a %s), every shift, at ties and at the ends",
    async (code, rounding, kind) => {
      const seed = 40 + code
      console.log(`seed ${seed}`)
      const next = random(seed)
      for (const {width, relu, mode, bits, signed} of forms) {
        const ports = [
          "input wire [4:0] in_shift",
          `input wire signed [${width - 1}:0] in_data`,
          `output wire [${bits - 1}:0] out_data`,
        ]
        const parameters = {
          IN_W: width,
          ROUNDING: code,
          RELU: Number(relu),
          WRAP: Number(mode === "wrap"),
          OUT_BITS: bits,
          OUT_SIGNED: Number(signed),
        }
        const simulation = await leaf("requantise_shift", parameters, ports)
        const most = 2 ** (width - 1)
        for (let shift = 0; shift < 32; shift++) {
          const unit = 2 ** Math.min(shift, width - 2)
          const ties = [-3, -2, -1, 0, 1, 2, 3].flatMap((k) => [-1, 0, 1].map((d) => k * unit + unit / 2 + d))
          const values = [
            -most,
            most - 1,
            -1,
            0,
            1,
            -2,
            ...ties,
            ...Array.from({length: 8}, () => integer(next, -most, most - 1)),
          ]
          simulation.poke("in_shift", shift)
          simulation.step(2)
          for (const value of values.map((v) => Math.trunc(v) + 0).filter((v) => v >= -most && v < most)) {
            simulation.poke("in_data", value)
            simulation.step(2)
            simulation.evaluate()
            const rounded = requantise(value, shift, rounding, kind)
            const wanted = overflow(relu ? Math.max(0, rounded) : rounded, {bits, signed, fraction: 0}, mode)
            const found = Number(
              signed ? BigInt.asIntN(bits, simulation.peek("out_data")) : simulation.peek("out_data"),
            )
            expect({value, shift, width, found}).toEqual({value, shift, width, found: wanted})
          }
        }
      }
    },
  )
})

describe("weight_ram", () => {
  const shapes = [
    {vectors: 1, values: 25, outputs: 16, pe: 16, simd: 5},
    {vectors: 36, values: 16, outputs: 10, pe: 10, simd: 1},
    {vectors: 4, values: 5, outputs: 7, pe: 3, simd: 2},
    {vectors: 1, values: 1, outputs: 1, pe: 1, simd: 1},
    {vectors: 3, values: 3, outputs: 8, pe: 2, simd: 4},
  ]

  test.each(shapes)(
    "holds every weight at the step that reads it: %j",
    async ({vectors, values, outputs, pe, simd}) => {
      const groups = Math.ceil(outputs / pe)
      const chunks = Math.ceil(values / simd)
      const words = vectors * groups * chunks
      const addressBits = Math.max(1, Math.ceil(Math.log2(words)))
      for (const block of [0, 1]) {
        const simulation = await leaf(
          "weight_ram",
          {
            VECTORS: vectors,
            VALUES: values,
            PE: pe,
            SIMD: simd,
            GROUPS: groups,
            CHUNKS: chunks,
            BLOCK: block,
            ADDRESS_W: addressBits,
          },
          [
            "input wire [7:0] in_load_data",
            "input wire in_load_idle",
            "input wire in_load_valid",
            `input wire [${addressBits - 1}:0] rom_address`,
            `output wire [${pe * simd * 8 - 1}:0] rom_data`,
          ],
        )
        const next = random(7)
        // A broken load first: the next one starts over.
        const load = (count: number): number[] => {
          const weights = Array.from({length: count}, () => integer(next, 0, 255))
          simulation.poke("in_load_idle", 1)
          simulation.step()
          simulation.poke("in_load_idle", 0)
          for (const weight of weights) {
            simulation.poke("in_load_data", weight)
            simulation.poke("in_load_valid", 1)
            simulation.step()
          }
          simulation.poke("in_load_valid", 0)
          simulation.step(3)
          return weights
        }
        load(Math.ceil((outputs * vectors * values) / 2))
        const weights = load(outputs * vectors * values)
        for (let address = 0; address < words; address++) {
          simulation.poke("rom_address", address)
          simulation.step(2)
          simulation.evaluate()
          const word = simulation.peek("rom_data")
          const [group, vector, chunk] = [
            Math.floor(address / (vectors * chunks)),
            Math.floor(address / chunks) % vectors,
            address % chunks,
          ]
          // The last word of a vector holds what is left of it in its upper lanes.
          const below = chunk === chunks - 1 ? chunks * simd - values : 0
          for (let p = 0; p < pe; p++) {
            for (let j = 0; j < simd; j++) {
              const [output, value] = [group * pe + p, chunk * simd + j - below]
              if (output >= outputs || j < below) continue
              const found = Number((word >> BigInt(8 * (simd * p + j))) & 255n)
              expect({address, p, j, found}).toEqual({
                address,
                p,
                j,
                found: weights[(output * vectors + vector) * values + value],
              })
            }
          }
        }
      }
    },
  )
})

describe("bias_load", () => {
  test("gives the build's biases after reset and what was loaded afterwards, also after a load that broke off", async () => {
    const [outputs, width] = [5, 21]
    const built = [1, -2, 3, -4, 5]
    const packed = built.reduce((sum, bias, o) => sum | (BigInt.asUintN(width, BigInt(bias)) << BigInt(width * o)), 0n)
    const simulation = await leaf(
      "bias_load",
      {OUTPUTS: outputs, BIAS_W: width, BUILT: `${outputs * width}'h${packed.toString(16)}`},
      [
        "input wire rst",
        "input wire [15:0] in_load_data",
        "input wire in_load_idle",
        "input wire in_load_valid",
        `output wire [${outputs * width - 1}:0] out_bias`,
      ],
    )
    const biases = () => {
      simulation.evaluate()
      const all = simulation.peek("out_bias")
      return built.map((_, o) => Number(BigInt.asIntN(width, all >> BigInt(width * o))))
    }
    const reset = () => {
      simulation.poke("rst", 1)
      simulation.step()
      simulation.poke("rst", 0)
    }
    const load = (words: readonly number[]) => {
      simulation.poke("in_load_idle", 1)
      simulation.step()
      simulation.poke("in_load_idle", 0)
      for (const word of words) {
        simulation.poke("in_load_data", word & 0xffff)
        simulation.poke("in_load_valid", 1)
        simulation.step()
      }
      simulation.poke("in_load_valid", 0)
    }
    const sent = [1_000_000, -1_048_576, 70_000, -70_000, 0]
    const words = sent.flatMap((bias) => [bias & 0xffff, bias >> 16])
    reset()
    expect(biases()).toEqual(built)
    for (const cut of [3, 1, 9]) {
      load(words.slice(0, cut))
      load(words)
      expect(biases()).toEqual(sent)
    }
    reset()
    expect(biases()).toEqual(built)
  })
})
