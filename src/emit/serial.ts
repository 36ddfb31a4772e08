import {at} from "../errors.ts"
import {biasClocks, operandDelay, type SerialPlan} from "../plan/serial.ts"
import type {Adder} from "../plan/shift-add/network.ts"

/**
 * SystemVerilog of a bit-serial engine, on instances of rtl/serial_add.sv. `serves` says in a comment what an adder is for.
 *
 * Ports: clk, rst, in_valid, in_data (input i at [inputBits*i +: inputBits]), out_valid, out_data (output r, signed, at
 * [frame*r +: frame]). A window may come every `frame` clocks; its result is there for the clock of out_valid, `latency`
 * clocks after in_valid.
 */
export function emitSerial(name: string, plan: SerialPlan, serves: (adder: number) => string = () => ""): string {
  const {network, frame, inputBits, signed, held, latency, accumulatorBits} = plan
  const inputs = network.inputs.length
  const outputs = network.outputs.length
  const lines = [
    `// ${name}: ${outputs} constant sums of ${inputs} ${signed ? "signed" : "unsigned"} ${inputBits}-bit inputs, bit by bit: ${network.adders.length} full adders.`,
    "//",
    `// Throughput: a window every ${frame} clocks (the frame); latency: ${latency}. Nothing stalls: the caller keeps in_valid`,
    `// ${frame} clocks apart, and takes out_data in the clock of out_valid. Worst case: ${accumulatorBits} bits of ${frame}.`,
    ...(held ? [`// in_data stays for ${frame} clocks after in_valid.`] : []),
    `// in_data: input i at [${inputBits}*i +: ${inputBits}]. out_data: output r, signed, at [${frame}*r +: ${frame}].`,
    "//",
    "// x: an input's bits, s: an adder's, _d: the same so many clocks ago. A left shift is a longer wait, its low bits masked.",
    "",
    "`default_nettype none",
    "",
    `module ${name} (`,
    "  input  wire clk,",
    "  input  wire rst,                      // synchronous, active high",
    "  input  wire in_valid,",
    `  input  wire [${Math.max(1, inputs * inputBits) - 1}:0] in_data,`,
    "  output wire out_valid,",
    `  output wire [${Math.max(1, outputs * frame) - 1}:0] out_data`,
    ");",
    "",
    ...clockwork(plan),
    ...loader(plan),
    ...delays(plan),
    ...masks(plan),
    ...network.adders.flatMap((adder, index) => fullAdder(plan, adder, index, serves(index))),
    "",
    ...results(plan),
    "",
    "endmodule",
    "",
    "`default_nettype wire",
    "",
  ]
  return lines.join("\n")
}

const signal = ({network}: SerialPlan, value: number) =>
  value < network.inputs.length ? `x${value}` : `s${value - network.inputs.length}`

/** The value so many clocks ago. */
const tap = (plan: SerialPlan, value: number, delay: number) =>
  delay === 0 ? signal(plan, value) : `${signal(plan, value)}_d[${delay}]`

/** A pulse that runs along with each window. */
function clockwork({latency}: SerialPlan): string[] {
  return [
    "  // now[t]: a window is at time t, t + 1 clocks after its in_valid.",
    `  logic [${latency - 1}:0] now;`,
    "  always_ff @(posedge clk) begin",
    `    now <= ${latency === 1 ? "in_valid" : `{now[${latency - 2}:0], in_valid}`};`,
    "    if (rst) now <= '0;",
    "  end",
    `  assign out_valid = now[${latency - 1}];`,
    "",
  ]
}

const started = (time: number) => (time === 0 ? "in_valid" : `now[${time - 1}]`)

/** Reads each input's bits from the word kept, from the time its users want them. */
function loader(plan: SerialPlan): string[] {
  const {network, inputBits, signed, held, starts, delays: _} = plan
  const used = network.inputs.flatMap((_, i) => (isUsed(plan, i) ? [i] : []))
  if (used.length === 0) return []
  const times = [...new Set(used.map((i) => at(starts, i) - 1))].sort((p, q) => p - q)
  const width = Math.max(1, Math.ceil(Math.log2(inputBits)))
  const last = `${width}'d${inputBits - 1}`
  const lines = held
    ? ["  wire [$bits_in-1:0] word = in_data;".replace("$bits_in", `${network.inputs.length * inputBits}`)]
    : [
        `  logic [${network.inputs.length * inputBits - 1}:0] word;`,
        "  always_ff @(posedge clk) if (in_valid) word <= in_data;",
      ]
  for (const time of times) {
    lines.push(
      "",
      `  // Bit ${inputBits === 1 ? "0" : `select${time}`} of these inputs from time ${time} on.`,
      `  logic live${time};`,
      ...(inputBits === 1 ? [] : [`  logic [${width - 1}:0] select${time};`]),
      "  always_ff @(posedge clk) begin",
      inputBits === 1
        ? `    live${time} <= ${started(time)};`
        : `    live${time} <= ${started(time)} || (live${time} && select${time} != ${last});`,
      ...(inputBits === 1
        ? []
        : [`    select${time} <= ${started(time)} ? ${width}'d0 : select${time} + ${width}'d1;`]),
      `    if (rst) live${time} <= 1'b0;`,
      "  end",
    )
    for (const i of used.filter((input) => at(starts, input) - 1 === time)) {
      const bit = inputBits === 1 ? `word[${i}]` : `word${i}[select${time}]`
      // A slice of its own: synthesis would choose among the bits of the whole word before it sees that few are left.
      const slice = `  wire [${inputBits - 1}:0] word${i} = word[${inputBits * i} +: ${inputBits}];`
      lines.push(
        ...(inputBits === 1 ? [] : [slice]),
        `  logic x${i};`,
        signed
          ? `  always_ff @(posedge clk) if (live${time}) x${i} <= ${bit};  // then the sign stays`
          : `  always_ff @(posedge clk) x${i} <= live${time} && ${bit};`,
      )
    }
  }
  return [...lines, ""]
}

/** Registers behind the values that are wanted later than they are there. */
function delays(plan: SerialPlan): string[] {
  return plan.delays.flatMap((delay, value) => {
    if (!isUsed(plan, value)) return []
    const name = signal(plan, value)
    const own = value < plan.network.inputs.length ? [] : [`  wire ${name};`]
    if (delay === 0) return own
    const next = delay === 1 ? name : `{${name}_d[${delay - 1}:1], ${name}}`
    return [...own, `  logic [${delay}:1] ${name}_d;`, `  always_ff @(posedge clk) ${name}_d <= ${next};`]
  })
}

/** The clocks in which an operand shifted by so much has no bits yet. */
function masks(plan: SerialPlan): string[] {
  const {network, starts} = plan
  const wanted = new Map<string, string>()
  const want = (time: number, shift: number) => {
    if (shift === 0) return
    wanted.set(low(time, shift), Array.from({length: shift}, (_, k) => `now[${time + k}]`).join(" || "))
  }
  for (const [index, {aShift, bShift}] of network.adders.entries()) {
    const time = at(starts, network.inputs.length + index) - 1
    want(time, aShift)
    want(time, bShift)
  }
  for (const output of network.outputs) if (output !== null) want(summed(plan), output.shift)
  return ["", ...[...wanted].map(([name, value]) => `  wire ${name} = ${value};`), ""]
}

const low = (time: number, shift: number) => `low${time}_${shift}`

function operand(plan: SerialPlan, value: number, shift: number, time: number): string {
  const bit = tap(plan, value, operandDelay(time, at(plan.starts, value), shift))
  return shift === 0 ? bit : `${bit} && !${low(time, shift)}`
}

function fullAdder(plan: SerialPlan, {a, b, aShift, bShift, subtract}: Adder, index: number, serves: string): string[] {
  const value = plan.network.inputs.length + index
  const time = at(plan.starts, value) - 1
  const name = signal(plan, value)
  const text = (v: number, shift: number) => signal(plan, v) + (shift === 0 ? "" : ` << ${shift}`)
  const formula = `${name} = ${text(a, aShift)} ${subtract ? "-" : "+"} ${text(b, bShift)}`
  return [
    `  // ${formula}${serves === "" ? "" : `: ${serves}`}`,
    `  serial_add #(.SUBTRACT(1'b${subtract ? 1 : 0})) u_${name} (`,
    `    .clk, .in_first(now[${time}]), .in_a(${operand(plan, a, aShift, time)}), .in_b(${operand(plan, b, bShift, time)}), .out_s(${name})`,
    "  );",
  ]
}

/** The time the network's outputs are aligned at, before biases. */
const summed = ({collect, network, bias}: SerialPlan) => collect - biasClocks(network, bias)

/** Biases and negations, a shift register an output. */
function results(plan: SerialPlan): string[] {
  const {network, bias, frame} = plan
  const time = summed(plan)
  const biased = biasClocks(network, bias) === 1
  const lines: string[] = []
  if (bias.some((b) => b !== 0)) {
    const width = Math.max(1, Math.ceil(Math.log2(frame)))
    lines.push(
      "  // The bit of the biases.",
      `  logic [${width - 1}:0] place;`,
      `  always_ff @(posedge clk) place <= ${started(time)} ? '0 : place + ${width}'d1;`,
    )
  }
  for (const [r, output] of network.outputs.entries()) {
    const sum = output === null ? "1'b0" : operand(plan, output.value, output.shift, time)
    const b = at(bias, r)
    const negate = output?.negate === true
    lines.push(`  wire y${r};`)
    if (b !== 0) {
      const pattern = BigInt.asUintN(frame, BigInt(b)).toString(16)
      lines.push(`  localparam bit [${frame - 1}:0] BIAS${r} = ${frame}'h${pattern};  // ${b}`)
    }
    if (b !== 0 || negate) {
      lines.push(
        `  serial_add #(.SUBTRACT(1'b${negate ? 1 : 0})) u_y${r} (`,
        `    .clk, .in_first(now[${time}]), .in_a(${b === 0 ? "1'b0" : `BIAS${r}[place]`}), .in_b(${sum}), .out_s(y${r})`,
        "  );",
      )
    } else if (biased) {
      lines.push(`  logic y${r}_q;`, `  always_ff @(posedge clk) y${r}_q <= ${sum};`, `  assign y${r} = y${r}_q;`)
    } else lines.push(`  assign y${r} = ${sum};`)
    const next = frame === 1 ? `y${r}` : `{y${r}, out${r}[${frame - 1}:1]}`
    lines.push(
      `  logic [${frame - 1}:0] out${r};`,
      `  always_ff @(posedge clk) out${r} <= ${next};`,
      `  assign out_data[${frame * r} +: ${frame}] = out${r};`,
    )
  }
  if (network.outputs.length === 0) lines.push("  assign out_data = '0;")
  return lines
}

function isUsed({network}: SerialPlan, value: number): boolean {
  return (
    network.adders.some(({a, b}) => a === value || b === value) ||
    network.outputs.some((output) => output?.value === value)
  )
}
