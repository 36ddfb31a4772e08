import {at} from "../errors.ts"
import type {LinearLayer} from "../graph/integer.ts"
import type {FoldedStage, Plan} from "../plan/plan.ts"
import {banner, digits, footer, vector} from "./sv-text.ts"

/** The weights of a folded layer as a ROM and its memory file, words in the order of the steps of an image. */
export function emitRom(
  plan: Plan,
  stage: FoldedStage,
  layer: LinearLayer,
  module: string,
): {readonly module: string; readonly memory: string} {
  const {vectors, groups, chunks, pe, simd, outputs, weightBits, romWords, romBits} = stage
  const values = stage.input.channels
  const taps = layer.weights.length / outputs
  const lines: string[] = []
  for (let v = 0; v < vectors; v++)
    for (let g = 0; g < groups; g++)
      for (let s = 0; s < chunks; s++) {
        let word = 0n
        for (let p = pe - 1; p >= 0; p--)
          for (let j = simd - 1; j >= 0; j--) {
            const output = g * pe + p
            const input = s * simd + j
            const weight =
              output < outputs && input < values ? at(layer.weights, output * taps + v * values + input) : 0
            const code = weightBits === 1 ? Number(weight < 0) : weight
            word = (word << BigInt(weightBits)) | BigInt.asUintN(weightBits, BigInt(code))
          }
        lines.push(word.toString(16).padStart(digits(0, romBits).length, "0"))
      }
  const addressBits = Math.max(1, Math.ceil(Math.log2(romWords)))
  const text = `${banner(
    plan,
    `${module}: the weights of layer ${stage.layer}, ${romWords} words of ${romBits} bits.`,
    [
      `Two clocks of latency. Word (vector * ${groups} + group) * ${chunks} + chunk holds weight j of output p at`,
      `[${weightBits}*(${simd}*p+j) +: ${weightBits}]: input vector * ${values} + chunk * ${simd} + j, output group * ${pe} + p.`,
    ],
  )}module ${module} (
  input  wire clk,
  input  wire ${vector(addressBits)} address,
  output wire ${vector(romBits)} data
);

  (* rom_style = "block" *)
  logic ${vector(romBits)} rom [0:${romWords - 1}];
  initial $readmemh("${module}.mem", rom);

  logic ${vector(romBits)} word_q, data_q;
  assign data = data_q;

  always_ff @(posedge clk) begin
    word_q <= rom[address];
    data_q <= word_q;
  end

endmodule
${footer}`
  return {module: text, memory: `${lines.join("\n")}\n`}
}
