import {TlastError} from "../errors.ts"

// Pragmas of UG1399 (Vitis HLS 2020.2 to 2024.x), as far as tlast may ever emit them: what each takes.
// A value is a word list, or a pattern; `bare` are the options that stand alone, the older positional forms among them.
interface Grammar {
  readonly options: Readonly<Record<string, RegExp>>
  readonly bare?: readonly string[]
  /** Options of which one of each group must be there, in this or the positional form. */
  readonly needs?: readonly (readonly string[])[]
}

const NAME = /^[A-Za-z_]\w*$/
const COUNT = /^\d+$/
const words = (...list: string[]) => new RegExp(`^(${list.join("|")})$`, "i")
const MODES = ["axis", "ap_ctrl_none", "ap_ctrl_hs", "ap_ctrl_chain", "ap_none", "ap_vld", "s_axilite", "m_axi"]
const MEMORIES = words("ram_1p", "ram_s2p", "ram_t2p", "ram_2p", "rom_1p", "rom_2p", "rom_np", "fifo")

const GRAMMAR: Readonly<Record<string, Grammar>> = {
  INTERFACE: {
    options: {mode: words(...MODES), port: NAME, register_mode: words("both", "forward", "reverse", "off")},
    bare: [...MODES, "register"],
    needs: [["mode", ...MODES], ["port"]],
  },
  PIPELINE: {options: {II: COUNT, style: words("stp", "flp", "frp")}, bare: ["rewind", "off"]},
  UNROLL: {options: {factor: COUNT}, bare: ["skip_exit_check", "off"]},
  ARRAY_PARTITION: {
    options: {variable: NAME, type: words("complete", "cyclic", "block"), factor: COUNT, dim: COUNT},
    bare: ["complete", "cyclic", "block", "off"],
    needs: [["variable"]],
  },
  BIND_STORAGE: {
    options: {variable: NAME, type: MEMORIES, impl: words("bram", "lutram", "uram", "srl", "auto"), latency: COUNT},
    needs: [["variable"], ["type"]],
  },
  BIND_OP: {
    options: {variable: NAME, op: words("mul", "add", "sub"), impl: words("dsp", "fabric"), latency: COUNT},
    needs: [["variable"], ["op"]],
  },
  DATAFLOW: {options: {}, bare: ["disable_start_propagation"]},
  STREAM: {
    options: {variable: NAME, depth: COUNT, type: words("fifo", "pipo", "shared", "unsync")},
    bare: ["off"],
    needs: [["variable"]],
  },
  LOOP_TRIPCOUNT: {options: {min: COUNT, max: COUNT, avg: COUNT}, needs: [["max"]]},
  INLINE: {options: {}, bare: ["off", "recursive"]},
  AGGREGATE: {options: {variable: NAME, compact: words("bit", "byte", "none", "auto")}, needs: [["variable"]]},
  DEPENDENCE: {
    options: {
      variable: NAME,
      type: words("inter", "intra"),
      dependent: words("true", "false"),
      direction: words("RAW", "WAR", "WAW"),
      distance: COUNT,
    },
    bare: ["inter", "intra", "true", "false", "RAW", "WAR", "WAW"],
    needs: [["variable"]],
  },
  LATENCY: {options: {min: COUNT, max: COUNT}},
  LOOP_FLATTEN: {options: {}, bare: ["off"]},
  RESET: {options: {variable: NAME}, bare: ["off"], needs: [["variable"]]},
  STABLE: {options: {variable: NAME}, needs: [["variable"]]},
}

/** Pragmas of a C++ source, held against UG1399's grammar. Throws HLS_PRAGMA at the first that Vitis HLS would refuse or ignore. */
export function checkPragmas(path: string, source: string): number {
  let count = 0
  for (const [index, line] of source.split("\n").entries()) {
    const match = /^\s*#\s*pragma\b\s*(.*?)\s*$/.exec(line)
    if (!match) continue
    count++
    const problem = pragmaProblem(match[1] ?? "", source)
    if (problem !== undefined)
      throw new TlastError({
        code: "HLS_PRAGMA",
        where: `${path}, line ${index + 1}`,
        message: `${line.trim()}: ${problem}`,
        hint: "see UG1399, HLS Pragmas; the list tlast knows is in src/verify/hls-pragmas.ts",
      })
  }
  return count
}

function pragmaProblem(text: string, source: string): string | undefined {
  const [tool = "", word = "", ...options] = text.split(/\s+/)
  if (tool !== "HLS") return `found "${tool}", expected HLS`
  const grammar = Object.hasOwn(GRAMMAR, word) ? GRAMMAR[word] : undefined
  if (grammar === undefined) return `no pragma ${word}`
  const seen = new Set<string>()
  for (const option of options) {
    const [name = "", value] = option.split("=")
    const known = Object.keys(grammar.options).find((key) => key.toLowerCase() === name.toLowerCase())
    if (value === undefined) {
      if (!grammar.bare?.includes(name)) return `${word} has no option ${name}`
    } else {
      const pattern = known === undefined ? undefined : grammar.options[known]
      if (pattern === undefined) return `${word} has no option ${name}=`
      if (!pattern.test(value)) return `${name} may not be ${value}`
    }
    if (seen.has(known ?? name)) return `${name} is there twice`
    seen.add(known ?? name)
    if (
      name === "variable" &&
      value !== undefined &&
      !new RegExp(`\\b${value}\\b`).test(source.replace(/#pragma.*/g, ""))
    )
      return `there is no variable ${value}`
  }
  const lacking = grammar.needs?.find((group) => !group.some((name) => seen.has(name)))
  return lacking === undefined ? undefined : `${word} lacks ${lacking[0]}`
}
