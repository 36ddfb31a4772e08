import {TlastError} from "../errors.ts"

/** Commands of Vitis HLS from 2020.2 to 2024.x with the options they all take (UG1399), and how many bare words. */
const CATALOGUE: Readonly<
  Record<string, {readonly flags: readonly string[]; readonly values: readonly string[]; readonly words: number}>
> = {
  open_project: {flags: ["-reset"], values: [], words: 1},
  set_top: {flags: [], values: [], words: 1},
  add_files: {flags: ["-tb"], values: ["-cflags", "-csimflags", "-blackbox"], words: 1},
  open_solution: {flags: ["-reset"], values: ["-flow_target"], words: 1},
  set_part: {flags: [], values: [], words: 1},
  create_clock: {flags: [], values: ["-period", "-name"], words: 0},
  config_rtl: {flags: [], values: ["-reset", "-reset_level", "-module_prefix"], words: 0},
  config_dataflow: {
    flags: ["-strict_mode"],
    values: ["-default_channel", "-fifo_depth", "-override_user_fifo_depth"],
    words: 0,
  },
  csim_design: {flags: ["-O", "-clean", "-setup"], values: ["-argv", "-ldflags"], words: 0},
  csynth_design: {flags: [], values: [], words: 0},
  cosim_design: {flags: ["-O", "-setup"], values: ["-rtl", "-tool", "-trace_level", "-argv", "-ldflags"], words: 0},
  export_design: {
    flags: [],
    values: ["-format", "-rtl", "-vendor", "-library", "-version", "-display_name", "-description", "-output", "-flow"],
    words: 0,
  },
}
const TCL = new Set(["set", "if", "foreach", "cd", "error", "exit"])

/** Every command of a run_hls.tcl, held against the catalogue. Throws HLS_TCL. Returns how many there were. */
export function checkTcl(path: string, source: string): number {
  let count = 0
  for (const [index, text] of source.split("\n").entries()) {
    // Steps are guarded by `if {...} { command }` on one line; what is inside is a command too.
    const line = text.trim().replace(/^if \{[^}]*\} \{ (.*) \}$/, "$1")
    if (line === "" || line.startsWith("#") || line === "}" || /^(if|foreach)\b.*\{$/.test(line)) continue
    count++
    const problem = commandProblem(line)
    if (problem !== undefined)
      throw new TlastError({
        code: "HLS_TCL",
        where: `${path}, line ${index + 1}`,
        message: `${line}: ${problem}`,
        hint: "see UG1399, Vitis HLS Command Reference; the catalogue is in src/verify/hls-tcl.ts",
      })
  }
  return count
}

function commandProblem(line: string): string | undefined {
  const [command = "", ...words] = Array.from(line.matchAll(/"[^"]*"|\[[^\]]*\]|\{[^}]*\}|\S+/g), ([word]) => word)
  if (TCL.has(command)) return undefined
  const known = Object.hasOwn(CATALOGUE, command) ? CATALOGUE[command] : undefined
  if (known === undefined) return `no command ${command} in Vitis HLS 2020.2 to 2024.x`
  let bare = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ""
    if (known.flags.includes(word)) continue
    if (known.values.includes(word)) {
      if (++i >= words.length || words[i]?.startsWith("-")) return `${word} lacks its value`
    } else if (word.startsWith("-")) return `${command} has no option ${word}`
    else bare++
  }
  return bare === known.words ? undefined : `found ${bare} names, expected ${known.words}`
}
