import {nearest, TlastError} from "../../src/errors.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName} from "../../src/pipeline/step.ts"
import {stageNames} from "../../src/pipeline/step.ts"
import {headline, reportText} from "../../src/report/text.ts"
import type {Verb} from "../verb.ts"

/** A verb that builds up to one stage and prints that stage's report: finished stages come from the cache. */
export function stageVerb(stage: StageName, name: string, summary: string, aliases: readonly string[] = []): Verb {
  return {
    name,
    summary,
    aliases,
    flags: [["--force", "run this stage again, cached or not"]],
    async run(context) {
      const {host, config, given, watch, say} = context
      const settings = await settingsOf(config, host)
      const {reports} = await runBuild({
        host,
        settings,
        to: stage,
        ...(given.force === true ? {from: stage} : {}),
        ...watch,
        onStage: ({kind, stage: running, report, cached}) => {
          if (kind === "end" && running !== stage && cached === false && report)
            say(headline(running, report).join("\n"))
        },
      })
      const report = reports[stage] ?? {}
      for (const line of reportText(stage, report)) say(line)
      say(`report: ${settings.out}/report/${stage}.json`)
      return {report, exitCode: failedCheck(report) ? 1 : 0}
    },
  }
}

/** A report says so itself where a check of it failed. */
export const failedCheck = (report: object): boolean => "passed" in report && report.passed === false

/** The stage a flag names. Throws UNKNOWN_STAGE with the nearest. */
export function stageOf(flag: string, value: unknown): StageName | undefined {
  if (value === undefined) return undefined
  const found = stageNames.find((name) => name === value)
  if (found !== undefined) return found
  const guess = nearest(String(value), stageNames)
  throw new TlastError({
    code: "UNKNOWN_STAGE",
    where: `--${flag}`,
    message: `there is no stage ${JSON.stringify(value)}; there are ${stageNames.join(", ")}`,
    hint: guess === undefined ? "name one of them" : `did you mean ${guess}?`,
  })
}
