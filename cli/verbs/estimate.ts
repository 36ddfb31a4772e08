import {estimate as estimatePlan} from "../../src/pipeline/estimate.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import {reportText} from "../../src/report/text.ts"
import type {Verb} from "../verb.ts"

/** The plan without a build, and without training: `plan` searches longer for fewer LUTs. */
export const estimate: Verb = {
  name: "estimate",
  summary: "whether it fits, how fast it will be, and what limits it: in seconds, trained or not",
  async run({host, config, say}) {
    const settings = await settingsOf(config, host)
    const report = await estimatePlan(host, settings)
    const path = `${settings.out}/report/estimate.json`
    await host.files.write(path, `${JSON.stringify(report, null, 2)}\n`)
    for (const line of reportText("estimate", report)) say(line)
    say(`report: ${path}`)
    return {report, exitCode: report.passed ? 0 : 1}
  },
}
