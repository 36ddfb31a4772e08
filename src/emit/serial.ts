import {at} from "../errors.ts"
import {lastTerms, operandDelay, type SerialPlan, used} from "../plan/serial.ts"
import {additions, type SerialTerm} from "../plan/serial-sums.ts"

/**
 * SystemVerilog of a bit-serial engine, on instances of rtl/serial_sum.sv.
 *
 * Ports: clk, rst, in_valid, in_data (input i at [inputBits*i +: inputBits]), out_valid, out_data (output r, signed, at
 * [frame*r +: frame]). A window may come every `frame` clocks; its result is there for the clock of out_valid, `latency`
 * clocks after in_valid.
 */
export function emitSerial(name: string, plan: SerialPlan): string {
  const {network, frame, inputBits, signed, held, latency, accumulatorBits} = plan
  const inputs = network.inputs.length
  const outputs = network.outputs.length
  const lines = [
    `// ${name}: ${outputs} constant sums of ${inputs} ${signed ? "signed" : "unsigned"} ${inputBits}-bit inputs, bit by bit: ${additions(network)} additions.`,
    "//",
    `// Throughput: a window every ${frame} clocks (the frame); latency: ${latency}. Nothing stalls: the caller keeps in_valid`,
    `// ${frame} clocks apart, and takes out_data in the clock of out_valid. Worst case: ${accumulatorBits} bits of ${frame}.`,
    ...(held ? [`// in_data stays for ${frame} clocks after in_valid.`] : []),
    `// in_data: input i at [${inputBits}*i +: ${inputBits}]. out_data: output r, signed, at [${frame}*r +: ${frame}].`,
    "//",
    "// x: an input's bits, s: a sum's, _d: the same so many clocks ago. A left shift is a longer wait; _low: zero in the",
    "// clocks before its bits come.",
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
    ...network.sums.flatMap((terms, index) => innerSum(plan, terms, index)),
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
  const {network, inputBits, signed, held, starts} = plan
  const isUsed = used(network)
  const read = network.inputs.flatMap((_, i) => (isUsed[i] ? [i] : []))
  if (read.length === 0) return []
  const times = [...new Set(read.map((i) => at(starts, i) - 1))].sort((p, q) => p - q)
  const width = Math.max(1, Math.ceil(Math.log2(inputBits)))
  const last = `${width}'d${inputBits - 1}`
  const unused = "  wire unused_word = &{1'b0, word};  // inputs without a weight are not read"
  const lines = held
    ? ["  wire [$bits_in-1:0] word = in_data;".replace("$bits_in", `${network.inputs.length * inputBits}`), unused]
    : [
        `  logic [${network.inputs.length * inputBits - 1}:0] word;`,
        "  always_ff @(posedge clk) if (in_valid) word <= in_data;",
        unused,
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
    for (const i of read.filter((input) => at(starts, input) - 1 === time)) {
      const bit = inputBits === 1 ? `word[${i}]` : `word${i}[select${time}]`
      // A slice of its own: synthesis would choose among the bits of the whole word before it sees that few are left.
      const slice = `  wire [${inputBits - 1}:0] word${i} = word[${inputBits * i} +: ${inputBits}];`
      lines.push(
        ...(inputBits === 1 ? [] : [slice]),
        `  logic x${i};`,
        signed
          ? `  always_ff @(posedge clk) if (live${time}) x${i} <= ${bit};  // then the sign stays`
          : `  always_ff @(posedge clk) if (live${time}) x${i} <= ${bit}; else x${i} <= 1'b0;`,
      )
    }
  }
  return [...lines, ""]
}

/** Registers behind the values that are wanted later than they are there. */
function delays(plan: SerialPlan): string[] {
  const isUsed = used(plan.network)
  return plan.delays.flatMap((delay, value) => {
    if (!isUsed[value]) return []
    const name = signal(plan, value)
    const own = value < plan.network.inputs.length ? [] : [`  wire ${name};`]
    if (delay === 0) return own
    const next = delay === 1 ? name : `{${name}_d[${delay - 1}:1], ${name}}`
    return [...own, `  logic [${delay}:1] ${name}_d;`, `  always_ff @(posedge clk) ${name}_d <= ${next};`]
  })
}

/** The time at which the last sums of all outputs are computed. */
const lastTime = ({collect}: SerialPlan) => collect - 1

/** Shifted operands: zero for so many clocks, by the register's reset where there is one between. */
function masks(plan: SerialPlan): string[] {
  const {network, starts} = plan
  const lines = new Map<string, readonly string[]>()
  const want = ({value, shift}: SerialTerm, time: number) => {
    if (shift === 0) return
    const delay = operandDelay(time, at(starts, value), shift)
    const name = shifted(plan, value, shift, time)
    const clocks = Array.from({length: shift}, (_, k) => (delay === 0 ? `now[${time + k}]` : started(time + k))).join(
      " || ",
    )
    lines.set(
      name,
      delay === 0
        ? [`  wire ${name} = ${tap(plan, value, 0)} && !(${clocks});`]
        : [
            `  logic ${name};`,
            // Written as a reset, which && would not become: it costs no LUT.
            `  always_ff @(posedge clk) if (${clocks}) ${name} <= 1'b0; else ${name} <= ${tap(plan, value, delay - 1)};`,
          ],
    )
  }
  for (const [index, terms] of network.sums.entries())
    for (const term of terms) want(term, at(starts, network.inputs.length + index) - 1)
  for (const terms of network.outputs) for (const term of terms) want(term, lastTime(plan))
  return ["", ...[...lines.values()].flat(), ""]
}

const shifted = (plan: SerialPlan, value: number, shift: number, time: number) =>
  `${signal(plan, value)}_low${shift}_${time}`

/** The bit of an operand that a sum at `time` takes now. */
const operand = (plan: SerialPlan, {value, shift}: SerialTerm, time: number): string =>
  shift === 0 ? tap(plan, value, operandDelay(time, at(plan.starts, value), 0)) : shifted(plan, value, shift, time)

/** `name` = the sum of the terms, computed at `time`. */
function sum(name: string, bits: readonly string[], negative: readonly boolean[], time: number): string[] {
  const mask = [...negative].reverse().map((n) => (n ? "1" : "0"))
  return [
    `  serial_sum #(.TERMS(${bits.length}), .NEGATIVE(${bits.length}'b${mask.join("")})) u_${name} (`,
    `    .clk, .in_start(${started(time)}), .in_data({${[...bits].reverse().join(", ")}}), .out_s(${name})`,
    "  );",
  ]
}

const formula = (plan: SerialPlan, terms: readonly SerialTerm[]) =>
  terms
    .map(
      ({value, shift, negative}) =>
        `${negative ? "-" : "+"} ${signal(plan, value)}${shift === 0 ? "" : ` << ${shift}`}`,
    )
    .join(" ")

function innerSum(plan: SerialPlan, terms: readonly SerialTerm[], index: number): string[] {
  const value = plan.network.inputs.length + index
  const time = at(plan.starts, value) - 1
  const name = signal(plan, value)
  return [
    `  // ${name} = ${formula(plan, terms)}`,
    ...sum(
      name,
      terms.map((term) => operand(plan, term, time)),
      terms.map(({negative}) => negative),
      time,
    ),
  ]
}

/** The last sums, biases with them, and a shift register an output. */
function results(plan: SerialPlan): string[] {
  const {network, bias, frame} = plan
  const time = lastTime(plan)
  const lines: string[] = []
  if (bias.some((b) => b !== 0)) {
    const width = Math.max(1, Math.ceil(Math.log2(frame)))
    lines.push(
      "  // The bit of the biases.",
      `  logic [${width - 1}:0] place;`,
      `  always_ff @(posedge clk) place <= ${started(time)} ? '0 : place + ${width}'d1;`,
    )
  }
  for (const [r, terms] of network.outputs.entries()) {
    const b = at(bias, r)
    const bits = terms.map((term) => operand(plan, term, time))
    const negative = terms.map((term) => term.negative)
    if (b !== 0) {
      const pattern = BigInt.asUintN(frame, BigInt(b)).toString(16)
      lines.push(`  localparam bit [${frame - 1}:0] BIAS${r} = ${frame}'h${pattern};  // ${b}`)
      bits.push(`BIAS${r}[place]`)
      negative.push(false)
    } else if (lastTerms(terms, b) > terms.length) {
      bits.push("1'b0")
      negative.push(false)
    }
    lines.push(`  // y${r} = ${formula(plan, terms)}${b === 0 ? "" : ` + ${b}`}`)
    if (bits.length < 2) lines.push(`  logic y${r};`, `  always_ff @(posedge clk) y${r} <= ${bits[0] ?? "1'b0"};`)
    else lines.push(`  wire y${r};`, ...sum(`y${r}`, bits, negative, time))
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
