import {spawnSync} from "node:child_process"
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {requireTool, root} from "../tools.ts"

/** Yosys' proof, by induction, of the module's own asserts; the text is given, so that mutants can be tried. */
function proves(yosys: string, source: string, subtract: 0 | 1): boolean {
  const folder = mkdtempSync(join(tmpdir(), "tlast-formal-"))
  const file = join(folder, "serial_add.sv")
  writeFileSync(file, source)
  const script = [
    `read_verilog -sv -formal ${file}`,
    `chparam -set SUBTRACT ${subtract} serial_add`,
    "prep -top serial_add",
    "async2sync",
    "sat -prove-asserts -tempinduct -maxsteps 20 -verify serial_add",
  ].join("; ")
  const {status, stdout} = spawnSync(yosys, ["-p", script], {encoding: "utf8"})
  rmSync(folder, {recursive: true})
  return status === 0 && stdout.includes("Induction step proven: SUCCESS!")
}

const source = readFileSync(`${root}rtl/serial_add.sv`, "utf8")

test.for([0, 1] as const)(
  "serial_add adds (SUBTRACT = %i) numbers of any length, proved by induction",
  (subtract, context) => {
    expect(proves(requireTool("yosys", context as never), source, subtract)).toBe(true)
  },
)

const mutants: readonly (readonly [name: string, from: string, to: string, subtract: 0 | 1])[] = [
  ["a carry that is never started", "in_first ? SUBTRACT : carry_q", "carry_q", 0],
  ["a carry started with 0 in a subtraction", "in_first ? SUBTRACT : carry_q", "in_first ? 1'b0 : carry_q", 1],
  ["an operand that is not inverted", "in_b ^ SUBTRACT", "in_b", 1],
  ["a carry of or", "(in_a & b) |", "(in_a | b) |", 0],
  ["a carry that is not passed on", "| (carry & (in_a ^ b))", "", 0],
  ["a sum without its carry", "in_a ^ b ^ carry;", "in_a ^ b;", 0],
]
test.for(mutants)("the proof fails for $0", ([, from, to, subtract], context) => {
  expect(source).toContain(from)
  expect(proves(requireTool("yosys", context as never), source.replace(from, to), subtract)).toBe(false)
})
