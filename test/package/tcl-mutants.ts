/** One wrong script: what was done to the right one, and the result. */
export interface Mutant {
  readonly name: string
  readonly text: string
}

/** Mutants of build.tcl, seeded: kinds in turn, the place of each drawn. All are mistakes a person could make. */
export function mutants(script: string, seed: number, count: number): readonly Mutant[] {
  const draw = random(seed)
  const statements = split(script)
  const result: Mutant[] = []
  const seen = new Set<string>()
  for (let turn = 0; result.length < count && turn < count * 20; turn++) {
    const [kind, mutate] = kinds[turn % kinds.length] ?? ["", () => undefined]
    const candidates = statements.flatMap((statement, index) => {
      const text = mutate(statement, draw)
      return text === undefined ? [] : [{index, text}]
    })
    const chosen = candidates[Math.floor(draw() * candidates.length)]
    if (!chosen) continue
    const text = statements.map((statement, index) => (index === chosen.index ? chosen.text : statement)).join("\n")
    if (seen.has(text) || text === script) continue
    seen.add(text)
    result.push({name: `${kind}: ${statements[chosen.index]?.split("\n")[0]}`, text})
  }
  return result
}

type Mutate = (statement: string, draw: () => number) => string | undefined
const starts = (statement: string, ...commands: string[]) => commands.some((command) => statement.startsWith(command))

const kinds: readonly (readonly [string, Mutate])[] = [
  [
    "a letter of a pin is lost",
    (s) => (starts(s, "connect_bd") ? s.replace(/\[get_bd_(\w+) (\S+)\w\]/, "[get_bd_$1 $2]") : undefined),
  ],
  ["a connection is missing", (s) => (starts(s, "connect_bd") ? "" : undefined)],
  [
    "a sink is missing",
    (s, draw) => {
      if (!starts(s, "connect_bd_net")) return undefined
      const lines = s.split(" \\\n")
      if (lines.length < 4) return undefined
      lines.splice(2 + Math.floor(draw() * (lines.length - 2)), 1)
      return lines.join(" \\\n")
    },
  ],
  [
    "a direction is turned",
    (s) =>
      /-mode (Master|Slave)/.test(s)
        ? s.replace(/-mode (Master|Slave)/, (_, m) => `-mode ${m === "Master" ? "Slave" : "Master"}`)
        : /-dir I/.test(s)
          ? s.replace("-dir I", "-dir O")
          : undefined,
  ],
  [
    "a second driver",
    (s) =>
      starts(s, "connect_bd_net")
        ? s.replace(
            /$/,
            " \\\n  [get_bd_pins " +
              (s.includes("axi_dma_0") ? "axi_dma_0/mm2s_prmry_reset_out_n" : "rst_ps7/mb_reset") +
              "]",
          )
        : undefined,
  ],
  [
    "an address overlaps, or is misaligned",
    (s) =>
      starts(s, "assign_bd_address")
        ? s.replace(/-offset 0x\w+/, s.includes("LITE") ? "-offset 0x40401000" : "-offset 0x10000000")
        : undefined,
  ],
  ["an address is assigned twice", (s) => (starts(s, "assign_bd_address") ? `${s}\n${s}` : undefined)],
  ["an address is missing", (s) => (starts(s, "assign_bd_address") ? "" : undefined)],
  [
    "a CONFIG name is wrong",
    (s, draw) => {
      if (!starts(s, "configure")) return undefined
      const names = [...s.matchAll(/^ {2}(\w+) /gm)]
      const name = names[Math.floor(draw() * names.length)]?.[1]
      return name ? s.replace(`  ${name} `, `  ${name}X `) : undefined
    },
  ],
  [
    "an IP name is wrong",
    (s) => (starts(s, "create_bd_cell -type ip") ? s.replace(/xilinx\.com:ip:(\w+)/, "xilinx.com:ip:$1s") : undefined),
  ],
  ["a cell is missing", (s) => (starts(s, "create_bd_cell") ? "" : undefined)],
  [
    "a port count is short",
    (s) =>
      /NUM_[SM]I \d/.test(s) ? s.replace(/NUM_SI \d/, (m) => (m === "NUM_SI 2" ? "NUM_SI 1" : "NUM_SI 3")) : undefined,
  ],
  [
    "an option is misspelt",
    (s) =>
      starts(s, "create_bd", "connect_bd", "assign_bd", "launch_runs", "create_project")
        ? s.replace(/ -(\w)(\w+)/, " -$2")
        : undefined,
  ],
  [
    "a command is misspelt",
    (s) =>
      /^(create|connect|assign|validate|make|generate|launch|wait|open|report|write)_/.test(s)
        ? s.replace(/^(\w+?)_/, "$1")
        : undefined,
  ],
  [
    "a stream has another width",
    (s) =>
      s.includes("c_m_axis_mm2s_tdata_width")
        ? s.replace(/c_m_axis_mm2s_tdata_width \d+/, "c_m_axis_mm2s_tdata_width 16")
        : undefined,
  ],
  [
    "scatter-gather is left on",
    (s) => (s.includes("c_include_sg 0") ? s.replace("c_include_sg 0", "c_include_sg 1") : undefined),
  ],
  [
    "a PS7 port is left off",
    (s) => (/PCW_USE_\w+ 1/.test(s) ? s.replace(/PCW_USE_S_AXI_HP0 1/, "PCW_USE_S_AXI_HP0 0") : undefined),
  ],
]

/** Statements with their continuation lines and braces. */
function split(script: string): string[] {
  const result: string[] = []
  let open = ""
  for (const line of script.split("\n")) {
    open = open === "" ? line : `${open}\n${line}`
    const depth = (open.match(/{/g)?.length ?? 0) - (open.match(/}/g)?.length ?? 0)
    if (depth === 0 && !open.endsWith("\\")) {
      result.push(open)
      open = ""
    }
  }
  return open === "" ? result : [...result, open]
}

/** Mulberry32: the same draws from the same seed. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
