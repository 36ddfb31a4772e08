import {at, bug} from "../errors.ts"
import type {IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {usesDsp} from "../plan/cost.ts"
import {readerOf, sourcesOf} from "../plan/links.ts"
import type {FoldedStage, Plan, PlanStage, PoolStage} from "../plan/plan.ts"
import {roundingUnit} from "../plan/rounding.ts"
import {masked, type Wires} from "./blocks/block.ts"
import {blockOf} from "./blocks/kinds.ts"
import {columnsBlock, serialBlock} from "./sv-serial.ts"
import {banner, footer, hex, instance, vector, wrapped} from "./sv-text.ts"

/** The core: every block of the plan, wired in stream order. Module names of generated blocks are <name>_<stage>. */
export function emitCore(plan: Plan, network: IntegerNetwork): string {
  const {name, stream, stages, credits} = plan
  const {dataBits, elementBits, beatsPerImage} = stream.input
  const payload = dataBits + dataBits / 8 + 1
  const results = stages.find((stage) => stage.kind === "result")
  if (results?.kind !== "result") throw bug("emit", "a plan without results")
  const parts: string[] = []
  const wires = new Map<string, Wires>([["feeder", {data: "feeder_data", valid: "feeder_valid"}]])
  for (const stage of stages) {
    if (stage.kind === "skid" || stage.kind === "feeder") continue
    const read = sourcesOf(stages, stage)
    const from = read.map(({name}) => wires.get(name)).filter((one) => one !== undefined)
    const to: Wires = {data: `${stage.name}_data`, valid: `${stage.name}_valid`}
    const own = blockOf(stage)
    const [text, after] = own
      ? ([own.instance({plan, network, stage, from, to}), to] as const)
      : block(plan, network, stage, at(from, 0), readerOf(stages, stage), read[0])
    parts.push(text)
    wires.set(stage.name, after)
  }
  const lastBits = results.input.bits + (results.input.signed ? 0 : 1)
  const feeder = at(stages, 1)
  const width = feeder.output.positions * feeder.output.channels * feeder.output.bits
  const collect = beatsPerImage / feeder.output.beats
  const shown = stages
    .filter((stage) => stage.kind !== "skid")
    .map((stage) => `${stage.name.padEnd(24)} ${note(stage)}`)
  return `${banner(plan, `${name}_core: the blocks of ${name}, wired in stream order.`, [
    "Only the feeder stalls. Everything behind it runs freely with valid bits; latencies, pace and",
    "queue depths are the plan's, which simulated this pipeline clock by clock (docs/streams.md).",
    "",
    "s_axis -> u_in -> u_feeder ->",
    ...shown.map((line) => `  ${line}`.trimEnd()),
    "-> u_out -> m_axis",
  ])}module ${name}_core (
  input  wire clk,
  input  wire rst,                         // synchronous, active high

  input  wire ${vector(dataBits)} s_axis_tdata,
  input  wire ${vector(dataBits / 8)} s_axis_tkeep,
  input  wire s_axis_tlast,
  input  wire s_axis_tvalid,
  output wire s_axis_tready,

  output wire [31:0] m_axis_tdata,
  output wire m_axis_tlast,
  output wire m_axis_tvalid,
  input  wire m_axis_tready,

  output wire [15:0] short_images
);

  // The stream in: cut its paths, then into images.
  wire ${vector(dataBits)} in_data;
  wire ${vector(dataBits / 8)} in_keep;
  wire in_last, in_valid, in_ready;
${instance(
  "axis_skid",
  "in",
  {DATA_W: payload},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "{s_axis_tlast, s_axis_tkeep, s_axis_tdata}",
    s_axis_tvalid: "s_axis_tvalid",
    s_axis_tready: "s_axis_tready",
    m_axis_tdata: "{in_last, in_keep, in_data}",
    m_axis_tvalid: "in_valid",
    m_axis_tready: "in_ready",
  },
)}
  wire ${vector(width)} feeder_data;
  wire feeder_valid, feeder_done, feeder_tlast, credit_return;
${instance(
  "image_feeder",
  "feeder",
  {
    LANES: plan.lanes,
    SLOT: elementBits,
    BITS: feeder.output.bits,
    DATA_W: dataBits,
    COLLECT: collect,
    BEATS: beatsPerImage,
    PACE_BEAT: plan.pace.beat,
    PACE_IMAGE: plan.pace.image,
    CREDITS: credits,
  },
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "in_data",
    s_axis_tkeep: "in_keep",
    s_axis_tlast: "in_last",
    s_axis_tvalid: "in_valid",
    s_axis_tready: "in_ready",
    out_data: "feeder_data",
    out_valid: "feeder_valid",
    out_done: "feeder_done",
    out_tlast: "feeder_tlast",
    credit_return: "credit_return",
    short_images: "short_images",
  },
)}
${parts.join("\n")}
  // The stream out: only as wide as a result until the last step.
  wire signed ${vector(lastBits)} out_word;
  assign m_axis_tdata = 32'(out_word);
${instance(
  "axis_skid",
  "out",
  {DATA_W: lastBits + 1},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: `{results_last, results_data${vector(lastBits)}}`,
    s_axis_tvalid: "results_valid",
    s_axis_tready: "results_ready",
    m_axis_tdata: "{m_axis_tlast, out_word}",
    m_axis_tvalid: "m_axis_tvalid",
    m_axis_tready: "m_axis_tready",
  },
)}${lastBits < 32 ? `\n  wire unused = &{1'b0, results_data[31:${lastBits}]};  // copies of the sign\n` : ""}
endmodule
${footer}`
}

export function note(stage: PlanStage): string {
  const {output, latency} = stage
  const rate = `${output.positions > 1 ? `${output.positions} x ` : ""}${output.channels} x ${output.bits} bits, latency ${latency}`
  if (stage.kind === "serial") return `${stage.adders} additions, ${stage.frame} clocks a window: ${rate}`
  if (stage.kind === "sums") return `${stage.adders} adders: ${rate}`
  if (stage.kind === "folded") return `${stage.pe} PE x ${stage.simd} SIMD: ${rate}`
  if (stage.kind === "fifo") return `depth ${stage.fifoDepth}: ${rate}`
  return rate
}

/** One block of the plan, its wires and instance, and what the next one is connected to. */
export function block(
  plan: Plan,
  network: IntegerNetwork,
  stage: PlanStage,
  from: Wires,
  next: PlanStage | undefined,
  previous: PlanStage | undefined,
): readonly [string, Wires] {
  const {name} = stage
  const clocked = {clk: "clk", rst: "rst"}
  const to: Wires = {data: `${name}_data`, valid: `${name}_valid`}
  const outBits = stage.output.positions * stage.output.channels * stage.output.bits
  const each = stage.output.channels * stage.output.bits
  switch (stage.kind) {
    case "skid":
    case "feeder":
      return ["", from]
    case "window": {
      const {positions, channels, bits} = stage.input
      const inside = `${name}_inside`
      return [
        `  // ${stage.layer}: ${stage.kernel.height} x ${stage.kernel.width} windows of a ${stage.size.height} x ${stage.size.width} image.
  wire ${vector(outBits)} ${to.data};
  wire ${to.valid};
  wire ${vector(positions)} ${inside};
${instance(
  "window",
  name,
  {
    WIDTH: channels * bits,
    LANES: positions,
    ROWS: stage.size.height,
    COLUMNS: stage.size.width,
    KH: stage.kernel.height,
    KW: stage.kernel.width,
    ...(stage.stride && {SH: stage.stride.height, SW: stage.stride.width}),
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: masked(from, 1),
    out_data: to.data,
    out_valid: to.valid,
    out_inside: inside,
  },
)}`,
        {...to, inside},
      ]
    }
    case "sums":
      return [
        `  wire ${vector(outBits)} ${to.data};\n${instance(`${plan.name}_${name}`, name, {}, {clk: "clk", in_data: from.data, out_data: to.data})}`,
        {...from, data: to.data},
      ]
    case "requantise": {
      // Valid and inside travel beside the sums and the requantise units.
      const beside = (previous?.kind === "sums" ? previous.latency : 0) + 2
      const wide = from.inside === undefined ? 1 : 1 + stage.output.positions
      const inside = `${name}_inside`
      const raster = next?.kind === "pool" && next.form === "raster"
      const text = `  wire ${vector(outBits)} ${to.data};
${instance(`${plan.name}_${name}`, name, {}, {clk: "clk", in_data: from.data, out_data: to.data})}
  wire ${to.valid};
${from.inside === undefined ? "" : `  wire ${vector(stage.output.positions)} ${inside};\n`}${instance(
  "delay",
  `${name}_valid`,
  {WIDTH: wide, CLOCKS: beside},
  {
    ...clocked,
    in_data: from.inside === undefined ? from.valid : `{${from.valid}, ${from.inside}}`,
    out_data: from.inside === undefined ? to.valid : `{${to.valid}, ${inside}}`,
  },
)}${raster ? `  wire unused_${name} = &{1'b0, ${inside}};  // the pool knows its places itself\n` : ""}`
      return [text, from.inside === undefined ? to : {...to, inside}]
    }
    case "pool":
      return [pool(stage, from, to), {data: to.data, valid: to.valid}]
    case "fifo": {
      const lanes = stage.lanes
      const queued =
        next !== undefined &&
        (next.kind === "folded" ||
          next.kind === "serial" ||
          (next.kind === "window" && next.held === true) ||
          blockOf(next)?.waits === true)
      return [
        `  // Positions one at a time; the schedule never holds more than ${stage.fifoDepth} of them a lane.
  wire ${vector(each)} ${to.data};
  wire ${to.valid}${queued ? `, ${name}_ready` : ""};
${instance(
  "queue",
  name,
  {
    WIDTH: each,
    LANES: lanes,
    DEPTH: stage.fifoDepth,
    ...(lanes > 1 && {
      ROWS: rowsOf(network, stage.layer),
      COLUMNS: stage.output.beats / rowsOf(network, stage.layer),
      START: at(stage.order, 0),
      STEP: at(stage.order, 1),
      STEP_ROW: at(stage.order, 2),
    }),
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: lanes > 1 && previous?.kind === "feeder" ? `{${lanes}{${from.valid}}}` : masked(from, lanes),
    out_data: to.data,
    out_valid: to.valid,
    out_ready: queued ? `${name}_ready` : "1'b1",
  },
)}`,
        to,
      ]
    }
    case "columns":
      return [columnsBlock(stage, {data: from.data, valid: masked(from, 1)}, to), to]
    case "serial":
      return [serialBlock(plan, stage, from, to), to]
    case "folded":
      return [folded(plan, network, stage, from, to), to]
    case "result": {
      const bits = stage.input.bits + (stage.input.signed ? 0 : 1)
      const data = stage.input.signed
        ? from.data
        : `{${Array.from({length: stage.pe}, (_, p) => `1'b0, ${from.data}[${stage.input.bits * (stage.pe - 1 - p)} +: ${stage.input.bits}]`).join(", ")}}`
      return [
        `  // Results in order, held until taken: room for ${plan.credits} images.
  wire [31:0] results_data;
  wire results_last, results_valid, results_ready;
${instance(
  "result_out",
  "results",
  {PE: stage.pe, SUM_W: bits, OUTPUTS: stage.output.beats, CREDITS: plan.credits},
  {
    ...clocked,
    in_data: data,
    in_valid: from.valid,
    in_done: "feeder_done",
    in_tlast: "feeder_tlast",
    m_axis_tdata: "results_data",
    m_axis_tlast: "results_last",
    m_axis_tvalid: "results_valid",
    m_axis_tready: "results_ready",
    credit_return: "credit_return",
  },
)}`,
        to,
      ]
    }
    default:
      throw bug("emit", `no block is a ${stage.kind}`)
  }
}

/** Rows of the tensor a layer reads; 1 where it is a vector. */
function rowsOf(network: IntegerNetwork, layer: string | undefined): number {
  let source = network.layers.find((one) => one.name === layer)?.inputs[0]
  for (
    let one = network.layers.find((l) => l.name === source);
    one?.kind === "flatten";
    one = network.layers.find((l) => l.name === source)
  )
    source = one.inputs[0]
  if (source === "input") return network.input.shape.height
  const producer = network.layers.find((one) => one.name === source)
  return producer === undefined || producer.kind === "dense" ? 1 : producer.output.shape.height
}

function pool(stage: PoolStage, from: Wires, to: Wires): string {
  const {channels, bits, signed, positions} = stage.input
  const slots = stage.slots.length
  const shared = {CHANNELS: channels, BITS: bits, SIGNED: `1'b${signed ? 1 : 0}`, LANES: positions}
  const lines = stage.form === "lines"
  const size = {ROWS: stage.of.height, COLUMNS: stage.of.width, PH: stage.size.height, PW: stage.size.width}
  const parameters = lines
    ? {...shared, ...size}
    : {
        ...shared,
        PITCH: stage.pitch,
        HEIGHT: stage.rows,
        ROW0: stage.origin.row,
        COLUMN0: stage.origin.column,
        ...size,
        GRID: positions / slots,
      }
  const valid = lines && from.inside !== undefined ? `${from.valid} && ${from.inside}[0]` : from.valid
  return `  // ${stage.layer}: the largest of ${stage.size.height} x ${stage.size.width}${slots > 1 ? `, windows ending at lanes ${stage.slots.join(", ")}` : ""}.
  wire ${vector(slots * channels * bits)} ${to.data};
  wire ${slots > 1 ? `${vector(slots)} ` : ""}${to.valid};
${instance(lines ? "pool" : "pool_raster", stage.name, parameters, {
  clk: "clk",
  rst: "rst",
  in_data: from.data,
  in_valid: valid,
  out_data: to.data,
  out_valid: to.valid,
})}${lines && positions > 1 && from.inside !== undefined ? `  wire unused_${stage.name} = &{1'b0, ${from.inside}};  // a beat's lanes are inside together\n` : ""}`
}

function folded(plan: Plan, network: IntegerNetwork, stage: FoldedStage, from: Wires, to: Wires): string {
  const layer = network.layers.find((one) => one.name === stage.layer) as LinearLayer
  const {pe, simd, groups, vectors, accumulatorBits, romBits, romWords} = stage
  const addressBits = Math.max(1, Math.ceil(Math.log2(romWords)))
  const constants = layer.requantise === undefined ? undefined : roundingUnit(layer.requantise, layer.kind).constants
  const biases = Array.from({length: groups * pe}, (_, o) =>
    o < layer.bias.length ? at(layer.bias, o) + (constants?.[o] ?? 0) : 0,
  )
  return `  // ${stage.layer}: ${vectors} vectors of ${stage.input.channels}, ${pe} outputs by ${simd} inputs a clock.
  localparam bit ${vector(groups * pe * accumulatorBits)} ${stage.name.toUpperCase()}_BIAS = {
${wrapped(
  [...biases].reverse().map((bias) => hex(bias, accumulatorBits)),
  "    ",
)}
  };
  wire ${vector(addressBits)} ${stage.name}_address;
  wire ${vector(romBits)} ${stage.name}_weights;
  wire ${vector(pe * accumulatorBits)} ${to.data};
  wire ${to.valid};
${instance(`${plan.name}_${stage.layer}_weights`, `${stage.layer}_weights`, {}, {clk: "clk", address: `${stage.name}_address`, data: `${stage.name}_weights`})}
${multipliers(stage, from, to, addressBits)}`
}

/** The engine: rtl/folded.sv, or rtl/folded_load.sv, which has two products of 8 bits to a multiplier. */
function multipliers(stage: FoldedStage, from: Wires, to: Wires, addressBits: number): string {
  const {name, pe, simd, groups, chunks, vectors, accumulatorBits, weightBits, multiplier, input} = stage
  const bias = `${name.toUpperCase()}_BIAS`
  const packed = multiplier === "packed"
  const weights = packed && weightBits < 8 ? `${name}_wide` : `${name}_weights`
  const shared = {
    VECTORS: vectors,
    VALUES: input.channels,
    BITS: input.bits,
    SIGNED: `1'b${input.signed ? 1 : 0}`,
  }
  const fold = {PE: pe, SIMD: simd, GROUPS: groups, CHUNKS: chunks}
  const ports = {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: from.valid,
    in_ready: from.data.replace(/_data$/, "_ready"),
    rom_address: `${name}_address`,
    rom_data: weights,
  }
  const out = {out_data: to.data, out_valid: to.valid}
  if (!packed) {
    const rows = multiplier === "lut" && usesDsp(input.bits, weightBits)
    const sums = {SUM_W: accumulatorBits, BIAS: bias, ADDRESS_W: addressBits, ...(rows && {DSP: "1'b0"})}
    return instance("folded", name, {...shared, WEIGHT_BITS: weightBits, ...fold, ...sums}, {...ports, ...out})
  }
  const extended =
    weightBits < 8
      ? `  wire ${vector(8 * pe * simd)} ${weights};
  for (genvar i = 0; i < ${pe * simd}; i++) begin : gen_${weights}
    assign ${weights}[8*i +: 8] = 8'($signed(${name}_weights[${weightBits}*i +: ${weightBits}]));
  end
`
      : ""
  const sums = {PACKED: "1'b1", SUM_W: accumulatorBits, BIAS_W: accumulatorBits, ADDRESS_W: addressBits}
  return `${extended}${instance("folded_load", name, {...shared, ...fold, ...sums}, {...ports, in_bias: bias, ...out})}`
}
