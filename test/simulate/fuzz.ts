import {at} from "../../src/errors.ts"
import type {Design} from "../../src/graph/design.ts"
import type {Host} from "../../src/host/host.ts"
import {compileNetlist, elaborateJson, readElaborated} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {generator} from "../../src/simulate/stall.ts"
import {portsOf, verilate} from "../../src/simulate/verilator.ts"

const WIDTHS = [1, 1, 2, 3, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 70, 100]
const BINARY = ["+", "-", "*", "&", "|", "^", "~^", "==", "!=", "===", "!==", "<", "<=", ">", ">=", "&&", "||"]
const UNARY = ["~", "-", "!", "&", "|", "^", "~^", "~&", "~|", "+"]
const SHIFTS = ["<<", ">>", "<<<", ">>>"]

/**
 * A random module of `count` operators over random widths and signs, registers with every kind of control, and memories; each
 * result is an output. Everything has an initial value, and no index leaves its vector, so that two states are enough.
 */
export function randomModule(seed: number, count: number): Design {
  const random = generator(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => at(list, below(list.length))
  const signals: {readonly name: string; readonly width: number}[] = []
  const ports: string[] = ["input wire clk", "input wire rst"]
  const body: string[] = []
  const declare = (name: string, width: number) => {
    signals.push({name, width})
    return `${random() < 0.5 ? "signed " : ""}[${width - 1}:0] ${name}`
  }
  const constant = (width: number) => {
    const digits = Array.from({length: width}, () => (random() < 0.5 ? "1" : "0")).join("")
    return `${width}'${random() < 0.4 ? "s" : ""}b${random() < 0.2 ? "0".repeat(width) : random() < 0.2 ? "1".repeat(width) : digits}`
  }
  const part = (): string => {
    const {name, width} = pick(signals)
    if (width === 1 || random() < 0.6) return name
    const high = below(width)
    return `${name}[${high}:${below(high + 1)}]`
  }
  const operand = (): string => {
    const kind = random()
    if (kind < 0.1) return constant(pick(WIDTHS))
    if (kind < 0.2) return `{${part()}, ${random() < 0.5 ? constant(1 + below(5)) : part()}}`
    if (kind < 0.3) return `$signed(${part()})`
    return part()
  }
  const bit = (): string => {
    const {name, width} = pick(signals)
    return width === 1 ? name : `${name}[${below(width)}]`
  }
  for (let i = 0; i < 12; i++) ports.push(`input wire ${declare(`i${i}`, pick(WIDTHS))}`)
  const narrow = (bits: number): string => {
    const wide = signals.filter(({width}) => width >= bits)
    const {name, width} = pick(wide)
    const low = below(width - bits + 1)
    return width === 1 ? name : `${name}[${low + bits - 1}:${low}]`
  }
  const registers: {name: string; width: number}[] = []
  for (let i = 0; i < Math.ceil(count / 5); i++) {
    const width = pick(WIDTHS)
    body.push(`reg ${declare(`r${i}`, width)} = ${constant(width)};`)
    registers.push({name: `r${i}`, width})
  }
  for (let i = 0; i < count; i++) {
    const width = pick(WIDTHS)
    const kind = random()
    let expression: string
    if (kind < 0.52) expression = `${operand()} ${pick(BINARY)} ${operand()}`
    else if (kind < 0.62) expression = `${pick(UNARY)} ${part()}`
    else if (kind < 0.74)
      expression = `${operand()} ${pick(SHIFTS)} ${narrow(pick([1, 2, 3, 5, 6, 7].filter((n) => n <= 100)))}`
    else if (kind < 0.86) expression = `${bit()} ? ${operand()} : ${operand()}`
    else if (kind < 0.92) {
      const index = pick([1, 2, 3, 4])
      const source = pick(signals.filter(({width: w}) => w >= 2 ** index))
      const size = source.width - 2 ** index + 1
      expression = source.width === 1 ? source.name : `${source.name}[${narrow(index)} +: ${1 + below(size)}]`
    } else if (kind < 0.94) {
      const index = pick([2, 3, 4])
      const wide = 2 ** index + width - 1
      body.push(`reg [${wide - 1}:0] p${i};`)
      body.push(`always @* begin p${i} = ${operand()}; p${i}[${narrow(index)} +: ${width}] = ${operand()}; end`)
      signals.push({name: `p${i}`, width: wide})
      expression = `p${i}`
    } else if (kind < 0.96) {
      body.push(`reg [${width - 1}:0] c${i};`)
      const choices = Array.from({length: 6}, (_, k) => `3'd${k}: c${i} = ${operand()};`).join(" ")
      body.push(`always @* case (${narrow(3)}) ${choices} default: c${i} = ${operand()}; endcase`)
      expression = `c${i}`
    } else {
      const abits = pick([2, 3, 4])
      const [read, write] = [narrow(abits), narrow(abits)]
      const init = Array.from({length: 2 ** abits}, (_, k) => `m${i}[${k}] = ${constant(width)};`).join(" ")
      body.push(`reg [${width - 1}:0] m${i} [0:${2 ** abits - 1}]; initial begin ${init} end`)
      const ways = random()
      if (ways < 0.7) {
        const masked = width > 2 && random() < 0.3
        const half = Math.floor(width / 2)
        const first = masked
          ? `begin if (${bit()}) m${i}[${write}][${half - 1}:0] <= ${operand()}; if (${bit()}) m${i}[${write}][${width - 1}:${half}] <= ${operand()}; end`
          : `if (${bit()}) m${i}[${write}] <= ${operand()};`
        const second = random() < 0.5 ? `if (${bit()}) m${i}[${narrow(abits)}] <= ${operand()};` : ""
        body.push(`always @(posedge clk) begin ${first} ${second} end`)
      }
      expression = `m${i}[${read}]`
    }
    const declared = declare(`w${i}`, width)
    body.push(`wire ${declared} = ${expression};`)
    ports.push(`output wire [${width - 1}:0] o${i}`)
    body.push(`assign o${i} = w${i};`)
  }
  const controls = Array.from({length: 4}, () => [bit(), bit()] as const)
  for (const {name, width} of registers) {
    const [enable, reset] = pick(controls)
    const next = operand()
    const set = `${name} <= ${next};`
    const clear = `${name} <= ${constant(width)};`
    const form = below(6)
    if (form === 0) body.push(`always @(posedge clk) ${set}`)
    else if (form === 1) body.push(`always @(posedge clk) if (${enable}) ${set}`)
    else if (form === 2) body.push(`always @(posedge clk) if (rst) ${clear} else ${set}`)
    else if (form === 3) body.push(`always @(posedge clk) if (${reset}) ${clear} else if (${enable}) ${set}`)
    else if (form === 4) body.push(`always @(posedge clk) if (${enable}) begin if (!${reset}) ${set} else ${clear} end`)
    else body.push(`always @(posedge clk) begin if (!${enable}) ${set} if (rst) ${clear} end`)
  }
  const text = `module top(\n  ${ports.join(",\n  ")}\n);\n  ${body.join("\n  ")}\nendmodule\n`
  return {top: "top", files: {"top.v": text}}
}

/** Rows of random inputs; extremes often, since that is where operators differ. */
export function randomRows(seed: number, widths: readonly number[], count: number): bigint[][] {
  const random = generator(seed)
  return Array.from({length: count}, () =>
    widths.map((width) => {
      const kind = random()
      if (kind < 0.1) return 0n
      if (kind < 0.2) return (1n << BigInt(width)) - 1n
      if (kind < 0.3) return 1n << BigInt(width - 1)
      let value = 0n
      for (let i = 0; i < width; i += 16) value = (value << 16n) | BigInt(Math.floor(random() * 65536))
      return BigInt.asUintN(width, kind < 0.5 ? value & 7n : value)
    }),
  )
}

export interface FuzzResult {
  /** Cell types of the netlist. */
  readonly cells: ReadonlySet<string>
  readonly values: number
  /** The first difference, as text; undefined if there is none. */
  readonly mismatch: string | undefined
}

/** A random module, what Yosys made of it, and what Verilator answers to random rows in each of 8 lanes; JSON-able. */
export interface Reference {
  readonly seed: number
  readonly json: string
  readonly stimulus: readonly (readonly (readonly string[])[])[]
  readonly expected: readonly (readonly (readonly string[])[])[]
}

/** Makes the module of a seed and runs it in Verilator. */
export async function reference(
  host: Host,
  seed: number,
  operators: number,
  rows: number,
  out: string,
): Promise<Reference> {
  const design = randomModule(seed, operators)
  const json = await elaborateJson(design)
  const ports = portsOf(readElaborated(json, design.top))
  const verilator = await verilate(design, {host, out, ports, favour: "build"})
  const widths = ports.inputs.map(({width}) => width)
  const stimulus = Array.from({length: 8}, (_, lane) => randomRows(seed * 16 + lane, widths, rows))
  const expected = []
  for (const lane of stimulus) expected.push((await verilator.vectors(lane)).map((row) => row.map(String)))
  return {seed, json, stimulus: stimulus.map((lane) => lane.map((row) => row.map(String))), expected}
}

/** Runs the reference's module in the embedded simulator with 1, 4 and 8 lanes, each lane its own inputs. */
export async function compare({seed, json, stimulus, expected}: Reference): Promise<FuzzResult> {
  const netlist = readElaborated(json, "top")
  const ports = portsOf(netlist)
  const cells = new Set(netlist.cells.map(({type}) => type))
  let values = 0
  for (const lanes of [1, 4, 8] as const) {
    const simulation = await simulate(compileNetlist(netlist, {lanes}))
    for (let row = 0; row < at(stimulus, 0).length; row++) {
      for (let lane = 0; lane < simulation.lanes; lane++) {
        ports.inputs.forEach(({name}, i) => {
          simulation.poke(name, BigInt(at(at(at(stimulus, lane), row), i)), lane)
        })
      }
      if (row % 3 === 0) simulation.evaluate()
      simulation.step()
      for (let lane = 0; lane < simulation.lanes; lane++) {
        for (const [i, {name}] of ports.outputs.entries()) {
          const found = simulation.peek(name, lane).toString()
          const wanted = at(at(at(expected, lane), row), i)
          values++
          if (found !== wanted)
            return {
              cells,
              values,
              mismatch: `seed ${seed}, ${lanes} lanes, lane ${lane}, row ${row}, ${name}: ${found} and Verilator ${wanted}`,
            }
        }
      }
    }
  }
  return {cells, values, mismatch: undefined}
}

/** Both. */
export const fuzzOne = async (
  host: Host,
  seed: number,
  operators: number,
  rows: number,
  out: string,
): Promise<FuzzResult> => compare(await reference(host, seed, operators, rows, out))
