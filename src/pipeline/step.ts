import {TlastError} from "../errors.ts"
import type {Host} from "../host/host.ts"
import type {Progress, Watch} from "../progress.ts"
import type {Outputs} from "./outputs.ts"
import type {Settings} from "./settings.ts"

/** The stages in the order they run. */
export const stageNames = [
  "data",
  "train",
  "quantize",
  "export",
  "golden",
  "plan",
  "emit",
  "simulate",
  "verify",
  "synth",
  "report",
] as const
export type StageName = (typeof stageNames)[number]

/** What a stage has made. Paths are relative to the build folder. */
export interface StepResult {
  /** Written as report/<stage>.json. */
  readonly report: object
  readonly files: Readonly<Record<string, Uint8Array | string>>
  /** Those of `files` (or "report/<stage>.json") that depend on this computer, so that no two make the same: times, tools found. */
  readonly local?: readonly string[]
}

export interface StepContext extends Watch {
  readonly host: Host
  readonly settings: Settings
  /** Files of this and earlier stages, and what they hold. */
  readonly outputs: Outputs
}

/** One stage as the pipeline sees it: when it must run again, and how. */
export interface Step {
  readonly name: StageName
  /** One line for `--help` and the progress of a stage that has yet to say something. */
  readonly summary: string
  /** Stages whose files it reads. */
  readonly needs: readonly StageName[]
  /** Folders under src/ (or beside it: rtl, models) whose sources decide what it makes. */
  readonly sources: readonly string[]
  /** Everything besides files and sources that decides what it makes: any JSON value, or a promise of one. */
  options(settings: Settings, host: Host): unknown
  run(context: StepContext): Promise<StepResult>
}

/** Between two pieces of long work in this thread: says how far it is, lets Ctrl-C in, and stops if it came. */
export async function checkpoint({onProgress, signal}: Watch, progress: Progress): Promise<void> {
  onProgress?.(progress)
  await new Promise((resolve) => setTimeout(resolve, 0))
  if (signal?.aborted) throw interrupted(progress.stage)
}

export function interrupted(where: string): TlastError {
  return new TlastError({
    code: "INTERRUPTED",
    where,
    message: "interrupted",
    hint: "run the same command again to go on: finished stages are kept",
    exitCode: 130,
  })
}
