import {blockDesign, dmaSettings, type ExportedIp, mhzText} from "../emit/block-design.ts"
import {emitBlockDesignSvg} from "../emit/block-design-svg.ts"
import {exportedIp} from "../emit/hls-tcl.ts"
import {emitHwh} from "../emit/hwh.ts"
import {emitNotebook} from "../emit/notebook.ts"
import {acceleratorFile, type CoreFacts, coreFacts, headerPackets} from "../emit/python.ts"
import {emitBuildTcl, emitIpTcl} from "../emit/tcl.ts"
import {TlastError} from "../errors.ts"
import type {Board} from "../graph/board.ts"
import type {Design} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {Loadable} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import {sha256} from "../host/hash.ts"
import type {Plan} from "../plan/plan.ts"
import {type Check, manifest, notRun} from "./manifest.ts"
import {npy} from "./npy.ts"
import {readme} from "./readme.ts"
import {zip} from "./zip.ts"

/** Images as bytes of image files, with what belongs to each. */
export interface Vectors {
  readonly images: Uint8Array
  readonly labels: Uint8Array
}

export interface PackageInput {
  readonly network: IntegerNetwork
  /** integerNetworkToJson of it: what the hashes name the model by. */
  readonly networkJson: string
  readonly plan: Plan
  readonly design: Design
  readonly board: Board
  /** model.tflite, and model.int8.tflite where the network has one. */
  readonly models: {readonly "model.tflite": Uint8Array; readonly "model.int8.tflite"?: Uint8Array}
  /** Carried along and run on every load: results are golden's, images x outputs. */
  readonly selfTest: {readonly images: Uint8Array; readonly results: Int32Array}
  /** What the notebook runs. */
  readonly test: Vectors
  /** For a plan of header packets: what can be loaded, and the packets that load this model (weights/pack.ts). */
  readonly header?: {readonly loadable: Loadable; readonly loads: readonly LoadWords[]}
  /** The core as HLS C++, where the block design is to have the IP exported from it instead of the RTL. */
  readonly hls?: HlsCore
  /** Files of python/tlast_pynq by name (see driverFiles). */
  readonly driver: Readonly<Record<string, string>>
  /** What was verified before packaging, for the manifest. */
  readonly checks: readonly Check[]
  /** Version of tlast. */
  readonly version: string
}

/** An HLS project (emitHls), and the vectors of its test bench. */
export interface HlsCore {
  /** Name of the C++ function and of the IP. */
  readonly top: string
  /** Predicted clocks from an image to the next. */
  readonly interval: number
  /** Text by path relative to the project's folder, run_hls.tcl and <top>_in.txt, <top>_out.txt among them. */
  readonly files: Readonly<Record<string, string>>
}

/** A load packet as a good answer repeats it. */
export interface LoadWords {
  readonly name: string
  readonly answer: Uint16Array
}

export interface PackageReport {
  readonly stage: "package"
  readonly board: string
  readonly part: string
  readonly stem: string
  readonly clockMhz: number
  readonly dma: readonly {readonly name: string; readonly value: string; readonly why: string}[]
  readonly files: number
  readonly bytes: number
  readonly zipBytes: number
  readonly zipSha256: string
  readonly checked: readonly Check[]
  readonly notRun: readonly string[]
}

export interface BoardPackage {
  /** Contents of build/<name>/board/<board>/ by relative path. */
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly zip: Uint8Array
  /** "<stem>_<board>.zip" */
  readonly zipName: string
  readonly report: PackageReport
}

/**
 * Everything for one board: Vivado scripts, RTL, driver, notebook, models, vectors, picture, manifest, zip. Pure: same
 * input, same bytes. Throws DOES_NOT_FIT, STREAM_WIDTH, CLOCK_OUT_OF_RANGE, or SELF_TEST for vectors of another size.
 */
export async function packageBoard(input: PackageInput): Promise<BoardPackage> {
  const {network, plan, design, board, hls} = input
  const facts = coreFacts(plan, network)
  const core = hls ? {...facts, intervalCycles: hls.interval} : facts
  // The plan's resources are those of the RTL; the IP's are not predicted.
  if (!hls) checkFit(input)
  checkPackets(input)
  const images = checkVectors(input, core)
  const system = {
    board,
    core: design.top,
    inputBits: core.inputBits,
    outputBits: core.outputBits,
    clockMhz: plan.clockHz / 1e6,
  }
  // Without a board there is no Vitis HLS either: the virtual one has the RTL.
  const virtual = blockDesign(system)
  const block = hls ? blockDesign({...system, exported: inFolder(exportedIp(hls.top))}) : virtual
  const modelSha256 = await sha256(input.networkJson)
  // What the bitstream depends on: pynq caches by name, so other hardware must have another one.
  const content = await sha256(JSON.stringify([hls?.files ?? design, block]))
  const stem = `${network.name}_${content.slice(0, 8)}`
  const names = {stem, board: board.name, modelSha256}
  const packets = input.header ? headerPackets(network, input.header.loadable) : {kind: "raw" as const}
  const accelerator = acceleratorFile(network, core, block, names, packets)
  const sources = Object.keys(design.files).map((path) => `rtl/${path.replace(/^rtl\//, "")}`)
  const tcl = {
    stem,
    core: design.top,
    sources,
    header: [`Made by tlast ${input.version} from ${network.name}, model sha256 ${modelSha256.slice(0, 16)}.`],
    board: board.title,
  }
  const {shape} = network.input
  const dimensions = (count: number) => [count, shape.height, shape.width, shape.channels]
  const text: Record<string, string> = {
    "build.tcl": emitBuildTcl(block, tcl),
    ...(hls ? {} : {"package_ip.tcl": emitIpTcl(block, tcl)}),
    "accelerator.json": `${JSON.stringify(accelerator, null, 2)}\n`,
    "block_design.svg": emitBlockDesignSvg(block, hls?.top ?? design.top),
    [`${network.name}.ipynb`]: emitNotebook(accelerator, images.test),
    [`virtual/${stem}.hwh`]: emitHwh(virtual, design.top),
  }
  for (const [path, source] of Object.entries(design.files)) text[`rtl/${path.replace(/^rtl\//, "")}`] = source
  for (const [path, source] of Object.entries(hls?.files ?? {})) text[`hls/${path}`] = source
  for (const [name, source] of Object.entries(input.driver)) text[`tlast_pynq/${name}`] = source
  const files: Record<string, Uint8Array> = {
    ...encode(text),
    ...models(input.models),
    "selftest_images.npy": npy(input.selfTest.images, dimensions(images.selfTest)),
    "selftest_results.npy": npy(input.selfTest.results, [images.selfTest, core.outputs]),
    "test_images.npy": npy(input.test.images, dimensions(images.test)),
    "test_labels.npy": npy(input.test.labels, [images.test]),
  }
  for (const [index, {answer}] of (input.header?.loads ?? []).entries()) {
    files[`load_${index}.npy`] = npy(Int16Array.from(answer), [answer.length])
  }
  const {version, checks} = input
  const said = {accelerator, block, version, checks, board, images: images.test, hls: hls !== undefined}
  Object.assign(files, encode({"README.md": readme(said)}))
  Object.assign(files, encode({"manifest.json": await manifest(said, files)}))
  const ordered = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
  const packed = zip(ordered)
  return {
    files: ordered,
    zip: packed,
    zipName: `${stem}_${board.name}.zip`,
    report: {
      stage: "package",
      board: board.name,
      part: board.part,
      stem,
      clockMhz: Number(mhzText(block.clock.mhz)),
      dma: dmaSettings(core.inputBits),
      files: Object.keys(ordered).length,
      bytes: Object.values(ordered).reduce((sum, {length}) => sum + length, 0),
      zipBytes: packed.length,
      zipSha256: await sha256(packed),
      checked: input.checks,
      notRun: notRun(hls !== undefined),
    },
  }
}

const inFolder = ({vlnv, folder}: ExportedIp): ExportedIp => ({vlnv, folder: `hls/${folder}`})

/** A plan of header packets without its loads would make a driver that cannot start. */
function checkPackets({plan, header}: PackageInput): void {
  if ((plan.packets === "header") === (header !== undefined)) return
  throw new TlastError({
    code: "PACKETS",
    where: "package",
    message: `the plan has ${plan.packets} packets, and ${header ? "loads were" : "no loads were"} handed over`,
    hint: "hand over what loads the weights for header packets, and only for them",
  })
}

function checkFit({plan: {resources}, board}: PackageInput): void {
  const over = (["lut", "ff", "dsp", "bram36"] as const).filter((kind) => resources[kind] > board.resources[kind])
  if (over.length === 0) return
  throw new TlastError({
    code: "DOES_NOT_FIT",
    where: `board ${board.name}`,
    message: over.map((kind) => `${resources[kind]} ${kind.toUpperCase()} of ${board.resources[kind]}`).join(", "),
    hint: "use fewer --lanes, a lower --rate, or a larger board",
    exitCode: 1,
  })
}

function checkVectors({network, selfTest, test}: PackageInput, core: CoreFacts): {selfTest: number; test: number} {
  const size = elements(network.input.shape)
  const counts = {selfTest: selfTest.images.length / size, test: test.images.length / size}
  const wrong = (message: string) =>
    new TlastError({
      code: "SELF_TEST",
      where: "package",
      message,
      hint: "give whole images with their results and labels",
    })
  if (
    !Number.isInteger(counts.selfTest) ||
    counts.selfTest < 1 ||
    selfTest.results.length !== counts.selfTest * core.outputs
  ) {
    throw wrong(
      `self-test of ${selfTest.images.length} bytes and ${selfTest.results.length} results; an image has ${size} and ${core.outputs}`,
    )
  }
  if (!Number.isInteger(counts.test) || counts.test < 1 || test.labels.length !== counts.test) {
    throw wrong(`test set of ${test.images.length} bytes and ${test.labels.length} labels; an image has ${size} and 1`)
  }
  return counts
}

function encode(text: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  const encoder = new TextEncoder()
  return Object.fromEntries(Object.entries(text).map(([path, source]) => [path, encoder.encode(source)]))
}

const models = (given: PackageInput["models"]): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(given).filter(([, data]) => data !== undefined))
