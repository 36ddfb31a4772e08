import {at} from "../errors.ts"
import {pipeline} from "../plan/pipeline.ts"
import type {Plan, SumsStage, WindowStage} from "../plan/plan.ts"
import {type Adder, coefficients, outputRanges} from "../plan/shift-add/network.ts"
import {banner, footer, vector} from "./sv-text.ts"

/**
 * The pipelined shift-add network of a convolution: an adder a line, in the clock it belongs to, with the weights it
 * serves. Inputs are the taps of rtl/window.sv, outputs one accumulator a lane and filter.
 */
export function emitSums(plan: Plan, stage: SumsStage, window: WindowStage, module: string): string {
  const {network, accumulatorBits, addersPerStage} = stage
  const first = network.inputs.length
  const bits = window.input.bits
  const {latency, clock, kept, widths} = pipeline(network, addersPerStage)
  const forms = coefficients(network)
  const lanes = window.input.positions
  const filters = network.outputs.length / lanes

  const base = (value: number) => (value < first ? `x${value}` : `s${value - first}`)
  // Register k of a value holds it k clocks after the one in which it is computed.
  const delayed = (value: number, clocks: number) => (clocks === 0 ? base(value) : `${base(value)}_q${clocks}`)
  const declare = (value: number) => {
    const {bits: width, signed} = at(widths, value)
    return `${signed ? "signed " : ""}${vector(width)}`
  }
  const extended = (name: string, value: number, width: number) =>
    at(widths, value).signed ? `${width}'($signed(${name}))` : `${width}'(${name})`
  // Operands wider than the sum: its exact range says that their upper bits cancel.
  const cut = new Set<string>()
  const operand = (value: number, when: number, shift: number, width: number) => {
    const name = delayed(value, when - at(clock, value))
    if (at(widths, value).bits > width) cut.add(name)
    const text = extended(name, value, width)
    return shift === 0 ? text : `(${text} << ${shift})`
  }
  const serves = (value: number) => {
    const form = at(forms, value)
    const terms: string[] = []
    for (const [i, c] of form.entries()) if (c !== 0) terms.push(`${c < 0 ? "-" : "+"}${Math.abs(c)}*x${i}`)
    return terms.length <= 4 ? terms.join(" ") : `${terms.slice(0, 3).join(" ")} .. ${terms.length} terms`
  }
  const adder = ({a, b, aShift, bShift, subtract}: Adder, index: number) => {
    const value = first + index
    const when = at(clock, value)
    const width = at(widths, value).bits
    return `  wire ${declare(value)} s${index} = ${operand(a, when, aShift, width)} ${subtract ? "-" : "+"} ${operand(b, when, bShift, width)};  // ${serves(value)}`
  }

  const used = new Set<number>()
  for (const {a, b} of network.adders) {
    used.add(a)
    used.add(b)
  }
  for (const output of network.outputs) if (output !== null) used.add(output.value)
  const inputs = network.inputs
    .map((_, i) =>
      used.has(i) ? `  wire ${declare(i)} x${i} = in_data[${bits * i} +: ${at(widths, i).bits}];` : undefined,
    )
    .filter((line) => line !== undefined)
  const registers = (from: number): string[] =>
    Array.from({length: at(kept, from)}, (_, k) => `  logic ${declare(from)} ${delayed(from, k + 1)};`)
  const moves = (from: number): string[] =>
    Array.from({length: at(kept, from)}, (_, k) => `    ${delayed(from, k + 1)} <= ${delayed(from, k)};`)

  const body: string[] = []
  for (let when = 0; when < latency; when++) {
    body.push(`  // Clock ${when + 1}`)
    for (const [index, one] of network.adders.entries())
      if (at(clock, first + index) === when) body.push(adder(one, index))
  }
  const values = [...widths.keys()].filter((value) => used.has(value) && at(kept, value) > 0)
  const ends = outputRanges(network)
  const results = network.outputs.map((output, i) => {
    const slice = `  assign out_data[${accumulatorBits * i} +: ${accumulatorBits}] =`
    if (output === null) return `${slice} '0;  // a row of zeros`
    const text = extended(delayed(output.value, latency - at(clock, output.value)), output.value, accumulatorBits)
    const range = at(ends, i)
    return `${slice} ${output.negate ? "-" : ""}(${text} << ${output.shift});  // lane ${Math.floor(i / filters)}, filter ${i % filters}: ${range.min}..${range.max}`
  })
  const unusedInputs = network.inputs.length - inputs.length

  return `${banner(
    plan,
    `${module}: ${network.outputs.length} constant sums of ${first} inputs in ${network.adders.length} adders.`,
    [
      `Layer ${stage.layer}: every product with a weight is shifts and sums, and what filters have in`,
      `common is added once. A register after every ${addersPerStage === 1 ? "adder" : `${addersPerStage} adders`}: one vector a clock, ${latency} clocks of`,
      "latency, no enable and no valid: those run beside it. Widths are exact ranges: nothing overflows.",
      "",
      `  in_data   input i (the window's [ky][u][channel]) at [${bits}*i +: ${bits}]`,
      `  out_data  sum i = lane * ${filters} + filter at [${accumulatorBits}*i +: ${accumulatorBits}], signed, without bias`,
      "",
      "x are inputs, s sums, _q1, _q2 .. the same one, two .. clocks later.",
    ],
  )}module ${module} (
  input  wire clk,
  input  wire ${vector(first * bits)} in_data,
  output wire ${vector(network.outputs.length * accumulatorBits)} out_data
);

${inputs.join("\n")}

${values.flatMap(registers).join("\n")}

${body.join("\n")}

  always_ff @(posedge clk) begin
${values.flatMap(moves).join("\n")}
  end

${results.join("\n")}
${cut.size > 0 ? `\n  // Wider than a sum they go into, whose range says that their upper bits cancel.\n  wire unused_bits = &{1'b0, ${[...cut].join(", ")}};\n` : ""}${unusedInputs > 0 ? `\n  wire unused = &{1'b0, in_data};  // ${unusedInputs} inputs have no weight\n` : ""}
endmodule
${footer}`
}
