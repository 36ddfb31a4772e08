import {spawnSync} from "node:child_process"
import {mkdirSync, readFileSync, writeFileSync} from "node:fs"
import {expect, test} from "vitest"
import {blockRom} from "../../src/plan/cost.ts"
import {generator} from "../../src/simulate/stall.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts} from "../../src/synthesize/run.ts"
import {requireTool, root} from "../tools.ts"

// The first was found in a build: 5.5 BRAM36 were predicted, and Yosys made 4 and LUTs.
test.for([
  [1152, 96],
  [1600, 60],
  [600, 100],
  [5000, 16],
])(
  "a ROM of $0 words of $1 bits takes the block RAM and the LUTs that Yosys takes",
  ([words = 0, bits = 0], context) => {
    const yosys = requireTool("yosys", context)
    const folder = `${root}/build/test-rom/${words}x${bits}`
    mkdirSync(folder, {recursive: true})
    const next = generator(words)
    const digit = () => Math.floor(next() * 16).toString(16)
    const word = () => Array.from({length: bits / 4}, digit).join("")
    writeFileSync(`${folder}/rom.mem`, `${Array.from({length: words}, word).join("\n")}\n`)
    writeFileSync(
      `${folder}/rom.sv`,
      `module rom (input wire clk, input wire [${Math.ceil(Math.log2(words)) - 1}:0] address, output logic [${bits - 1}:0] data);
  (* rom_style = "block" *) logic [${bits - 1}:0] words [0:${words - 1}];
  logic [${bits - 1}:0] word_q;
  initial $readmemh("rom.mem", words);
  always_ff @(posedge clk) begin word_q <= words[address]; data <= word_q; end
endmodule
`,
    )
    const script =
      "read_verilog -sv rom.sv; synth_xilinx -family xc7 -flatten -noiopad -top rom; tee -q -o stat.json stat -json"
    const {status, stderr} = spawnSync(yosys, ["-q", "-p", script], {cwd: folder, encoding: "utf8"})
    expect({status, stderr: status === 0 ? "" : stderr}).toEqual({status: 0, stderr: ""})
    const {lut, bram36} = countResources(cellCounts(readFileSync(`${folder}/stat.json`, "utf8")))
    expect({lut, bram36}).toEqual(blockRom(words, bits))
  },
)
