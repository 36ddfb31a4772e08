/** One signal of a waveform; dots in its name are levels of hierarchy. */
export interface VcdSignal {
  readonly name: string
  readonly width: number
}

export interface VcdRow {
  readonly cycle: number
  /** In the order of the signals. */
  readonly values: readonly bigint[]
}

/** A Value Change Dump of consecutive cycles, one clock period of 10 ns each, with the clock drawn. No dates in it. */
export function writeVcd(top: string, signals: readonly VcdSignal[], rows: readonly VcdRow[]): string {
  const lines = ["$version tlast $end", "$timescale 1ns $end"]
  const order = signals.map((signal, index) => ({signal, index, path: signal.name.split(".")}))
  order.sort((a, b) => (a.signal.name < b.signal.name ? -1 : 1))
  lines.push(`$scope module ${top} $end`, `$var wire 1 ${code(0)} CLOCK $end`)
  let open: string[] = []
  for (const {signal, index, path} of order) {
    const scope = path.slice(0, -1)
    let common = 0
    while (common < open.length && common < scope.length && open[common] === scope[common]) common++
    for (let i = open.length; i > common; i--) lines.push("$upscope $end")
    for (const name of scope.slice(common)) lines.push(`$scope module ${name} $end`)
    open = scope
    const range = signal.width === 1 ? "" : ` [${signal.width - 1}:0]`
    lines.push(`$var wire ${signal.width} ${code(index + 1)} ${path.at(-1)}${range} $end`)
  }
  for (let i = open.length; i > 0; i--) lines.push("$upscope $end")
  lines.push("$upscope $end", "$enddefinitions $end")
  const last: (bigint | undefined)[] = signals.map(() => undefined)
  for (const {cycle, values} of rows) {
    lines.push(`#${cycle * 10}`, `1${code(0)}`)
    signals.forEach(({width}, i) => {
      const value = values[i] ?? 0n
      if (value === last[i]) return
      last[i] = value
      lines.push(width === 1 ? `${value}${code(i + 1)}` : `b${value.toString(2)} ${code(i + 1)}`)
    })
    lines.push(`#${cycle * 10 + 5}`, `0${code(0)}`)
  }
  return `${lines.join("\n")}\n`
}

/** Identifier codes are printable characters, "!" to "~". */
function code(index: number): string {
  let text = ""
  for (let rest = index; ; rest = Math.floor(rest / 94) - 1) {
    text = String.fromCharCode(33 + (rest % 94)) + text
    if (rest < 94) return text
  }
}
