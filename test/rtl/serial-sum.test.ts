import {spawnSync} from "node:child_process"
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {requireTool} from "../tools.ts"

const source = readFileSync(new URL("../../rtl/serial_sum.sv", import.meta.url), "utf8")

function proves(yosys: string, text: string, terms: number, negative: number): boolean {
  const folder = mkdtempSync(join(tmpdir(), "tlast-formal-"))
  const file = join(folder, "serial_sum.sv")
  writeFileSync(file, text)
  const script = [
    `read_verilog -sv -formal ${file}`,
    `chparam -set TERMS ${terms} -set NEGATIVE ${negative} serial_sum`,
    "prep -top serial_sum",
    "async2sync",
    "sat -prove-asserts -tempinduct -set-assumes -maxsteps 20 -verify serial_sum",
  ].join("; ")
  const {status, stdout} = spawnSync(yosys, ["-p", script], {encoding: "utf8"})
  rmSync(folder, {recursive: true})
  return status === 0 && stdout.includes("Induction step proven: SUCCESS!")
}

test.for([
  [2, 0b00],
  [2, 0b10],
  [3, 0b000],
  [3, 0b101],
  [4, 0b0000],
  [4, 0b0010],
  [4, 0b1011],
] as const)(
  "serial_sum adds %i numbers of any length, proved by induction (negative ones: %i)",
  ([terms, negative], context) => {
    expect(proves(requireTool("yosys", context as never), source, terms, negative)).toBe(true)
  },
)

const mutants: readonly (readonly [name: string, from: string, to: string, terms: number, negative: number])[] = [
  ["a carry that is never started", "in_start ? NEGATIVES[0] : (x[0] & x[1])", "(x[0] & x[1])", 2, 2],
  ["a carry started with 0 in a subtraction", "in_start ? NEGATIVES[0] : twos", "in_start ? 1'b0 : twos", 4, 1],
  ["a high carry that is not started", "in_start ? NEGATIVES[1] :", "", 3, 0],
  ["an operand that is not inverted", "in_data ^ NEGATIVE", "in_data", 3, 1],
  ["a carry of or", "(x[0] & x[1]) | (x[2] & first)", "(x[0] | x[1]) | (x[2] & first)", 3, 0],
  ["a carry that is not passed on", "| (more & (twos ^ carry_q[1]))", "", 4, 0],
  ["a fourth number that is never carried", "| (last & (ones ^ carry_q[0]))", "", 4, 0],
  ["a sum without its carry", "ones ^ carry_q[0] ^ last", "ones ^ last", 4, 0],
]
test.for(mutants)("the proof fails for $0", ([, from, to, terms, negative], context) => {
  expect(source).toContain(from)
  expect(proves(requireTool("yosys", context as never), source.replace(from, to), terms, negative)).toBe(false)
})
