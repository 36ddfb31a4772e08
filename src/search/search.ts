import {TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import {front, promising} from "./front.ts"
import {type Candidate, candidates, type Space} from "./space.ts"

/** What the planner says of a candidate. */
export interface Prediction {
  readonly resources: Resources
  readonly interval: number
  readonly imagesPerSecond: number
  /** Whether it fits the board at the rate asked for; else why not. */
  readonly fits: boolean
  readonly reason?: string
}

/** A candidate trained: its integers' accuracy in percent of the held-out images, and its plan with the weights it has. */
export interface Trained extends Prediction {
  readonly accuracy: number
}

/** How long a candidate is trained: briefly to weigh it against the others, or as the user would. */
export type Effort = "short" | "long"

export interface Point extends Trained {
  readonly candidate: string
  readonly effort: Effort
  readonly lut: number
}

export interface SearchReport {
  readonly stage: "search"
  readonly candidates: number
  /** What the planner ruled out before any training, and why. */
  readonly ruledOut: readonly {readonly candidate: string; readonly reason: string}[]
  /** Everything that was trained. */
  readonly points: readonly Point[]
  /** Of those trained long: the ones no other beats, by LUTs. */
  readonly front: readonly Point[]
  /** The goal, and the fewest LUTs that reach it. */
  readonly goal?: number
  readonly answer?: string
}

/** What a search needs done: planning without weights, and training. Both may be answered from what an earlier run left. */
export interface Workshop {
  predict(candidate: Candidate): Promise<Prediction>
  train(candidate: Candidate, effort: Effort): Promise<Trained>
  /** After every change: what is known by now. */
  show?(report: SearchReport): Promise<void> | void
}

export interface SearchOptions {
  /** Percent of the held-out images to reach: then what costs more than the cheapest that does is left out. */
  readonly goal?: number
  /** Percent a short training may be behind and still be given a long one. Default 0.3. */
  readonly slack?: number
}

/**
 * Tries a space with the planner in the loop: first every candidate is planned, which takes a second and rules out what
 * does not fit; those left are trained briefly, and the promising ones long, from few LUTs to many.
 */
export async function search(space: Space, workshop: Workshop, options: SearchOptions = {}): Promise<SearchReport> {
  const {goal, slack = 0.3} = options
  const all = candidates(space)
  const ruledOut: {candidate: string; reason: string}[] = []
  const points: Point[] = []
  const report = (): SearchReport => {
    const long = points.filter(({effort}) => effort === "long")
    const answer = goal === undefined ? undefined : front(long).find(({accuracy}) => accuracy >= goal)
    return {
      stage: "search",
      candidates: all.length,
      ruledOut,
      points,
      front: front(long),
      ...(goal === undefined ? {} : {goal}),
      ...(answer === undefined ? {} : {answer: answer.candidate}),
    }
  }
  const planned: {candidate: Candidate; lut: number}[] = []
  for (const candidate of all) {
    const prediction = await predictOrRefuse(workshop, candidate)
    if (prediction.fits) planned.push({candidate, lut: prediction.resources.lut})
    else ruledOut.push({candidate: candidate.name, reason: prediction.reason ?? "it does not fit"})
    await workshop.show?.(report())
  }
  planned.sort((a, b) => a.lut - b.lut)
  const trainAll = async (chosen: readonly Candidate[], effort: Effort, skip: (candidate: Candidate) => boolean) => {
    for (const candidate of chosen) {
      if (skip(candidate)) continue
      const trained = await workshop.train(candidate, effort)
      points.push({candidate: candidate.name, effort, lut: trained.resources.lut, ...trained})
      await workshop.show?.(report())
    }
  }
  await trainAll(
    planned.map(({candidate}) => candidate),
    "short",
    () => false,
  )
  const worth = promising(
    points.filter(({fits}) => fits),
    slack,
  )
  const luts = new Map(worth.map(({candidate, lut}) => [candidate, lut]))
  const chosen = worth.flatMap((point) => all.filter(({name}) => name === point.candidate))
  await trainAll(chosen, "long", ({name}) => {
    const cheapest = points.find(
      ({effort, accuracy, fits}) => effort === "long" && fits && goal !== undefined && accuracy >= goal,
    )
    return cheapest !== undefined && (luts.get(name) ?? 0) > cheapest.lut
  })
  return report()
}

/** What says no to this candidate, and nothing about the others. */
const REFUSALS = [
  "ACCUMULATOR_TOO_WIDE",
  "LANES_DO_NOT_DIVIDE",
  "PLAN_CONTRADICTION",
  "RATE_NOT_REACHED",
  "UNSUPPORTED",
  "UNSUPPORTED_LAYER",
]

/** A plan that cannot be made is an answer here, not a failure. */
async function predictOrRefuse(
  workshop: Workshop,
  candidate: Candidate,
): Promise<{fits: boolean; reason?: string; resources: {lut: number}}> {
  try {
    return await workshop.predict(candidate)
  } catch (error) {
    if (error instanceof TlastError && REFUSALS.includes(error.problem.code))
      return {fits: false, reason: error.problem.message, resources: {lut: Number.POSITIVE_INFINITY}}
    throw error
  }
}
