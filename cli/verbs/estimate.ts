import {loadBoard} from "../../src/package/board.ts"
import {openOutputs} from "../../src/pipeline/outputs.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import {planOptions} from "../../src/pipeline/steps/plan.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanStageReport} from "../../src/report/stages.ts"
import {headline, reportText} from "../../src/report/text.ts"
import type {Verb} from "../verb.ts"

/** The plan without a build: one greedy pass over the weights, in a second or two; `plan` searches longer for fewer LUTs. */
export const estimate: Verb = {
  name: "estimate",
  summary: "whether it fits, how fast it will be, and what limits it: within two seconds",
  flags: [],
  async run({host, config, watch, say}) {
    const settings = await settingsOf(config, host)
    await runBuild({
      host,
      settings,
      to: "quantize",
      ...watch,
      onStage: ({kind, stage, report, cached}) => {
        if (kind === "end" && cached === false && report) say(headline(stage, report).join("\n"))
      },
    })
    const {name, part, resources} = await loadBoard(settings.config.board, host)
    const network = await openOutputs(host, settings).integer()
    const {report: made} = plan(network, {
      ...planOptions(settings),
      board: {name, part, resources},
      effort: 0,
      explore: true,
    })
    const report: PlanStageReport = {stage: "plan", passed: made.fits, ...made}
    for (const line of reportText("plan", report)) say(line)
    return {report, exitCode: made.fits ? 0 : 1}
  },
}
