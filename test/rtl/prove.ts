import {spawnSync} from "node:child_process"
import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {sources} from "./run.ts"

export type Parameters = Record<string, number>

/** Modules that it is made of: those whose own asserts and assumptions count, and the others. */
export interface Parts {
  readonly proved?: readonly string[]
  readonly plain?: readonly string[]
}

/** k-induction by Yosys over a module's own asserts: true where all hold. `changed` replaces its source. */
export function proved(
  module: string,
  parameters: Parameters,
  changed = sources[`${module}.sv`] as string,
  parts: Parts = {},
): boolean {
  const folder = mkdtempSync(join(tmpdir(), "tlast-formal-"))
  const text = (name: string) => (name === module ? changed : (sources[`${name}.sv`] as string))
  const together = [module, ...(parts.proved ?? [])]
  const plain = parts.plain ?? []
  for (const name of [...together, ...plain]) writeFileSync(join(folder, `${name}.sv`), text(name))
  const files = (names: readonly string[]) => names.map((name) => `${name}.sv`).join(" ")
  const sets = Object.entries(parameters).map(([key, value]) => `-set ${key} ${value}`)
  const script = [
    ...(plain.length > 0 ? [`read_verilog -sv ${files(plain)}`] : []),
    `read_verilog -sv -formal -DFORMAL ${files(together)}`,
    ...(sets.length > 0 ? [`chparam ${sets.join(" ")} ${module}`] : []),
    `hierarchy -top ${module}`,
    "proc; flatten; memory; async2sync; opt",
    "sat -tempinduct -prove-asserts -set-assumes -seq 1 -maxsteps 12 -verify",
  ]
  const {status, stderr, error} = spawnSync("yosys", ["-p", script.join("; ")], {
    cwd: folder,
    encoding: "utf8",
    timeout: 600_000,
  })
  if (error !== undefined) throw error
  // A script that Yosys does not understand is no disproof.
  if (status !== 0 && !/proof did fail/.test(stderr)) throw new Error(stderr.slice(-2000))
  return status === 0
}
