import {at, bug} from "../errors.ts"
import type {IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {type LoadKind, loadTargets} from "../graph/packets.ts"
import {sourcesOf} from "../plan/links.ts"
import type {FoldedStage, Plan, PlanStage, PoolStage, RequantiseStage, WindowStage} from "../plan/plan.ts"
import type {Wires} from "./blocks/block.ts"
import {hex, instance, vector, wrapped} from "./sv-text.ts"

// The blocks of a core whose weights come over the stream: what sv-core.ts writes for constant ones.

/** A stage's text and what the next is connected to, where it is another one than behind raw packets. `wires`: by stage. */
export function loaded(
  plan: Plan,
  network: IntegerNetwork,
  stage: PlanStage,
  wires: ReadonlyMap<string, Wires>,
): readonly [string, Wires] | undefined {
  const source = at(sourcesOf(plan.stages, stage), 0)
  const from = wires.get(source.name)
  if (from === undefined) throw bug("emit", `${stage.name} reads ${source.name}, which is no block`)
  switch (stage.kind) {
    case "window":
      return heldWindow(stage, from, source.kind === "fifo")
    case "folded":
      return loadedFolded(plan, network, stage, from)
    case "requantise":
      return sharedRequantise(plan, network, stage, from)
    case "pool":
      return sharedPool(stage, from)
    default:
      return undefined
  }
}

/** Row of packet_in's TABLE that loads this of a layer: 0 is execute. */
function row(plan: Plan, network: IntegerNetwork, layer: string | undefined, kind: LoadKind): number {
  const targets = plan.loadable === undefined ? [] : loadTargets(network, plan.loadable)
  const index = targets.findIndex((target) => target.layer.name === layer && target.kind === kind)
  if (index < 0) throw bug("emit", `${layer} has no ${kind} to load`)
  return index + 1
}

const load = (index: number) => ({
  in_load_idle: "load_idle",
  in_load_valid: `load_valid && load_row[${index}]`,
})

/** A window that waits for its engine: `from.ready`, where there is one, lets the next position in. */
function heldWindow(stage: WindowStage, from: Wires, queued: boolean): readonly [string, Wires] {
  const {name, kernel, size, input, output} = stage
  const ready = from.data.replace(/_data$/, "_ready")
  const text = `  // ${stage.layer}: ${kernel.height} x ${kernel.width} windows of a ${size.height} x ${size.width} image, each offered until its sums are begun.
  wire ${vector(output.channels * output.bits)} ${name}_data;
  wire ${name}_complete, ${name}_inside, ${name}_valid, ${name}_ready;
${queued ? "" : `  wire ${name}_free;\n`}${instance(
  "window",
  name,
  {
    WIDTH: input.channels * input.bits,
    LANES: 1,
    ROWS: size.height,
    COLUMNS: size.width,
    KH: kernel.height,
    KW: kernel.width,
  },
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: queued ? `${from.valid} && ${ready}` : from.valid,
    out_data: `${name}_data`,
    out_valid: `${name}_complete`,
    out_inside: `${name}_inside`,
  },
)}${instance(
  "hold",
  `${name}_hold`,
  {},
  {
    clk: "clk",
    rst: "rst",
    in_valid: `${name}_complete && ${name}_inside`,
    in_ready: queued ? ready : `${name}_free`,
    out_valid: `${name}_valid`,
    out_ready: `${name}_ready`,
  },
)}${queued ? "" : `  wire unused_${name} = &{1'b0, ${name}_free};  // the feeder's pace leaves each window its time\n`}`
  return [text, {data: `${name}_data`, valid: `${name}_valid`}]
}

/** Multipliers, the memory of their weights, and the biases. */
function loadedFolded(plan: Plan, network: IntegerNetwork, stage: FoldedStage, from: Wires): readonly [string, Wires] {
  const {name, pe, simd, groups, chunks, vectors, outputs, accumulatorBits, romWords, romBits} = stage
  const biasBits = stage.load?.biasBits ?? 0
  const layer = network.layers.find((one) => one.name === stage.layer) as LinearLayer
  const addressBits = Math.max(1, Math.ceil(Math.log2(romWords)))
  const width = biasBits === 0 ? accumulatorBits : biasBits
  const shared = {VECTORS: vectors, VALUES: stage.input.channels, PE: pe, SIMD: simd, GROUPS: groups, CHUNKS: chunks}
  const bias = `${stage.layer}_bias`
  const fill = groups * pe - outputs
  const biases =
    biasBits === 0
      ? `  wire ${vector(groups * pe * width)} ${bias} = '0;  // this arithmetic has none
`
      : `  // The build's biases, the highest output first, until others are loaded.
  localparam bit ${vector(outputs * width)} ${stage.name.toUpperCase()}_BIAS = {
${wrapped(
  [...layer.bias].reverse().map((value) => hex(value, width)),
  "    ",
)}
  };
  wire ${vector(outputs * width)} ${stage.layer}_biases;
  wire ${vector(groups * pe * width)} ${bias} = ${fill === 0 ? `${stage.layer}_biases` : `{${fill * width}'d0, ${stage.layer}_biases}`};
${instance(
  "bias_load",
  `${stage.layer}_biases`,
  {OUTPUTS: outputs, BIAS_W: width, BUILT: `${stage.name.toUpperCase()}_BIAS`},
  {
    clk: "clk",
    rst: "rst",
    in_load_data: "load_data",
    ...load(row(plan, network, stage.layer, "biases")),
    out_bias: `${stage.layer}_biases`,
  },
)}`
  const text = `  // ${stage.layer}: ${vectors} vectors of ${stage.input.channels}, ${pe} outputs by ${simd} inputs a clock, weights as they were loaded.
  wire ${vector(addressBits)} ${name}_address;
  wire ${vector(romBits)} ${name}_weights;
${instance(
  "weight_ram",
  `${stage.layer}_weights`,
  {...shared, WEIGHT_BITS: 8, BLOCK: `1'b${stage.memory === "block" ? 1 : 0}`, ADDRESS_W: addressBits},
  {
    clk: "clk",
    in_load_data: "load_data[7:0]",
    ...load(row(plan, network, stage.layer, "weights")),
    rom_address: `${name}_address`,
    rom_data: `${name}_weights`,
  },
)}${biases}  wire ${vector(pe * accumulatorBits)} ${name}_data;
  wire ${name}_valid;
${instance(
  "folded_load",
  name,
  {
    ...shared,
    BITS: stage.input.bits,
    SIGNED: `1'b${stage.input.signed ? 1 : 0}`,
    PACKED: `1'b${stage.load?.packed === true ? 1 : 0}`,
    LOADED: "1'b1",
    SUM_W: accumulatorBits,
    BIAS_W: width,
    ADDRESS_W: addressBits,
  },
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: from.valid,
    in_ready: from.data.replace(/_data$/, "_ready"),
    rom_address: `${name}_address`,
    rom_data: `${name}_weights`,
    in_bias: bias,
    out_data: `${name}_data`,
    out_valid: `${name}_valid`,
  },
)}`
  return [text, {data: `${name}_data`, valid: `${name}_valid`}]
}

/** ROUNDING of rtl/requantise_shift.sv. */
function rounding(layer: LinearLayer): number {
  switch (layer.requantise?.rounding) {
    case "half-even":
      return 1
    case "tflite":
      return layer.kind === "dense" ? 2 : 3
    case "half-up":
      return 4
    default:
      return 0
  }
}

/** The requantise units of a layer, and its shift where that is loaded. */
function sharedRequantise(
  plan: Plan,
  network: IntegerNetwork,
  stage: RequantiseStage,
  from: Wires,
): readonly [string, Wires] {
  const {name, input, output, shared} = stage
  const layer = network.layers.find((one) => one.name === stage.layer) as LinearLayer
  if (shared === undefined) throw bug("emit", `${name} is not shared`)
  const {units, pieces, held, loaded, shift} = shared
  const register = `${stage.layer}_shift_q`
  const shifts = loaded
    ? `  // ${stage.layer}: its shift, the build's until another is loaded.
  logic [4:0] ${register};
  always_ff @(posedge clk) begin
    if (load_valid && load_row[${row(plan, network, stage.layer, "shift")}]) ${register} <= load_data[4:0];
    if (rst) ${register} <= 5'd${shift};
  end
`
    : ""
  const text = `${shifts}  // ${stage.layer}: ${input.channels} sums to ${output.bits} bits by ${units} unit${units === 1 ? "" : "s"}, rounding ${stage.rounding}${stage.relu ? ", relu" : ""}, ${stage.overflow}.
  wire ${vector(output.channels * output.bits)} ${name}_data;
  wire ${name}_valid;
${instance(
  "requantise_shared",
  name,
  {
    CHANNELS: input.channels,
    UNITS: units,
    PIECES: pieces,
    HELD: `1'b${held ? 1 : 0}`,
    LOADED: `1'b${loaded ? 1 : 0}`,
    SHIFT: shift,
    IN_W: input.bits,
    ROUNDING: rounding(layer),
    RELU: `1'b${stage.relu ? 1 : 0}`,
    WRAP: `1'b${stage.overflow === "wrap" ? 1 : 0}`,
    OUT_BITS: output.bits,
    OUT_SIGNED: `1'b${output.signed ? 1 : 0}`,
  },
  {
    clk: "clk",
    rst: "rst",
    in_shift: loaded ? register : "5'd0",
    in_data: from.data,
    in_valid: from.valid,
    out_data: `${name}_data`,
    out_valid: `${name}_valid`,
  },
)}`
  return [text, {data: `${name}_data`, valid: `${name}_valid`}]
}

/** The largest of each window, some channels a clock. */
function sharedPool(stage: PoolStage, from: Wires): readonly [string, Wires] {
  const {name, input, output, size, of, shared} = stage
  if (shared === undefined) throw bug("emit", `${name} is not shared`)
  const {units, groups, pieces} = shared
  const text = `  // ${stage.layer}: the largest of ${size.height} x ${size.width}, ${units} channel${units === 1 ? "" : "s"} a clock.
  wire ${vector(output.channels * output.bits)} ${name}_data;
  wire ${name}_valid;
${instance(
  "pool_shared",
  name,
  {
    CHANNELS: input.channels,
    GROUPS: groups,
    UNITS: units,
    PIECES: pieces,
    BITS: input.bits,
    SIGNED: `1'b${input.signed ? 1 : 0}`,
    ROWS: of.height,
    COLUMNS: of.width,
    PH: size.height,
    PW: size.width,
  },
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: from.valid,
    out_data: `${name}_data`,
    out_valid: `${name}_valid`,
  },
)}`
  return [text, {data: `${name}_data`, valid: `${name}_valid`}]
}
