import type {IntegerNetwork} from "../../graph/integer.ts"
import type {Plan, PlanStage} from "../../plan/plan.ts"

/** What the next block is connected to. `valid` may be a vector, one bit a lane. */
export interface Wires {
  readonly data: string
  readonly valid: string
  /** One bit a lane: whether its window lies in the image. */
  readonly inside?: string
}

/** A stage of the plan of a network, and the stage it reads. */
export interface Place<S extends PlanStage> {
  readonly plan: Plan
  readonly network: IntegerNetwork
  readonly stage: S
  readonly previous?: PlanStage | undefined
}

/** A stage among its neighbours. */
export interface Joint<S extends PlanStage> extends Place<S> {
  /** The stage that reads it, and whether that one takes when it is ready. */
  readonly next?: PlanStage | undefined
  readonly waited: boolean
  /** Of each stage it reads. */
  readonly from: readonly Wires[]
  /** The names its own wires are to have. */
  readonly to: Wires
}

/** How a kind of stage becomes text: the modules it needs, what is generated for it, and its instance in the core. */
export interface Block<S extends PlanStage> {
  /** Of rtl/. */
  readonly modules: (stage: S) => readonly string[]
  /** It takes from the queue before it when it is ready: the core declares `<queue>_ready`, and the instance drives it. */
  readonly waits?: (stage: S) => boolean
  /** Generated files by name. */
  readonly files?: (place: Place<S>) => Readonly<Record<string, string>>
  readonly instance: (joint: Joint<S>) => string
  /** What the next is connected to, where that is not `to`. */
  readonly wires?: (joint: Joint<S>) => Wires
  /** A few words for the core's head, before its rate. */
  readonly note?: (stage: S) => string
}

export const clocked = {clk: "clk", rst: "rst"}

/** Valid, a bit a lane, for positions that are there. */
export const masked = ({valid, inside}: Wires, lanes: number): string =>
  inside === undefined ? valid : lanes === 1 ? `${valid} && ${inside}[0]` : `{${lanes}{${valid}}} & ${inside}`

/** The ready of the queue that these are the wires of. */
export const readyOf = ({data}: Wires): string => data.replace(/_data$/, "_ready")

/** Bits of all the positions that a stage sends at once. */
export const outBits = ({output}: PlanStage): number => output.positions * output.channels * output.bits
