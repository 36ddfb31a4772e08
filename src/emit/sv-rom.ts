import type {LinearLayer} from "../graph/integer.ts"
import type {FoldedStage, Plan} from "../plan/plan.ts"
import {romWords as wordsOf} from "../plan/rom.ts"
import {banner, digits, footer, vector} from "./sv-text.ts"

/**
 * The weights of a folded layer as a ROM, words in the order of the steps of an image: block RAM with its memory file, or a
 * choice of constants, which is LUTs in every tool.
 */
export function emitRom(
  plan: Plan,
  stage: FoldedStage,
  layer: LinearLayer,
  module: string,
): {readonly module: string; readonly memory?: string} {
  const {groups, chunks, pe, simd, weightBits, romWords, romBits} = stage
  const values = stage.input.channels
  const hex = (word: bigint) => word.toString(16).padStart(digits(0, romBits).length, "0")
  const words = wordsOf(layer, {...stage, values}).map(hex)
  const addressBits = Math.max(1, Math.ceil(Math.log2(romWords)))
  const head = `${banner(
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
`
  const registers = (word: string) => `  logic ${vector(romBits)} word_q, data_q;
  assign data = data_q;

  always_ff @(posedge clk) begin
    word_q <= ${word};
    data_q <= word_q;
  end

endmodule
${footer}`
  if (stage.memory === "distributed")
    return {
      module: `${head}
  logic ${vector(romBits)} word;
  always_comb begin
    case (address)
${words.map((word, i) => `      ${addressBits}'d${i}: word = ${romBits}'h${word};`).join("\n")}
      default: word = '0;
    endcase
  end

${registers("word")}`,
    }
  return {
    module: `${head}
  (* rom_style = "block" *)
  logic ${vector(romBits)} rom [0:${romWords - 1}];
  initial $readmemh("${module}.mem", rom);

${registers("rom[address]")}`,
    memory: `${words.join("\n")}\n`,
  }
}
