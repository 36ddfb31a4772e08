// A package of a small random network in a temporary folder, as `tlast package` writes one, and boards that serve it.
import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from "node:fs"
import {createServer} from "node:net"
import {tmpdir} from "node:os"
import {dirname, join} from "node:path"
import type {FaultName} from "../../src/board/faults.ts"
import {type Installed, readInstalled} from "../../src/board/installed.ts"
import {serveBoard} from "../../src/board/serve.ts"
import {writeStandIn} from "../../src/board/stand-in.ts"
import {VirtualBoard} from "../../src/board/virtual-board.ts"
import {emit, library} from "../../src/emit/emit.ts"
import {exportFloat} from "../../src/export/float.ts"
import {runGolden} from "../../src/golden/run.ts"
import {byteElements} from "../../src/graph/format.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkToJson} from "../../src/graph/json.ts"
import {elements} from "../../src/graph/shape.ts"
import {grpc} from "../../src/host/grpc.ts"
import {nodeHost} from "../../src/host/node.ts"
import {loadBoard} from "../../src/package/board.ts"
import {driverFiles} from "../../src/package/driver.ts"
import {packageBoard} from "../../src/package/package.ts"
import {plan as makePlan} from "../../src/plan/make.ts"
import type {CompiledDesign} from "../../src/simulate/embedded/compile.ts"
import {loadPackets} from "../../src/weights/pack.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {floatTwin} from "../package/sample.ts"
import {tiny} from "../package/tiny.ts"
import {root} from "../tools.ts"

export const host = nodeHost()
const sources = Object.fromEntries(library.map((name) => [name, readFileSync(join(root, "rtl", name), "utf8")]))
const compiled = new Map<string, Promise<CompiledDesign>>()

export interface MadePackage {
  readonly folder: string
  readonly network: IntegerNetwork
  readonly images: Uint8Array
  readonly golden: Int32Array
}

/** Writes the package of a network; labels are golden's classes. */
export async function makePackage(
  network: IntegerNetwork = tiny(3),
  {board = "pynq-z2", lanes = 1, images: count = 200, header = false} = {},
): Promise<MadePackage> {
  const size = elements(network.input.shape)
  const next = random(count + 7)
  const images = Uint8Array.from({length: count * size}, () => integer(next, 0, 255))
  const result = runGolden(network, byteElements(images, network.input.format))
  const {plan} = makePlan(network, header ? {packets: "header", weights: "loadable", results: 32} : {lanes})
  const {plan: planned, design} = {plan, design: emit(network, plan, sources)}
  const kept = Math.min(20, count)
  const outputs = result.outputs.length / count
  const loadable = planned.loadable
  const {files} = await packageBoard({
    network,
    networkJson: integerNetworkToJson(network),
    plan: planned,
    design,
    board: await loadBoard(board, host),
    // The processor's half of the notebook needs a model of 28x28 only.
    models: {"model.tflite": network.name === "random16" ? exportFloat(floatTwin(network)) : new Uint8Array(8)},
    selfTest: {images: images.subarray(0, kept * size), results: result.outputs.subarray(0, kept * outputs)},
    test: {images, labels: Uint8Array.from(result.classes)},
    driver: await driverFiles(host),
    checks: [],
    version: "0.0.0",
    ...(header && loadable ? {header: {loadable, loads: loadPackets(network, network, loadable)}} : {}),
  })
  const folder = mkdtempSync(join(tmpdir(), "tlast-board-"))
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true})
    writeFileSync(join(folder, path), data)
  }
  return {folder, network, images, golden: result.outputs}
}

/** The network of the notebook tests: 28x28. */
export const digits = (): IntegerNetwork => digits16(3, "half-up")

export interface Served {
  readonly installed: Installed
  readonly virtual: VirtualBoard
  readonly port: number
  stop(): Promise<void>
}

/** A virtual board with that package, its stand-in written, on a free port (or the given one). */
export async function serveMade(folder: string, fault?: FaultName, port = 0): Promise<Served> {
  const installed = await readInstalled(host.files, folder)
  const virtual = new VirtualBoard({
    board: await loadBoard(installed.description.board, host),
    packages: [installed],
    host,
    compiled,
    ...(fault ? {fault} : {}),
  })
  await virtual.prepare()
  await writeStandIn(host.files, installed, fault)
  const server = await serveBoard(virtual, grpc, {port})
  return {installed, virtual, port: server.port, stop: server.stop}
}

/** True where nothing listens on pynq's port. */
export const portIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })
