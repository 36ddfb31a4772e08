import type {StageEvent} from "../../src/pipeline/run.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName} from "../../src/pipeline/step.ts"
import {headline} from "../../src/report/text.ts"
import {duration} from "../terminal.ts"
import type {Context, Verb} from "../verb.ts"
import {failedCheck, stageOf} from "./stages.ts"

/** The ten stages as a reader counts them: simulate and verify are one question. */
const numbers: Readonly<Record<StageName, number>> = {
  data: 1,
  train: 2,
  quantize: 3,
  export: 4,
  golden: 5,
  plan: 6,
  emit: 7,
  simulate: 8,
  verify: 8,
  synth: 9,
  report: 10,
}

export const demo: Verb = {
  name: "demo",
  summary: "MNIST from pixels to a proven accelerator: all of it, in a few minutes",
  async run(context) {
    context.say("tlast demo: MNIST, from pixels to a proven accelerator\n")
    return buildAll(context)
  },
}

export const build: Verb = {
  name: "build",
  summary: "every stage, as tlast.config.ts says",
  flags: [
    ["--from <STAGE>", "run this stage and those after it again, cached or not"],
    ["--to <STAGE>", "stop after this stage"],
  ],
  run: buildAll,
}

async function buildAll(context: Context) {
  const {host, config, given, watch, say} = context
  const from = stageOf("from", given.from)
  const to = stageOf("to", given.to)
  const settings = await settingsOf(config, host)
  const started = host.clock.wallSeconds()
  const {reports} = await runBuild({
    host,
    settings,
    ...(from === undefined ? {} : {from}),
    ...(to === undefined ? {} : {to}),
    ...watch,
    onStage: (event) => {
      for (const line of stageLines(event)) say(line)
    },
  })
  const failed = Object.entries(reports).filter(([, report]) => failedCheck(report))
  say("")
  for (const [stage] of failed) say(`FAILED: ${stage}, see ${settings.out}/report/${stage}.json`)
  if (to === undefined || to === "report") {
    say(`open    ${settings.out}/report/index.html`)
    say(`read    ${settings.out}/rtl, ${settings.out}/report/summary.json`)
  }
  say(`done in ${duration(host.clock.wallSeconds() - started)}: everything is in ${settings.out}/`)
  return {report: reports.report ?? reports, exitCode: failed.length > 0 ? (1 as const) : (0 as const)}
}

/** "[2/10] train     98.05 % ...            41 s" */
function stageLines({kind, stage, report, cached, seconds = 0}: StageEvent): readonly string[] {
  if (kind === "start" || report === undefined) return []
  const [first = "", ...rest] = headline(stage, report)
  const head = `[${String(numbers[stage]).padStart(2)}/10] ${stage.padEnd(9)}`
  const time = cached ? "cached" : duration(seconds)
  return [`${head} ${first}  (${time})`, ...rest.map((line) => `${" ".repeat(18)}${line}`)]
}
