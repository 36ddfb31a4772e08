import {at, bug} from "../errors.ts"
import type {PlanStage} from "./plan.ts"

/** The stages a stage reads: those it names, else the one before it. */
export function sourcesOf(stages: readonly PlanStage[], stage: PlanStage): readonly PlanStage[] {
  const named = stage.from ?? [at(stages, stages.indexOf(stage) - 1).name]
  return named.map((name) => {
    const source = stages.find((one) => one.name === name)
    if (source === undefined) throw bug("plan", `${stage.name} reads ${name}, which is not there`)
    return source
  })
}

/** The first stage that reads this one. */
export const readerOf = (stages: readonly PlanStage[], stage: PlanStage): PlanStage | undefined =>
  stages.find((one, index) => (one.from ? one.from.includes(stage.name) : stages[index - 1] === stage))
