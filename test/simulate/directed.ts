import {at} from "../../src/errors.ts"
import type {Design} from "../../src/graph/design.ts"
import {compileNetlist, readElaborated} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {generator} from "../../src/simulate/stall.ts"

/**
 * What random modules seldom have, and mutants of the compiler lived on: a memory wider than a limb written in parts, lanes
 * that agree in every other one only, a one-bit compare read as a number of either sign, a signed slice moved up, a bit
 * chosen by an index.
 */
export const directed: Design = {
  top: "top",
  files: {
    "top.v": `module top(
  input wire clk, input wire e0, input wire e1, input wire [3:0] read, input wire [3:0] write,
  input wire [39:0] data, input wire [7:0] a, input wire [7:0] b, input wire signed [11:0] s, input wire [4:0] index,
  input wire [23:0] v, output wire [39:0] word, output wire [39:0] held, output wire [9:0] sum, output wire [9:0] difference, output wire [19:0] joined,
  output wire signed [19:0] slice, output wire chosen
);
  reg [39:0] memory [0:15];
  integer i;
  initial for (i = 0; i < 16; i = i + 1) memory[i] = {8'd0, i[3:0], 24'd5, i[3:0]};
  always @(posedge clk) begin
    if (e0) memory[write][19:0] <= data[19:0];
    if (e1) memory[write][39:20] <= data[39:20];
  end
  assign word = memory[read];
  reg [31:0] product = 32'd0, total = 32'd0;
  reg [7:0] register = 8'd0;
  always @(posedge clk) if (e0) begin
    register <= a;
    product <= (data[15:0] * v[15:0]) ^ {a, b, a, b};
    total <= total + (data[39:8] * 32'd77777) + {20'd0, s};
  end
  assign held = {register, product ^ total};
  wire less = a < b;
  assign sum = data[9:0] + less;
  assign difference = data[9:0] + {10{less}};
  assign joined = {4'd0, less, v[10:0], less, 3'd5};
  assign slice = $signed({s[9:5], 3'b010});
  assign chosen = v[index];
endmodule
`,
  },
}

interface Row {
  readonly [input: string]: bigint
}

/** One clock of the module, in plain words. */
class Model {
  readonly #memory = Array.from({length: 16}, (_, i) => (BigInt(i) << 28n) | (5n << 4n) | BigInt(i))
  #held = {register: 0n, product: 0n, total: 0n}

  answer({e0, e1, read, write, data, a, b, s, index, v}: Record<string, bigint>): Record<string, bigint> {
    const [low, all] = [(1n << 20n) - 1n, (1n << 40n) - 1n]
    const place = Number(write)
    const old = at(this.#memory, place)
    const mask = (e0 === 1n ? low : 0n) | (e1 === 1n ? all ^ low : 0n)
    this.#memory[place] = (old & ~mask) | ((data ?? 0n) & mask)
    const word = (value: bigint) => BigInt.asUintN(32, value)
    const [one, two] = [a ?? 0n, b ?? 0n]
    if (e0 === 1n)
      this.#held = {
        register: one,
        product:
          word(((data ?? 0n) & 65535n) * ((v ?? 0n) & 65535n)) ^ ((one << 24n) | (two << 16n) | (one << 8n) | two),
        total: word(this.#held.total + ((data ?? 0n) >> 8n) * 77777n + (s ?? 0n)),
      }
    const less = (a ?? 0n) < (b ?? 0n) ? 1n : 0n
    const eight = ((((s ?? 0n) >> 5n) & 31n) << 3n) | 2n
    return {
      word: at(this.#memory, Number(read)),
      held: (this.#held.register << 32n) | (this.#held.product ^ this.#held.total),
      sum: BigInt.asUintN(10, (data ?? 0n) + less),
      difference: BigInt.asUintN(10, (data ?? 0n) - less),
      joined: (less << 15n) | (((v ?? 0n) & 2047n) << 4n) | (less << 3n) | 5n,
      slice: BigInt.asUintN(20, BigInt.asIntN(8, eight)),
      chosen: ((v ?? 0n) >> (index ?? 0n)) & 1n,
    }
  }
}

const widths = {e0: 1, e1: 1, read: 4, write: 4, data: 40, a: 8, b: 8, s: 12, index: 5, v: 24}

/** The first difference between the module, elaborated as `json`, and its model in 1, 4 and 8 lanes, or undefined. */
export async function directedMismatch(json: string): Promise<string | undefined> {
  const netlist = readElaborated(json, "top")
  for (const lanes of [1, 4, 8] as const) {
    const simulation = await simulate(compileNetlist(netlist, {lanes}))
    const models = Array.from({length: simulation.lanes}, () => new Model())
    const next = generator(lanes)
    const draw = (): Row =>
      Object.fromEntries(
        Object.entries(widths).map(([name, width]) => {
          const value = BigInt.asUintN(width, BigInt(Math.floor(next() * 2 ** 26)) * 0x9e3779b97f4a7c15n + 12345n)
          return [name, name === "index" ? value % 24n : value]
        }),
      )
    for (let row = 0; row < 200; row++) {
      // Every third row each pair of lanes disagrees in itself; every third all lanes are alike.
      const pair = [draw(), draw()] as const
      const rows = models.map((_, lane) => (row % 3 === 0 ? at(pair, lane % 2) : row % 3 === 1 ? pair[0] : draw()))
      for (const [lane, inputs] of rows.entries())
        for (const [name, value] of Object.entries(inputs)) simulation.poke(name, value, lane)
      simulation.step()
      simulation.evaluate()
      for (const [lane, model] of models.entries())
        for (const [name, value] of Object.entries(model.answer(at(rows, lane)))) {
          const found = simulation.peek(name, lane)
          if (found !== value) return `${lanes} lanes, lane ${lane}, row ${row}, ${name}: ${found}, expected ${value}`
        }
    }
  }
  return undefined
}
