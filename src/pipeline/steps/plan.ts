import {TlastError} from "../../errors.ts"
import {loadBoard} from "../../package/board.ts"
import {type PlanOptions, plan} from "../../plan/make.ts"
import type {PlanStageReport} from "../../report/stages.ts"
import {sha256} from "../hash.ts"
import {paths} from "../outputs.ts"
import type {Settings} from "../settings.ts"
import type {Step} from "../step.ts"

export const planStep: Step = {
  name: "plan",
  summary: "choose engines, widths and depths; predict clocks and resources",
  needs: ["quantize"],
  sources: ["graph", "plan", "package", "boards"],
  options: ({config}) => {
    const {board, clockMhz, lanes, imagesPerSecond, target, layers, weights, packets} = config
    return {board, clockMhz, lanes, imagesPerSecond, target, layers, weights, packets}
  },
  async run({outputs, settings, host}) {
    refuseUnbuilt(settings)
    const board = await loadBoard(settings.config.board, host)
    const {name, part, resources} = board
    const modelHash = await sha256(await outputs.bytes(paths.integer))
    const made = plan(await outputs.integer(), {...optionsOf(settings), board: {name, part, resources}, modelHash})
    const report: PlanStageReport = {stage: "plan", passed: made.report.fits, ...made.report}
    return {report, files: {[paths.plan]: `${JSON.stringify(made.plan, null, 1)}\n`}}
  },
}

/** What the configuration can ask for and the planner cannot build yet is refused, never ignored. */
function refuseUnbuilt({config: {weights, packets}}: Settings): void {
  for (const [key, value, only] of [
    ["weights", weights, "constant"],
    ["packets", packets, "raw"],
  ]) {
    if (value === only) continue
    throw new TlastError({
      code: "NOT_BUILT_YET",
      where: `${key}: "${value}"`,
      message: `the planner of this version builds ${key} "${only}" only`,
      hint: `leave ${key} out, or set it to "${only}"`,
    })
  }
}

function optionsOf({config}: Settings): PlanOptions {
  const {clockMhz, lanes, imagesPerSecond, target, layers} = config
  return {
    clockHz: clockMhz * 1e6,
    ...(lanes === undefined ? {} : {lanes}),
    ...(imagesPerSecond === undefined ? {} : {imagesPerSecond}),
    ...(target === undefined ? {} : {target}),
    ...(layers === undefined ? {} : {layers}),
  }
}
