import {spawn} from "node:child_process"
import {readFileSync, rmSync} from "node:fs"
import {join} from "node:path"
import {afterAll, afterEach, beforeAll, describe, expect, type TestContext, test} from "vitest"
import {Accelerator} from "../../src/board/accelerator.ts"
import {connect} from "../../src/board/driver.ts"
import {parseNpy} from "../../src/board/installed.ts"
import {grpc} from "../../src/host/grpc.ts"
import {tiny} from "../package/tiny.ts"
import {requirePython, root} from "../tools.ts"
import {digits, host, type MadePackage, makePackage, portIsFree, type Served, serveMade} from "./package.ts"

// pynq 4.0.0 from PyPI, unmodified, against the RTL. pynq knows one port only.
const PORT = 7967

/** Runs a program of test/python in the venv with PYNQ_REMOTE_DEVICES set; must not block this process, which serves. */
function python(context: Pick<TestContext, "skip">, program: string, ...args: string[]) {
  const path = requirePython(context)
  return new Promise<{status: number | null; output: string}>((resolve) => {
    const child = spawn(path, [join(root, "test/python", program), ...args], {
      cwd: root,
      env: {...process.env, PYNQ_REMOTE_DEVICES: "127.0.0.1", PYTHONDONTWRITEBYTECODE: "1", MPLBACKEND: "Agg"},
      timeout: 150_000,
    })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text))
    child.on("close", (status) => resolve({status, output}))
  })
}

const results = (folder: string) => parseNpy(readFileSync(join(folder, "user_results.npy")), "user_results.npy")

describe("pynq 4.0.0, unmodified, on the virtual board", () => {
  let served: Served | undefined
  const made: MadePackage[] = []
  const start = async (options: Parameters<typeof makePackage>[1], network = tiny(3)) => {
    const it = await makePackage(network, options)
    made.push(it)
    served = await serveMade(it.folder, undefined, PORT)
    return it
  }
  beforeAll(async () => {
    // Another run of the tests on this machine may have it for a while.
    for (let i = 0; i < 60 && !(await portIsFree(PORT)); i++) await new Promise((resolve) => setTimeout(resolve, 2000))
    expect(await portIsFree(PORT), `port ${PORT} is taken: stop the other board`).toBe(true)
  }, 130_000)
  afterEach(async () => {
    await served?.stop()
    served = undefined
  })
  afterAll(() => {
    for (const {folder} of made) rmSync(folder, {recursive: true})
  })

  test("runs hand-written cells: Overlay, memory.axi_dma_0, allocate, transfer, wait", async (context) => {
    const {folder, golden} = await start({images: 200})
    const {status, output} = await python(context, "user_cells.py", folder, "raw")
    expect(output).toContain("done raw")
    expect(output).toContain("registers 0 1")
    expect(status).toBe(0)
    expect(new Int32Array(results(folder).data)).toEqual(golden)
    const again = await python(context, "user_cells.py", folder, "restarted")
    expect(again.output).toContain("refused: DMA channel not idle\nthen fine")
    const small = await python(context, "user_cells.py", folder, "small-buffer")
    expect(small.output).toContain("status 0x5011\nrefused: DMA channel not started")
  }, 180_000)

  test("sends int16 header packets: weights first, then images", async (context) => {
    const {folder, golden} = await start({images: 60, header: true})
    const {status, output} = await python(context, "user_cells.py", folder, "header")
    expect(output).toContain("done header")
    expect(status).toBe(0)
    const {data, shape} = results(folder)
    const words = new Int16Array(data)
    const perImage = shape[1] ?? 0
    const outputs = golden.length / 60
    const wide = perImage === 2 * outputs
    const found = golden.map((_, i) => {
      const at = Math.floor(i / outputs) * perImage + (i % outputs) * (wide ? 2 : 1)
      return wide ? ((words[at] ?? 0) & 0xffff) | ((words[at + 1] ?? 0) << 16) : (words[at] ?? 0)
    })
    expect(found).toEqual(golden)
    const board = await connect("127.0.0.1", grpc, {port: PORT})
    const {installed} = served as Served
    await board.load(readFileSync(join(folder, `${installed.description.stem}.bit`)), installed.description.stem)
    const accelerator = await Accelerator.open(board, installed, () => performance.now() / 1000, 25)
    expect(await accelerator.predict(readImages(folder))).toEqual(golden)
    await accelerator.close()
    board.close()
  }, 180_000)

  test("executes the package's notebook top to bottom, and the TypeScript driver gets the same", async (context) => {
    const {folder, golden} = await start({images: 120}, digits())
    const {installed} = served as Served
    const {status, output} = await python(context, "run_notebook.py", join(folder, "random16.ipynb"))
    expect(output).toMatch(/FPGA: {6}100\.00 %/)
    expect(output).toMatch(/figures: 3\n/)
    expect(status).toBe(0)
    const board = await connect("127.0.0.1", grpc, {port: PORT})
    await board.load(readFileSync(join(folder, `${installed.description.stem}.bit`)), installed.description.stem)
    const accelerator = await Accelerator.open(board, installed, () => performance.now() / 1000)
    expect(await accelerator.predict(readImages(folder))).toEqual(golden)
    await accelerator.close()
    board.close()
    // Cycle by cycle what the plan says: 784 beats an image, none stalled.
    const transfer = served?.virtual.fabric?.coupling.transfers.at(-1)
    expect(transfer?.stalls).toBe(0)
    expect(transfer?.inputCycles).toBe(120 * 784)
  }, 200_000)
})

const readImages = (folder: string): Uint8Array =>
  new Uint8Array(parseNpy(readFileSync(join(folder, "test_images.npy")), "test_images.npy").data)

test("the virtual board says who it is", async () => {
  const {folder} = await makePackage(tiny(3), {images: 4})
  const {port, stop} = await serveMade(folder)
  const board = await connect("127.0.0.1", grpc, {port})
  expect(board.name).toBe("PYNQ-Z2 (tlast virtual board)")
  expect(host.cores).toBeGreaterThan(0)
  board.close()
  await stop()
  rmSync(folder, {recursive: true})
}, 60_000)
