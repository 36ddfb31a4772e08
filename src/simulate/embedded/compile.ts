import {at, bug} from "../../errors.ts"
import type {Design} from "../../graph/design.ts"
import type {Host} from "../../host/host.ts"
import {runYosys} from "../../host/yosys.ts"
import type {Watch} from "../../progress.ts"
import {driverFunction} from "./driver/drive.ts"
import {type DriverLayout, layOutDriver} from "./driver/layout.ts"
import {Emitter, type Lessons, noLessons} from "./emitter.ts"
import {ConstantPool, type LaneShape} from "./lanes.ts"
import {type Layout, layOut, POOL_BASE, POOL_END} from "./layout.ts"
import {NeedsWideLimbs} from "./memory.ts"
import {narrow} from "./narrow.ts"
import {type Netlist, readNetlist} from "./netlist.ts"
import {schedule} from "./schedule.ts"
import {encodeModule, type ModuleFunction} from "./wasm.ts"

export interface CompileOptions extends Watch {
  /** How many simulations one step advances: 1, 4 (32-bit limbs) or 8 (16-bit limbs, or 4 where those lack something). */
  readonly lanes?: 1 | 4 | 8
  /** Signals of the flattened design to make readable, by hierarchical name. */
  readonly probes?: readonly string[]
  /** With it, Yosys runs in a worker. */
  readonly host?: Host
  /** Locals a function may have (default 45,000, of the 50,000 that engines take); the rest of them lives in memory. */
  readonly locals?: number
}

/** A design as one WebAssembly module, and what is needed to run it. */
export interface CompiledDesign {
  readonly shape: LaneShape
  readonly netlist: Netlist
  readonly layout: Layout
  readonly driver: DriverLayout | undefined
  readonly forms: ReadonlyMap<number, "any" | "zero" | "sign">
  readonly pool: readonly (readonly [number, number])[]
  readonly module: Uint8Array
}

/** Once through what pays: `opt -full` repeats until nothing changes, and costs more than it saves the simulation. */
const PASSES = [
  "proc -noopt",
  "flatten -noscopeinfo",
  "opt_clean",
  "opt_expr -full",
  "opt_merge",
  "opt_dff",
  "opt_expr -full",
  "wreduce -keepdc",
  "opt_clean",
  "memory -nordff -nomap -nowiden",
  "opt_clean",
  "write_json netlist.json",
]

/** Reads the design with Yosys into a word-level netlist: the slow part (seconds), the same for any lanes. */
export async function elaborate(
  design: Design,
  options: Pick<CompileOptions, "host" | "signal"> = {},
): Promise<Netlist> {
  return readElaborated(await elaborateJson(design, options), design.top)
}

/** What Yosys makes of the design, as the JSON it writes. */
export async function elaborateJson(
  design: Design,
  options: Pick<CompileOptions, "host" | "signal"> = {},
): Promise<string> {
  const sources = Object.keys(design.files).filter((path) => /\.s?v$/.test(path))
  const {files} = await runYosys(
    [`read_verilog -sv -defer ${sources.join(" ")}`, `hierarchy -check -top ${design.top}`, ...PASSES],
    design.files,
    options,
  )
  const json = files["netlist.json"]
  if (json === undefined) throw bug("elaborate", "Yosys ended well without a netlist")
  return new TextDecoder().decode(json)
}

/** The netlist of that JSON. */
export const readElaborated = (json: string, top: string): Netlist => narrow(readNetlist(json, top))

/**
 * Compiles a design for simulation. Errors: YOSYS_FAILED with file and line, UNSUPPORTED_CELL, MANY_CLOCKS, CLOCK_EDGE,
 * CLOCK_AS_DATA, COMBINATIONAL_LOOP, UNKNOWN_SIGNAL.
 */
export async function compile(design: Design, options: CompileOptions = {}): Promise<CompiledDesign> {
  return compileNetlist(await elaborate(design, options), options)
}

/** The same from a netlist already elaborated. */
export function compileNetlist(
  netlist: Netlist,
  {lanes = 1, probes = [], locals = 45_000}: CompileOptions = {},
): CompiledDesign {
  if (lanes !== 8) return generate(netlist, {width: 32, count: lanes}, probes, locals)
  try {
    return generate(netlist, {width: 16, count: 8}, probes, locals)
  } catch (error) {
    if (error instanceof NeedsWideLimbs) return generate(netlist, {width: 32, count: 4}, probes, locals)
    throw error
  }
}

function generate(netlist: Netlist, shape: LaneShape, probes: readonly string[], locals: number): CompiledDesign {
  const bare = layOut(netlist, shape, probes)
  const start: Layout = {...bare, end: Math.ceil(bare.end / 64) * 64}
  const plan = schedule(netlist, shape.width)
  const lessons = noLessons()
  for (let pass = 0; ; pass++) {
    const before = countPreloads(lessons)
    lessons.wanted.clear()
    const pool = new ConstantPool(POOL_BASE)
    const emitter = new Emitter(netlist, plan, start, lessons, shape, pool, locals)
    emitter.edge()
    const formsChanged = learnForms(netlist, lessons, shape)
    if (pass > 0 && !formsChanged && countPreloads(lessons) === before) {
      const outputs = new Emitter(netlist, plan, start, lessons, shape, pool, locals)
      outputs.outputs()
      const layout: Layout = {...start, end: start.end + Math.max(emitter.body.spilled, outputs.body.spilled)}
      const driver = layOutDriver(netlist, layout, shape)
      const functions: ModuleFunction[] = [
        {name: "step", parameters: [], results: [], body: emitter.body.done()},
        {name: "evaluate", parameters: [], results: [], body: outputs.body.done()},
      ]
      if (driver !== undefined) functions.push(driverFunction(driver, shape, 0))
      const entries = [...pool.entries()]
      if (POOL_BASE + 16 * entries.length > POOL_END) throw bug("generate", "the constant pool is full")
      const pages = Math.ceil((driver?.end ?? layout.end) / 65_536) + 1
      return {
        shape,
        netlist,
        layout,
        driver,
        forms: new Map(lessons.form),
        pool: entries,
        module: encodeModule(functions, pages),
      }
    }
    if (pass === 8) throw bug("generate", "the order of commits did not settle")
  }
}

const countPreloads = ({preload, groupPreload}: Lessons): number =>
  preload.size + [...groupPreload.values()].reduce((sum, set) => sum + set.size, 0)

/** Flops are stored as most readers want them, so that cleaning is done once, on the rarer write. Settled in one pass. */
function learnForms(netlist: Netlist, lessons: Lessons, shape: LaneShape): boolean {
  if (lessons.form.size > 0 || netlist.flops.length === 0) return false
  for (const {variable} of netlist.flops) {
    const {width} = at(netlist.variables, variable)
    const wanted = lessons.wanted.get(variable) ?? {zero: 0, sign: 0}
    const none = wanted.zero === 0 && wanted.sign === 0
    const boolean = shape.count > 1 ? "sign" : "zero"
    lessons.form.set(variable, none ? (width === 1 ? boolean : "any") : wanted.zero >= wanted.sign ? "zero" : "sign")
  }
  return true
}
