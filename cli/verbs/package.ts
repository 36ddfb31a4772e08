import {integerNetworkToJson} from "../../src/graph/json.ts"
import {elements} from "../../src/graph/shape.ts"
import {loadBoard} from "../../src/package/board.ts"
import {driverFiles} from "../../src/package/driver.ts"
import type {Check} from "../../src/package/manifest.ts"
import {type BoardPackage, packageBoard} from "../../src/package/package.ts"
import {openOutputs, paths} from "../../src/pipeline/outputs.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {type Settings, settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName} from "../../src/pipeline/step.ts"
import {version} from "../../src/pipeline/version.ts"
import {count} from "../../src/report/page/markup.ts"
import {headline} from "../../src/report/text.ts"
import {loadPackets} from "../../src/weights/pack.ts"
import type {Context, Verb} from "../verb.ts"
import {failedCheck} from "./stages.ts"

/** How many of the test images travel as self-test vectors; one load runs them all. */
const selfTestImages = 100

export const packageVerb: Verb = {
  name: "package",
  summary: "a folder and a zip for one board: Vivado script, driver, notebook, vectors",
  flags: [["--unverified", "without simulating first; the package says so"]],
  async run(context) {
    const {host, config, given, watch, say} = context
    const settings = await settingsOf(config, host)
    const board = await loadBoard(settings.config.board, host)
    const to: StageName = given.unverified === true ? "emit" : "verify"
    const {reports} = await runBuild({
      host,
      settings,
      to,
      ...watch,
      onStage: ({kind, stage, report, cached}) => {
        if (kind === "end" && cached === false && report) say(headline(stage, report).join("\n"))
      },
    })
    const failed = Object.entries(reports).find(([, report]) => failedCheck(report))
    if (failed) {
      say(`FAILED: ${failed[0]}, see ${settings.out}/report/${failed[0]}.json; nothing was packaged`)
      return {report: failed[1], exitCode: 1}
    }
    const pack = await packageBoard({...(await gather(context, settings)), board, checks: checks(reports), version})
    const folder = `${settings.out}/board/${board.name}`
    for (const [path, data] of Object.entries(pack.files)) await host.files.write(`${folder}/${path}`, data)
    await host.files.write(`${settings.out}/board/${pack.zipName}`, pack.zip)
    await host.files.write(`${settings.out}/report/package.json`, `${JSON.stringify(pack.report, null, 2)}\n`)
    for (const line of packageText(pack, folder, settings.out)) say(line)
    return {report: pack.report}
  },
}

async function gather({host}: Context, settings: Settings) {
  const outputs = openOutputs(host, settings)
  const [network, plan, design, test, results] = await Promise.all([
    outputs.integer(),
    outputs.plan(),
    outputs.design(),
    outputs.test(),
    outputs.golden(),
  ])
  const kept = Math.min(selfTestImages, test.labels.length)
  const words = results.length / test.labels.length
  const int8 = `${settings.out}/${paths.tflite8}`
  return {
    network,
    networkJson: integerNetworkToJson(network),
    plan,
    design,
    test: {images: test.images, labels: test.labels},
    selfTest: {
      images: test.images.subarray(0, kept * elements(network.input.shape)),
      results: results.subarray(0, kept * words),
    },
    models: {
      "model.tflite": await outputs.bytes(paths.tflite),
      ...((await host.files.exists(int8)) ? {"model.int8.tflite": await outputs.bytes(paths.tflite8)} : {}),
    },
    driver: await driverFiles(host),
    ...(plan.loadable === undefined
      ? {}
      : {header: {loadable: plan.loadable, loads: loadPackets(network, network, plan.loadable)}}),
  }
}

const checking: Readonly<Partial<Record<StageName, string>>> = {
  golden: "integer reference on the test images",
  simulate: "RTL against the integer reference",
  verify: "stalls, broken streams and resets",
}

/** What the stages of this build found, in their own words; only stages that check something. */
function checks(reports: Readonly<Partial<Record<StageName, object>>>): readonly Check[] {
  return Object.entries(checking).flatMap(([stage, what]) => {
    const report = reports[stage as StageName]
    const [result] = report === undefined ? [] : headline(stage, report)
    return result === undefined ? [] : [{what, result}]
  })
}

function packageText({report, zipName}: BoardPackage, folder: string, out: string): readonly string[] {
  return [
    `${report.stem} for ${report.board} (${report.part}) at ${report.clockMhz} MHz`,
    `${report.files} files, ${count(report.bytes)} bytes in ${folder}/`,
    `zip     ${out}/board/${zipName}, ${count(report.zipBytes)} bytes`,
    `next    cd ${folder} && vivado -mode batch -source build.tcl`,
    ...report.notRun.map((item) => `not run: ${item}`),
  ]
}
