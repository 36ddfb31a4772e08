import {expect, test} from "vitest"
import {type Parameters, type Parts, proved} from "./prove.ts"
import {sources} from "./run.ts"

const proofs: [string, Parameters, Parts?][] = [
  ["axis_skid", {DATA_W: 4}],
  ["delay", {CLOCKS: 2}],
  ["image_feeder", {LANES: 2, DATA_W: 16, BEATS: 4, PACE_BEAT: 2, PACE_IMAGE: 3}],
  ["image_feeder", {BEATS: 3, CREDITS: 3}],
  ["image_feeder", {BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3}],
  ["image_feeder", {BEATS: 12, COLLECT: 2, COLUMNS: 3, KH: 2, KW: 2, PACE_WINDOW: 3}],
  ["window", {WIDTH: 2, LANES: 2, ROWS: 4, COLUMNS: 5, KH: 2, KW: 3}],
  ["window", {WIDTH: 2, LANES: 1, ROWS: 4, COLUMNS: 3, KH: 3, KW: 2}],
  ["window", {WIDTH: 2, LANES: 2, ROWS: 5, COLUMNS: 4, KH: 2, KW: 2, SH: 2, SW: 2}],
  ["window", {WIDTH: 1, LANES: 1, ROWS: 4, COLUMNS: 6, KH: 3, KW: 2, BLOCK: 1}],
  ["window", {WIDTH: 1, LANES: 2, ROWS: 4, COLUMNS: 10, KH: 3, KW: 2, BLOCK: 1}],
  ["window", {WIDTH: 1, LANES: 2, ROWS: 6, COLUMNS: 9, KH: 3, KW: 2, SH: 2, BLOCK: 1}],
  ["pace", {WIDTH: 2, CLOCKS: 1}],
  ["pace", {WIDTH: 2, CLOCKS: 3}],
  [
    "add",
    {CHANNELS: 1, LEFT_W: 2, RIGHT_W: 2, SUM_W: 4, ROOM: 6, OUT_BITS: 2},
    {proved: ["delay"], plain: ["requantise"]},
  ],
  ["pad", {WIDTH: 2, ROWS: 2, COLUMNS: 3, TOP: 1, BOTTOM: 2, LEFT: 0, RIGHT: 1}],
  ["pad", {WIDTH: 2, ROWS: 3, COLUMNS: 2, TOP: 0, BOTTOM: 1, LEFT: 1, RIGHT: 1}],
  ["queue", {WIDTH: 2, DEPTH: 3}],
  ["queue", {WIDTH: 2, DEPTH: 4}],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 3, CREDITS: 2}],
  ["result_out", {PE: 3, SUM_W: 2, OUTPUTS: 2, CREDITS: 1}],
  ["columns", {WIDTH: 2, ROWS: 4, COLUMNS: 3, KH: 3}],
  ["columns", {WIDTH: 2, ROWS: 5, COLUMNS: 3, KH: 2, SH: 2}],
  ["columns", {WIDTH: 2, ROWS: 4, COLUMNS: 3, KH: 3, BLOCK: 1}],
  ["columns", {WIDTH: 2, ROWS: 5, COLUMNS: 2, KH: 2, SH: 2, BLOCK: 1}],
  ["lines", {WIDTH: 1, ROWS: 4, COLUMNS: 3, KH: 3, PORTS: 2, DEPTH: 16}],
  ["lines", {WIDTH: 1, ROWS: 5, COLUMNS: 2, KH: 2, SH: 2, PORTS: 2, DEPTH: 8}],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 3, KW: 2, PORTS: 2, FRAME: 5}],
  ["window_loader", {WIDTH: 2, COLUMNS: 6, KH: 2, KW: 2, SW: 3, FRAME: 3}],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 2, KW: 2, FRAME: 5}],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 1, KW: 3, FRAME: 2}],
  ["max_tree", {COUNT: 1, CHANNELS: 2, BITS: 2}],
  ["max_tree", {COUNT: 3, CHANNELS: 2, BITS: 2}],
  ["max_tree", {COUNT: 6, CHANNELS: 1, BITS: 3, SIGNED: 1}],
  ["keep", {WIDTH: 3}],
  ["argmax", {PE: 2, SUM_W: 3, OUTPUTS: 3, CLASS_W: 2}],
  ["argmax", {PE: 4, SUM_W: 2, OUTPUTS: 4, CLASS_W: 2}],
]
test.each(proofs)(
  "%s %o keeps its contract, by induction",
  (module, parameters, parts) => {
    expect(proved(module, parameters, undefined, parts)).toBe(true)
  },
  150_000,
)

const roundings = [0, 1, 2, 3].flatMap((ROUNDING) =>
  [0, 1, 2, 5].map((SHIFT): Parameters => ({ROUNDING, SHIFT, IN_W: 10, ROOM: 14, OUT_BITS: 4})),
)
test.each(roundings)(
  "requantise %o equals its definition for every accumulator",
  (parameters) => {
    for (const RELU of [0, 1])
      for (const [WRAP, OUT_SIGNED] of [
        [0, 0],
        [0, 1],
        [1, 1],
      ] as const)
        expect(proved("requantise", {...parameters, RELU, WRAP, OUT_SIGNED})).toBe(true)
  },
  150_000,
)

type Mutant = [module: string, parameters: Parameters, from: string, to: string]
const mutants: Mutant[] = [
  ["axis_skid", {DATA_W: 2}, "spare_valid_q ? spare_q : s_axis_tdata;", "s_axis_tdata;"],
  ["axis_skid", {DATA_W: 2}, "head_valid_q  <= spare_valid_q || take;", "head_valid_q  <= take;"],
  ["axis_skid", {DATA_W: 2}, "spare_valid_q <= 1'b0;\n    end else", "end else"],
  ["axis_skid", {DATA_W: 2}, "end else if (take) begin", "end else begin"],
  ["axis_skid", {DATA_W: 2}, "m_axis_tready || !head_valid_q", "m_axis_tready"],
  ["axis_skid", {DATA_W: 2}, "s_axis_tready = !spare_valid_q", "s_axis_tready = 1'b1"],
  ["axis_skid", {DATA_W: 2}, "s_axis_tready = !spare_valid_q", "s_axis_tready = !head_valid_q && !spare_valid_q"],
  ["axis_skid", {DATA_W: 2}, "spare_q       <= s_axis_tdata", "spare_q       <= head_q"],
  ["max_tree", {COUNT: 4, CHANNELS: 1, BITS: 2}, "? a : b;", "? b : a;"],
  ["max_tree", {COUNT: 4, CHANNELS: 1, BITS: 2, SIGNED: 1}, "SIGNED ? BITS'(1) << (BITS - 1) : '0", "'0"],
  ["max_tree", {COUNT: 5, CHANNELS: 1, BITS: 1}, "2 * j + 1 < BELOW", "2 * j + 1 <= BELOW - 2"],
  ["queue", {WIDTH: 2, DEPTH: 3}, "write_q == AT_W'(DEPTH - 1) ? '0 :", "write_q == AT_W'(DEPTH) ? '0 :"],
  ["queue", {WIDTH: 2, DEPTH: 3}, "COUNT_W'(put) - COUNT_W'(get)", "COUNT_W'(put)"],
  [
    "lines",
    {WIDTH: 1, ROWS: 4, COLUMNS: 3, KH: 3, PORTS: 2, DEPTH: 16},
    "step_ends ? AT_W'(ASIDE)",
    "step_ends ? AT_W'(1)",
  ],
  ["lines", {WIDTH: 1, ROWS: 4, COLUMNS: 3, KH: 3, PORTS: 2, DEPTH: 16}, "AT_W'(fetch && step_ends)", "AT_W'(fetch)"],
  ["lines", {WIDTH: 1, ROWS: 4, COLUMNS: 3, KH: 3, PORTS: 2, DEPTH: 16}, "(!valid_q || out_ready)", "1'b1"],
  ["columns", {WIDTH: 2, ROWS: 4, COLUMNS: 3, KH: 3}, "row_q >= ROW_W'(KH - 1)", "row_q >= ROW_W'(KH - 2)"],
  ["columns", {WIDTH: 2, ROWS: 4, COLUMNS: 3, KH: 3}, "image_ends ? '0 :", "row_ends ? '0 :"],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 2, KW: 2, FRAME: 5}, "FRAME_W'(FRAME - 1)", "FRAME_W'(FRAME - 2)"],
  ["argmax", {PE: 2, SUM_W: 3, OUTPUTS: 3, CLASS_W: 2}, "word > best_q", "word >= best_q"],
  ["argmax", {PE: 2, SUM_W: 3, OUTPUTS: 3, CLASS_W: 2}, "next_q == '0 || word", "word"],
  ["keep", {WIDTH: 3}, "in_valid || (valid_q && !out_ready)", "in_valid || valid_q"],
  ["keep", {WIDTH: 3}, "if (in_valid) data_q", "data_q"],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 2, KW: 2, FRAME: 5}, "!whole_q || start", "1'b1"],
  ["window_loader", {WIDTH: 2, COLUMNS: 4, KH: 2, KW: 2, FRAME: 5}, "else if (start) whole_q <= 1'b0;", ""],
  ["image_feeder", {BEATS: 3}, "padding_q <= !last_q && (padding_q || ends)", "padding_q <= padding_q || ends"],
  ["image_feeder", {BEATS: 3}, "s_axis_tready = go_q && !padding_q", "s_axis_tready = go_q"],
  ["image_feeder", {BEATS: 3}, "!begins || credits != '0", "!begins || credits_q != '0"],
  ["image_feeder", {BEATS: 3}, "fire ? last_q : first_q", "last_q"],
  ["image_feeder", {BEATS: 3}, "BEATS == 1 || beat_q == BEAT_W'(BEATS - 2)", "beat_q == BEAT_W'(BEATS - 3)"],
  ["image_feeder", {BEATS: 3, PACE_BEAT: 2}, "waits == '0 &&", "wait_q == '0 &&"],
  ["image_feeder", {BEATS: 3}, "- CREDIT_W'(fire && first_q)", "- CREDIT_W'(fire)"],
  ["image_feeder", {BEATS: 3}, "tlast_q <= padding_q || ends", "tlast_q <= ends"],
  ["image_feeder", {BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3}, "completes ? PACE_W'(PACE_WINDOW - 1) :", ""],
  [
    "image_feeder",
    {BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3},
    "column_q >= COLUMN_W'(KW - 1)",
    "column_q >= COLUMN_W'(KW)",
  ],
  ["image_feeder", {BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3}, "row_ends && !below", "row_ends"],
  [
    "image_feeder",
    {BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3},
    "if (last_q)                  above_q <= '0;\n        else if",
    "if",
  ],
  [
    "image_feeder",
    {...{BEATS: 12, COLUMNS: 4, KH: 2, KW: 2, PACE_WINDOW: 3}, COLLECT: 2, COLUMNS: 3},
    "assign completes = part_q == PART_W'(COLLECT - 1) && below",
    "assign completes = below",
  ],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 2}, "count_q != '0 && whole_q != '0", "count_q != '0"],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 2}, "flags_q[flag_in_q] <= in_tlast", "flags_q[flag_out_q] <= in_tlast"],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 2}, "out_ends && flags_q[flag_out_q]", "flags_q[flag_out_q]"],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 2}, "- WHOLE_W'(take && out_ends)", "- WHOLE_W'(take)"],
  ["result_out", {PE: 2, SUM_W: 2, OUTPUTS: 2}, "credit_q <= take && out_ends", "credit_q <= take"],
  ["result_out", {PE: 3, SUM_W: 2, OUTPUTS: 2}, "SUM_W*(2*i+1)", "SUM_W*(2*i)"],
  [
    "window",
    {WIDTH: 2, LANES: 2, ROWS: 4, COLUMNS: 5, KH: 2, KW: 3},
    "column >= COLUMN_W'(KW - 1)",
    "column >= COLUMN_W'(KW)",
  ],
  [
    "window",
    {WIDTH: 2, LANES: 2, ROWS: 4, COLUMNS: 5, KH: 2, KW: 3},
    "row_q == ROW_W'(ROWS - 1)",
    "row_q == ROW_W'(ROWS)",
  ],
  ...(
    [
      ["AT_W'(DELAY - 2) ? '0", "AT_W'(DELAY - 3) ? '0"],
      ["if (rst) at_q <= '0;", ""],
      ["= read_q[BEAT*k +: BEAT];", "= read_q[0 +: BEAT];"],
      ["(k+1)*PITCH - BEAT +: BEAT]", "(k+1)*PITCH - BEAT - WIDTH +: BEAT]"],
    ] as const
  ).map(
    ([from, to]): Mutant => ["window", {WIDTH: 1, LANES: 1, ROWS: 4, COLUMNS: 6, KH: 3, KW: 2, BLOCK: 1}, from, to],
  ),
  [
    "window",
    {WIDTH: 1, LANES: 2, ROWS: 4, COLUMNS: 10, KH: 3, KW: 2, BLOCK: 1},
    "TAPS + (COLUMNS - TAPS) % LANES",
    "TAPS",
  ],
  ["window", {WIDTH: 2, LANES: 2, ROWS: 4, COLUMNS: 5, KH: 2, KW: 3}, "(KH-1-ky)*PITCH", "(KH-1-ky)*(PITCH-1)"],
  ...(
    [
      ["above[next_column];", "above[column_q];"],
      ["<= column[KH*WIDTH-1:WIDTH];", "<= column[(KH-1)*WIDTH-1:0];"],
      ["above[column_q] <= column", "above[next_column] <= column"],
      ["above_q         <= above", "if (!row_ends) above_q <= above"],
    ] as const
  ).map(([from, to]): Mutant => ["columns", {WIDTH: 2, ROWS: 4, COLUMNS: 3, KH: 3, BLOCK: 1}, from, to]),
  ["requantise", {ROUNDING: 1, SHIFT: 2, IN_W: 8, ROOM: 12, OUT_BITS: 4}, "HALF - ROOM'(1) +", "HALF +"],
  [
    "requantise",
    {ROUNDING: 3, SHIFT: 2, IN_W: 8, ROOM: 12, OUT_BITS: 4, RELU: 0, OUT_SIGNED: 1},
    "sum_q < -1",
    "sum_q < -2",
  ],
]
test(`the proofs kill all ${mutants.length} mutants`, () => {
  const alive = mutants.filter(([module, parameters, from, to]) => {
    const source = sources[`${module}.sv`] as string
    const mutant = source.replace(from, to)
    if (mutant === source) throw new Error(`${module} has no ${from}`)
    return proved(module, parameters, mutant)
  })
  expect(alive.map(([module, , , to]) => `${module}: ${to}`)).toEqual([])
})
