import {loadBoard} from "../../package/board.ts"
import {plan} from "../../plan/make.ts"
import type {PlanOptions} from "../../plan/options.ts"
import type {PlanStageReport} from "../../report/stages.ts"
import {sha256} from "../hash.ts"
import {paths} from "../outputs.ts"
import type {Settings} from "../settings.ts"
import type {Step} from "../step.ts"

/** A build is worth some seconds of search for 2 to 5 % fewer LUTs; an estimate takes one pass. */
export const BUILD_EFFORT = 6

export const planStep: Step = {
  name: "plan",
  summary: "choose engines, widths and depths; predict clocks and resources",
  needs: ["quantize"],
  sources: ["graph", "plan", "package", "boards"],
  options: ({config}) => {
    const {board, clockMhz, lanes, imagesPerSecond, target, layers, weights, packets, results, arithmetic, output} =
      config
    return {board, clockMhz, lanes, imagesPerSecond, target, layers, weights, packets, results, arithmetic, output}
  },
  async run({outputs, settings, host}) {
    const board = await loadBoard(settings.config.board, host)
    const {name, part, resources} = board
    const modelHash = await sha256(await outputs.bytes(paths.integer))
    const made = plan(await outputs.integer(), {
      ...planOptions(settings),
      board: {name, part, resources},
      modelHash,
      effort: BUILD_EFFORT,
      explore: true,
    })
    const report: PlanStageReport = {stage: "plan", passed: made.report.fits, ...made.report}
    return {report, files: {[paths.plan]: `${JSON.stringify(made.plan, null, 1)}\n`}}
  },
}

/** What the configuration says of the plan, but the board. */
export function planOptions({config}: Settings): PlanOptions {
  const {clockMhz, lanes, imagesPerSecond, target, layers, weights, packets, results, arithmetic, output} = config
  return {
    clockHz: clockMhz * 1e6,
    weights,
    packets,
    arithmetic,
    ...(output === undefined ? {} : {output}),
    ...(results === undefined ? {} : {results}),
    ...(lanes === undefined ? {} : {lanes}),
    ...(imagesPerSecond === undefined ? {} : {imagesPerSecond}),
    ...(target === undefined ? {} : {target}),
    ...(layers === undefined ? {} : {layers}),
  }
}
