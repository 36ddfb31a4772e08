import {emitHls} from "../../src/emit/hls.ts"
import {hlsOptions} from "../../src/emit/hls-options.ts"
import {integerNetworkToJson} from "../../src/graph/json.ts"
import {elements} from "../../src/graph/shape.ts"
import type {Host} from "../../src/host/host.ts"
import {loadBoard} from "../../src/package/board.ts"
import {driverFiles} from "../../src/package/driver.ts"
import type {Check} from "../../src/package/manifest.ts"
import {type BoardPackage, type HlsCore, type PackageInput, packageBoard} from "../../src/package/package.ts"
import {openOutputs, paths} from "../../src/pipeline/outputs.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {type Settings, settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName} from "../../src/pipeline/step.ts"
import {version} from "../../src/pipeline/version.ts"
import {toElements} from "../../src/quantize/report.ts"
import {count} from "../../src/report/page/markup.ts"
import {headline} from "../../src/report/text.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {imageVectors} from "../../src/verify/hls-vectors.ts"
import {loadPackets} from "../../src/weights/pack.ts"
import type {Context, Verb} from "../verb.ts"
import {failedCheck} from "./stages.ts"

/** How many of the test images travel as self-test vectors; one load runs them all. */
const selfTestImages = 100

/** How many of them the HLS test bench has: co-simulation runs them clock by clock. */
const hlsImages = 10

export const packageVerb: Verb = {
  name: "package",
  summary: "a folder and a zip for one board: Vivado script, driver, notebook, vectors; --backend hls around an HLS IP",
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
    const input = {...(await gather(context, settings)), board, checks: checks(reports), version}
    const hls = settings.config.backend === "hls" ? {hls: await hlsCore(host, input)} : {}
    const pack = await packageBoard({...input, ...hls})
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

/** The C++ of which Vitis HLS exports the IP, with a few of the self-test's images for its simulations. */
async function hlsCore(
  host: Host,
  {network, plan, selfTest}: Pick<PackageInput, "network" | "plan" | "selfTest">,
): Promise<HlsCore> {
  const options = hlsOptions(plan)
  const {top, architecture, files} = emitHls(network, options, await readHlsLibrary(host))
  const images = Math.min(hlsImages, selfTest.images.length / elements(network.input.shape))
  const pixels = toElements(selfTest.images, network.input.format.bits)
  const {input, expected} = imageVectors(network, options, pixels, images)
  const vectors = {[`${top}_in.txt`]: input, [`${top}_out.txt`]: expected}
  return {top, interval: architecture.interval, files: {...files, ...vectors}}
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
    const [result, ...more] = report === undefined ? [] : headline(stage, report)
    if (result === undefined) return []
    const hls = more.filter((line) => line.startsWith("HLS C++"))
    return [{what, result}, ...hls.map((line) => ({what: "HLS C++ against the integer reference", result: line}))]
  })
}

function packageText({report, zipName, files}: BoardPackage, folder: string, out: string): readonly string[] {
  const hls = "hls/run_hls.tcl" in files
  return [
    `${report.stem} for ${report.board} (${report.part}) at ${report.clockMhz} MHz`,
    `${report.files} files, ${count(report.bytes)} bytes in ${folder}/`,
    `zip     ${out}/board/${zipName}, ${count(report.zipBytes)} bytes`,
    ...(hls ? [`next    cd ${folder}/hls && vitis_hls -f run_hls.tcl`] : []),
    `${hls ? "then" : "next"}    cd ${folder} && vivado -mode batch -source build.tcl`,
    ...report.notRun.map((item) => `not run: ${item}`),
  ]
}
