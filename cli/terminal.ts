import type {Progress} from "../src/progress.ts"

/** Where the command line writes, and what it knows of the place. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** True where `err` goes to a terminal that can redraw a line. */
  readonly redraws: boolean
  readonly columns: number
  /** Seconds, monotonic. */
  now(): number
}

/** Draws progress: one redrawn line with a bar, rate and time left on a terminal, a plain line now and then elsewhere. */
export interface Meter {
  show(progress: Progress): void
  /** Takes the bar away, so that the next line starts clean. */
  clear(): void
}

const PLAIN_EVERY_SECONDS = 5
const REDRAW_EVERY_SECONDS = 0.1

export function meter(terminal: Terminal): Meter {
  let stage = ""
  let unit = ""
  let started = 0
  let first = 0
  let last = Number.NEGATIVE_INFINITY
  let drawn = false
  const clear = () => {
    if (drawn) terminal.err("\r\u001b[K")
    drawn = false
  }
  return {
    show(progress) {
      const now = terminal.now()
      if (progress.stage !== stage || progress.unit !== unit || progress.done < first) {
        stage = progress.stage
        unit = progress.unit
        started = now
        first = progress.done
        last = terminal.redraws ? Number.NEGATIVE_INFINITY : now
      }
      if (now - last < (terminal.redraws ? REDRAW_EVERY_SECONDS : PLAIN_EVERY_SECONDS)) return
      last = now
      const line = progressLine(progress, now - started, progress.done - first, terminal)
      if (terminal.redraws) {
        clear()
        terminal.err(line)
        drawn = true
      } else terminal.err(`${line}\n`)
    },
    clear,
  }
}

/** "train  [#####.....]  52 %  epoch 4/10 loss 0.081  24,100 images/s  18 s left" */
export function progressLine(
  {stage, done, total, unit, detail}: Progress,
  seconds: number,
  since: number,
  {redraws, columns}: Pick<Terminal, "redraws" | "columns">,
): string {
  const share = total > 0 ? Math.min(1, done / total) : 0
  const rate = seconds > 0.2 && since > 0 ? since / seconds : undefined
  const parts = [
    `${Math.floor(share * 100)} %`.padStart(5),
    detail ?? `${count(done)} of ${count(total)} ${unit}`,
    ...(rate === undefined ? [] : [`${count(rate)} ${unit}/s`]),
    ...(rate === undefined || share >= 1 ? [] : [`${duration((total - done) / rate)} left`]),
  ]
  if (!redraws) return `       ${stage}: ${parts.join(", ").trim()}`
  const tail = parts.join("  ")
  const width = Math.max(8, Math.min(24, columns - tail.length - stage.length - 16))
  const filled = Math.round(share * width)
  const line = `        ${stage.padEnd(9)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${tail}`
  return line.slice(0, Math.max(20, columns - 1))
}

/** 1234567 as "1,234,567"; below 10 with one decimal. */
export function count(value: number): string {
  const rounded = value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value))
  return rounded.replace(/\B(?=(\d{3})+(?!\d))/g, ",")
}

/** "0.4 s", "41 s", "2 min 5 s". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 119.5) return `${Math.round(seconds)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
