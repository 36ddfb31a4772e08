import {mkdtempSync, rmSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {afterAll, describe, expect, test} from "vitest"
import {emitSerial} from "../../src/emit/serial.ts"
import {at} from "../../src/errors.ts"
import {nodeHost} from "../../src/host/node.ts"
import {planSerial, type SerialPlan} from "../../src/plan/serial.ts"
import {serialSums} from "../../src/plan/serial-sums.ts"
import {verilate} from "../../src/simulate/verilator.ts"
import {requireTool} from "../tools.ts"

const folder = mkdtempSync(join(tmpdir(), "tlast-serial-"))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

/** Uniform integers from a seed (mulberry32). */
function integers(seed: number): (min: number, max: number) => number {
  let state = seed
  return (min, max) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return min + (((t ^ (t >>> 14)) >>> 0) % (max - min + 1))
  }
}

interface Case {
  readonly name: string
  readonly rows: number
  readonly columns: number
  readonly weight: number
  readonly inputBits: number
  readonly signed: boolean
  readonly bias: number
  readonly held: boolean
  readonly extra: number
}

const cases: readonly Case[] = [
  {
    name: "ternary, 4 bits",
    rows: 16,
    columns: 50,
    weight: 1,
    inputBits: 4,
    signed: false,
    bias: 0,
    held: false,
    extra: 0,
  },
  {
    name: "4-bit weights and biases, held inputs",
    rows: 6,
    columns: 12,
    weight: 7,
    inputBits: 4,
    signed: false,
    bias: 900,
    held: true,
    extra: 0,
  },
  {
    name: "signed 8-bit inputs",
    rows: 5,
    columns: 9,
    weight: 127,
    inputBits: 8,
    signed: true,
    bias: 20000,
    held: false,
    extra: 0,
  },
  {
    name: "1-bit inputs in a longer frame",
    rows: 4,
    columns: 30,
    weight: 3,
    inputBits: 1,
    signed: false,
    bias: 5,
    held: false,
    extra: 3,
  },
  {
    name: "signed 2-bit inputs, held",
    rows: 3,
    columns: 7,
    weight: 9,
    inputBits: 2,
    signed: true,
    bias: 0,
    held: true,
    extra: 2,
  },
]

describe("a serial engine in Verilator", () => {
  test.each(cases)(
    "multiplies every window exactly: $name",
    async (sample, context) => {
      requireTool("verilator", context as never)
      const seed = 11
      const integer = integers(seed)
      const {rows, columns, inputBits, signed} = sample
      const range = signed
        ? {min: -(2 ** (inputBits - 1)), max: 2 ** (inputBits - 1) - 1}
        : {min: 0, max: 2 ** inputBits - 1}
      const matrix = Array.from({length: rows}, (_, r) =>
        // One row of zeros, one that only copies, one that is another's negative: the corners of the emitter.
        Array.from({length: columns}, (_, c) =>
          r === 1 ? 0 : r === 2 ? (c === 3 ? -4 : 0) : integer(-sample.weight, sample.weight),
        ),
      )
      const bias = Array.from({length: rows}, () => integer(-sample.bias, sample.bias))
      const network = serialSums(matrix, {inputs: Array.from({length: columns}, () => range), effort: 20})
      const shortest = planSerial({network, bias, inputBits, signed, held: sample.held})
      const plan = planSerial({
        network,
        bias,
        inputBits,
        signed,
        held: sample.held,
        clocks: shortest.frame + sample.extra,
      })
      expect(plan.frame).toBe(shortest.frame + sample.extra)

      const windows = Array.from({length: 40}, (_, n) =>
        Array.from({length: columns}, () =>
          n === 0 ? range.max : n === 1 ? range.min : integer(range.min, range.max),
        ),
      )
      const expected = windows.map((x) =>
        matrix.map((row, r) => row.reduce((sum, w, c) => sum + w * (x[c] ?? 0), bias[r] ?? 0)),
      )
      expect(await run(plan, windows, integer, `${folder}/${cases.indexOf(sample)}`), `seed ${seed}`).toEqual(expected)
    },
    120_000,
  )
})

/** Plays the windows back to back and, later, with gaps; checks the latency of each; returns the outputs. */
async function run(
  plan: SerialPlan,
  windows: readonly (readonly number[])[],
  integer: (min: number, max: number) => number,
  out: string,
): Promise<number[][]> {
  const host = nodeHost()
  const asset = new TextDecoder().decode(await host.files.asset("rtl/serial_sum.sv"))
  const {inputBits, frame, latency, network, held} = plan
  const outputs = network.outputs.length
  const simulator = await verilate(
    {top: "serial", files: {"serial_sum.sv": asset, "serial.sv": emitSerial("serial", plan)}},
    {
      host,
      out,
      favour: "build",
      ports: {
        clock: "clk",
        inputs: [
          {name: "rst", width: 1},
          {name: "in_valid", width: 1},
          {name: "in_data", width: network.inputs.length * inputBits},
        ],
        outputs: [
          {name: "out_valid", width: 1},
          {name: "out_data", width: outputs * frame},
        ],
      },
    },
  )
  const pack = (x: readonly number[]) =>
    x.reduce((word, v, i) => word | (BigInt.asUintN(inputBits, BigInt(v)) << BigInt(inputBits * i)), 0n)
  const noise = () => pack(network.inputs.map(() => integer(0, 2 ** inputBits - 1)))
  const rows: (readonly bigint[])[] = [
    [1n, 0n, 0n],
    [1n, 0n, 0n],
  ]
  const due: number[] = []
  for (const [n, x] of windows.entries()) {
    due.push(rows.length + latency)
    rows.push([0n, 1n, pack(x)])
    const gap = n < 20 ? 0 : integer(0, 5)
    for (let clock = 1; clock < frame + gap; clock++) rows.push([0n, 0n, held ? pack(x) : noise()])
  }
  // A held word must still be there in the clock after the frame's last, where the next may come.
  for (let clock = 0; clock <= latency; clock++)
    rows.push([0n, 0n, held && clock === 0 ? (at(rows, rows.length - 1)[2] ?? 0n) : noise()])
  const answers = await simulator.vectors(rows)
  const valid = answers.flatMap(([v], clock) => (v === 1n ? [clock] : []))
  expect(valid).toEqual(due)
  return valid.map((clock) =>
    Array.from({length: outputs}, (_, r) =>
      Number(BigInt.asIntN(frame, (at(answers, clock)[1] ?? 0n) >> BigInt(frame * r))),
    ),
  )
}
