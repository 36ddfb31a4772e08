import {runSearch} from "../../src/pipeline/search.ts"
import type {SearchReport} from "../../src/search/search.ts"
import type {Verb} from "../verb.ts"

/** Topologies and bits, weighed by accuracy against LUTs; goes on where it was stopped. */
export const search: Verb = {
  name: "search",
  summary: "try topologies and bits for a board, a rate and an accuracy: the front as it grows",
  async run({host, config, say, watch}) {
    const out = config.out ?? "build/search"
    let told = ""
    let trained = 0
    const report = await runSearch({
      host,
      config,
      ...watch,
      onReport(current) {
        const {points, ruledOut, candidates} = current
        const last = points.at(-1)
        if (last && points.length > trained)
          say(`${last.effort.padEnd(5)} ${line(last)}${last.effort === "short" ? "" : "  (trained long)"}`)
        trained = points.length
        const front = current.front.map(({candidate}) => candidate).join()
        if (front !== "" && front !== told) {
          say(
            `front: ${current.front.map(({candidate, accuracy, lut}) => `${accuracy.toFixed(2)} % in ${lut} LUT (${candidate})`).join(", ")}`,
          )
          told = front
        }
        watch.onProgress?.({
          stage: "search",
          done: points.length,
          total: Math.max(points.length, candidates - ruledOut.length),
          unit: "trainings",
        })
      },
    })
    for (const text of summary(report, out)) say(text)
    return {report, exitCode: report.goal !== undefined && report.answer === undefined ? 1 : 0}
  },
}

const line = ({candidate, accuracy, lut, interval}: SearchReport["points"][number]): string =>
  `${candidate.padEnd(28)} ${accuracy.toFixed(2).padStart(6)} % held out ${String(lut).padStart(7)} LUT ${String(interval).padStart(6)} clocks`

function summary({front, ruledOut, candidates, goal, answer}: SearchReport, out: string): readonly string[] {
  const chosen = answer ?? (goal === undefined ? front.at(-1)?.candidate : undefined)
  return [
    "",
    `${candidates} candidates, ${ruledOut.length} ruled out before training; the front, by LUTs:`,
    ...front.map((point) => `  ${line(point)}`),
    ...(goal !== undefined && answer === undefined
      ? [`none reaches ${goal} %: widen search.filters, or train longer`]
      : []),
    ...(chosen === undefined ? [] : [`build   tlast build --config ${out}/long/${chosen}/tlast.config.json`]),
    `open    ${out}/report/search.html`,
  ]
}
