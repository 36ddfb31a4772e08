/** Exit codes of the CLI; see docs/errors.md. */
export type ExitCode = 1 | 2 | 3 | 4 | 70 | 130

export interface Problem {
  /** UPPER_SNAKE, stable: users and scripts search for it. */
  readonly code: string
  /** The file, layer, option or cell it concerns. */
  readonly where: string
  /** What was found, and what was expected. */
  readonly message: string
  /** What to change. */
  readonly hint: string
  /** 1 a mismatch or it does not fit, 2 bad input (default), 3 a tool is missing, 4 the machine failed, 70 our bug, 130 interrupted. */
  readonly exitCode?: ExitCode
}

/** What every stage throws for what a user can change: found and expected in the message, what to do in the hint. */
export class TlastError extends Error {
  override readonly name = "TlastError"
  readonly code: string
  readonly exitCode: ExitCode

  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    super(`${problem.where}: ${problem.message}\n  ${problem.hint}`, options)
    this.code = problem.code
    this.exitCode = problem.exitCode ?? 2
  }
}

/** A state that only a bug of ours can reach: exit 70, with what to report. */
export function bug(where: string, message: string): TlastError {
  return new TlastError({
    code: "INTERNAL",
    where,
    message,
    hint: "this is a bug in tlast: please report it with the command, its output and build.log",
    exitCode: 70,
  })
}

/** The element, or an INTERNAL error: for indices the caller has already bounded. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const item = list[index]
  if (item === undefined) throw bug("at", `index ${index} of ${list.length}`)
  return item
}

/** The known word nearest to a mistyped one (edit distance at most a third of its length, at least 2), if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const d = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(at(row, j) + 1, at(next, j - 1) + 1, swap))
    }
    row = next
  }
  return at(row, b.length)
}
