import {expect, test} from "vitest"
import {type Parameters, type Parts, proved} from "./prove.ts"
import {sources} from "./run.ts"

// The modules of a core with loadable weights, each against a reference of its own.

const parts: Readonly<Record<string, Parts>> = {
  split: {plain: ["choose"]},
  pool_shared: {plain: ["split", "collect", "choose"]},
  requantise_shared: {plain: ["split", "collect", "choose", "delay", "requantise", "requantise_shift"]},
  folded_control: {plain: ["delay"]},
  folded_load: {proved: ["folded_control"], plain: ["choose", "delay", "folded_products", "folded_tree"]},
}
const prove = (module: string, parameters: Parameters, source?: string) =>
  proved(module, parameters, source, parts[module])

const steps = {VECTORS: 2, GROUPS: 3, CHUNKS: 2, ADDRESS_W: 4, DELAY: 2}
const pool = {CHANNELS: 2, UNITS: 1, PIECES: 2, BITS: 2, SIGNED: 1, ROWS: 3, COLUMNS: 5, PH: 2, PW: 2}
const units = {CHANNELS: 4, UNITS: 2, LOADED: 0, SHIFT: 1, IN_W: 4, ROUNDING: 0, OUT_BITS: 2}
const one = {VECTORS: 2, VALUES: 2, BITS: 2, PE: 1, SIMD: 1, CHUNKS: 2, ADDRESS_W: 2, SUM_W: 18, BIAS_W: 4}
const pairs = {VECTORS: 2, VALUES: 3, BITS: 1, PE: 2, SIMD: 2, CHUNKS: 2, ADDRESS_W: 2, SUM_W: 19, BIAS_W: 4}
const groups = {...pairs, VECTORS: 1, GROUPS: 2, LOADED: 1}

const proofs: [string, Parameters][] = [
  ["choose", {WIDTH: 2, COUNT: 1}],
  ["choose", {WIDTH: 2, COUNT: 3}],
  ["choose", {WIDTH: 2, COUNT: 5}],
  ["split", {WIDTH: 2, STEPS: 3}],
  ["split", {WIDTH: 2, STEPS: 2, HELD: 1}],
  ["collect", {WIDTH: 2, PIECES: 1}],
  ["collect", {WIDTH: 2, PIECES: 3}],
  ["collect", {WIDTH: 2, PIECES: 4}],
  ["hold", {}],
  ["pool_shared", pool],
  ["pool_shared", {...pool, CHANNELS: 1, GROUPS: 2, PIECES: 1, SIGNED: 0, ROWS: 4, COLUMNS: 3, PW: 3}],
  ["requantise_shared", units],
  ["requantise_shared", {...units, UNITS: 4}],
  ["requantise_shared", {...units, CHANNELS: 3, UNITS: 1, HELD: 1}],
  ["folded_control", steps],
  ["folded_control", {...steps, GROUP_MAJOR: 1}],
  ["folded_control", {...steps, VECTORS: 1, GROUPS: 1, CHUNKS: 3, ADDRESS_W: 2}],
  ["folded_products", {BITS: 2, SIMD: 1}],
  ["folded_products", {BITS: 2, SIMD: 3}],
  ["folded_products", {BITS: 2, SIMD: 3, TWO: 0}],
  ["folded_load", one],
  ["folded_load", pairs],
  ["folded_load", groups],
]
test.each(proofs)(
  "%s %o keeps its contract, by induction",
  (module, parameters) => {
    expect(prove(module, parameters)).toBe(true)
  },
  300_000,
)

const mutants: [module: string, parameters: Parameters, from: string, to: string][] = [
  ["choose", {WIDTH: 2, COUNT: 5}, "COUNT'(1) << in_next", "COUNT'(2) << in_next"],
  ["choose", {WIDTH: 2, COUNT: 3}, "words[index_q]", "words[in_next]"],
  ["split", {WIDTH: 2, STEPS: 3}, "else if (ends) busy_q <= 1'b0;", ""],
  ["split", {WIDTH: 2, STEPS: 3}, "if (in_valid) keep_q <= in_data", "keep_q <= in_data"],
  ["split", {WIDTH: 2, STEPS: 3}, "in_valid || ends ? '0", "ends ? '0"],
  ["collect", {WIDTH: 2, PIECES: 3}, "last ? '0 :", ""],
  [
    "collect",
    {WIDTH: 2, PIECES: 3},
    "{in_data, vector_q[PIECES*WIDTH-1 : WIDTH]}",
    "{vector_q[(PIECES-1)*WIDTH-1 : 0], in_data}",
  ],
  ["collect", {WIDTH: 2, PIECES: 3}, "in_valid && last && !rst", "in_valid && !rst"],
  ["collect", {WIDTH: 2, PIECES: 3}, "if (rst)      piece_q  <= '0;", ""],
  ["hold", {}, "in_valid || pending_q;", "in_valid;"],
  ["hold", {}, "out_valid && !out_ready;", "out_valid;"],
  ["hold", {}, "!rst && out_valid", "out_valid"],
  ["hold", {}, "!out_valid || out_ready", "1'b1"],
  ["pool_shared", pool, "across_q == '0 && down_q == '0", "across_q == '0"],
  ["pool_shared", pool, "!across_ends) at_q <= window_q", "!across_ends) at_q <= at_q + 1'b1"],
  ["pool_shared", pool, "across_ends && down_ends;", "across_ends;"],
  ["pool_shared", pool, "image_ends || down_ends ? '0", "down_ends ? '0"],
  ["pool_shared", pool, "(a ^ FLIP) > (b ^ FLIP)", "a > b"],
  ["requantise_shared", units, ".CLOCKS(2)", ".CLOCKS(3)"],
  ["requantise_shared", units, ".clk, .in_data (chosen[IN_W*u", ".clk, .in_data (chosen[0"],
  ["folded_control", steps, "if (chunk_ends) group_q", "group_q"],
  ["folded_control", steps, "vector_q == '0 && chunk_q == '0", "chunk_q == '0"],
  ["folded_control", {...steps, GROUP_MAJOR: 1}, "1 - (GROUPS - 1)", "1 - GROUPS"],
  ["folded_control", steps, "assign in_ready       = chunk_ends && group_ends", "assign in_ready       = chunk_ends"],
  ["folded_products", {BITS: 2, SIMD: 3}, "sum_q[16] ^ odd2_q", "sum_q[16]"],
  ["folded_products", {BITS: 2, SIMD: 3}, "a_odd_q <= a1[0] && a[0]", "a_odd_q <= a1[0]"],
  ["folded_products", {BITS: 2, SIMD: 1}, "= a_product_q[15];", "= 1'b0;"],
  ["folded_products", {BITS: 2, SIMD: 3}, "a_product2_q <= a_product_q;", "a_product2_q <= a_both * a;"],
  ["folded_load", groups, "sum_first ? SUM_W'(bias) : so_far", "so_far"],
  ["folded_load", groups, "so_far = sums[sum_group]", "so_far = sums[next_group]"],
  ["folded_load", groups, "LOADED ? (vector & ~LAST)", "0 ? (vector & ~LAST)"],
  ["folded_load", pairs, "h == 1 && carry", "1'b0"],
  ["folded_load", pairs, "(SIMD > 1 ? 5 : 3) + LEVELS", "(SIMD > 1 ? 4 : 3) + LEVELS"],
  ["folded_load", pairs, "if (sum_valid) out_q", "out_q"],
]
test.each(mutants)(
  "%s %o: the proof fails where %j is %j",
  (module, parameters, from, to) => {
    const source = sources[`${module}.sv`] as string
    expect(source).toContain(from)
    expect(prove(module, parameters, source.replace(from, to))).toBe(false)
  },
  300_000,
)
