// npx jiti bench/board/run.ts notebook PACKAGE | packages [20] | transfers [10000]
import {spawn} from "node:child_process"
import {readFileSync, rmSync} from "node:fs"
import {join} from "node:path"
import {Accelerator} from "../../src/board/accelerator.ts"
import {diagnoseBoard, diagnosePackage} from "../../src/board/doctor.ts"
import {connect, DmaDriver} from "../../src/board/driver.ts"
import {parseNpy} from "../../src/board/installed.ts"
import {PYNQ_PORT} from "../../src/board/protocol.ts"
import {grpc} from "../../src/host/grpc.ts"
import {memoryAfterGc} from "../../test/board/memory.ts"
import {host, makePackage, serveMade} from "../../test/board/package.ts"
import {tiny} from "../../test/package/tiny.ts"

const [action = "", argument = ""] = process.argv.slice(2)
const seconds = () => host.clock.wallSeconds()
const cpu = () => host.clock.cpuSeconds()

/** The package's own notebook under pynq, then the TypeScript driver, over all test images. */
async function notebook(folder: string): Promise<void> {
  const served = await serveMade(folder, undefined, PYNQ_PORT)
  const {description} = served.installed
  const [wall, used] = [seconds(), cpu()]
  await new Promise<void>((resolve, reject) => {
    const child = spawn(
      ".venv/bin/python",
      ["test/python/run_notebook.py", join(folder, `${description.name}.ipynb`)],
      {
        env: {
          ...process.env,
          PYNQ_REMOTE_DEVICES: "127.0.0.1",
          CELL_SECONDS: "1200",
          GOLDEN: join(folder, "../../sim/golden.npy"),
        },
        stdio: "inherit",
      },
    )
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`the notebook ended with ${code}`))))
  })
  console.log(`notebook: ${(seconds() - wall).toFixed(1)} s, of the server ${(cpu() - used).toFixed(1)} CPU-s`)
  const images = new Uint8Array(parseNpy(readFileSync(`${folder}/test_images.npy`), "test_images.npy").data)
  const golden = new Int32Array(parseNpy(readFileSync(`${folder}/../../sim/golden.npy`), "golden.npy").data)
  const board = await connect("127.0.0.1", grpc, {port: served.port})
  await board.load(readFileSync(`${folder}/${description.stem}.bit`), description.stem)
  const accelerator = await Accelerator.open(board, served.installed, seconds)
  const [from, before] = [seconds(), cpu()]
  const results = await accelerator.predict(images)
  const differ = golden.filter((value, i) => value !== results[i]).length
  const count = results.length / description.output.count
  console.log(
    `TypeScript driver: ${count} images in ${(seconds() - from).toFixed(1)} s, ${(cpu() - before).toFixed(1)} CPU-s with the board; ${differ} of ${golden.length} results differ`,
  )
  board.close()
  await served.stop()
  if (differ > 0) process.exitCode = 1
}

/** The doctor on good packages: seeds, boards and lanes in turn. */
async function packages(count: number): Promise<void> {
  let alarms = 0
  for (let n = 0; n < count; n++) {
    const board = ["pynq-z1", "pynq-z2", "xc7z010"][n % 3] ?? "pynq-z2"
    const {folder} = await makePackage(tiny(100 + n), {
      board,
      lanes: [1, 2, 4, 8][n % 4] ?? 1,
      images: 24,
      header: n % 5 === 4,
    })
    const served = await serveMade(folder)
    const remote = await connect("127.0.0.1", grpc, {port: served.port})
    const findings = [
      ...(await diagnosePackage(host.files, folder)),
      ...(await diagnoseBoard(remote, served.installed, host)),
    ]
    alarms += findings.length
    console.log(
      `package ${n + 1}, ${board}: ${findings.map(({name, found}) => `${name}: ${found}`).join("; ") || "nothing"}`,
    )
    remote.close()
    await served.stop()
    rmSync(folder, {recursive: true})
  }
  console.log(`${alarms} false alarms on ${count} good packages`)
  if (alarms > 0) process.exitCode = 1
}

/** Memory of server and client, in one process, over many transfers of one image, after garbage collections. */
async function transfers(count: number): Promise<void> {
  const {folder, images} = await makePackage(tiny(5), {images: 8})
  const served = await serveMade(folder)
  const board = await connect("127.0.0.1", grpc, {port: served.port})
  await board.load(
    readFileSync(`${folder}/${served.installed.description.stem}.bit`),
    served.installed.description.stem,
  )
  const dma = new DmaDriver(await board.mmio(0x4040_0000, 65_536), seconds)
  await dma.reset()
  const [input, output] = [await board.allocate(144), await board.allocate(40)]
  await input.write(images.subarray(0, 144))
  const marks = [0, 0.1, 0.2, 0.5, 1].map((part) => Math.round(part * count))
  const started = cpu()
  for (let i = 0; i <= count; i++) {
    if (marks.includes(i)) {
      const {heap, buffers, resident} = await memoryAfterGc()
      const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(2)
      console.log(
        `${i} transfers, ${(cpu() - started).toFixed(0)} CPU-s: heap ${mib(heap)}, buffers ${mib(buffers)}, resident ${mib(resident)} MiB`,
      )
    }
    const {ended} = await dma.transfer(input, output)
    if (ended !== "both") throw new Error(`transfer ${i} ended as ${ended}`)
  }
  board.close()
  await served.stop()
  rmSync(folder, {recursive: true})
}

if (action === "notebook") await notebook(argument)
else if (action === "packages") await packages(Number(argument || 20))
else if (action === "transfers") await transfers(Number(argument || 10_000))
else console.log("notebook PACKAGE | packages [20] | transfers [10000]")
process.exit()
