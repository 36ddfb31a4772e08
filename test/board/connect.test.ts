import {existsSync, readFileSync, rmSync} from "node:fs"
import {dirname, join, relative, resolve} from "node:path"
import {Accelerator, connect, connectBoard, DmaDriver, nodeHost, readInstalled} from "tlast"
import {afterAll, beforeAll, describe, expect, test} from "vitest"
import {tiny} from "../package/tiny.ts"
import {root} from "../tools.ts"
import {type MadePackage, makePackage, type Served, serveMade} from "./package.ts"

describe("the TypeScript driver as the package exports it", () => {
  const {files, clock} = nodeHost()
  let made: MadePackage
  let served: Served
  beforeAll(async () => {
    made = await makePackage(tiny(9), {images: 30})
    served = await serveMade(made.folder)
  })
  afterAll(async () => {
    await served.stop()
    rmSync(made.folder, {recursive: true})
  })

  test("loads, predicts what golden says, and transfers single packets", async () => {
    const installed = await readInstalled(files, made.folder)
    const {stem} = installed.description
    const board = await connectBoard("127.0.0.1", {port: served.port})
    expect(board.name).toBe("PYNQ-Z2 (tlast virtual board)")
    await board.load(await files.read(`${made.folder}/${stem}.bit`), stem)
    const accelerator = await Accelerator.open(board, installed, () => clock.wallSeconds(), 10)
    expect(await accelerator.predict(made.images)).toEqual(made.golden)
    await accelerator.close()
    const dma = new DmaDriver(await board.mmio(installed.handOff.base, 0x10000), () => clock.wallSeconds())
    await dma.reset()
    const [input, output] = [await board.allocate(144), await board.allocate(40)]
    await input.write(made.images.subarray(144, 288))
    expect(await dma.transfer(input, output)).toMatchObject({ended: "both", received: 40})
    expect(new Int32Array((await output.read()).slice().buffer)).toEqual(made.golden.subarray(10, 20))
    for (const buffer of [input, output]) await buffer.free()
    board.close()
  })

  test("is `connect` as well, and says so where no board answers", async () => {
    await expect(connect("127.0.0.1", {port: 9, timeoutSeconds: 0.5})).rejects.toMatchObject({
      code: "NO_BOARD",
      exitCode: 4,
    })
  })

  test("is imported without gRPC", () => {
    const seen = new Set<string>()
    const visit = (file: string) => {
      if (seen.has(file) || !existsSync(file)) return
      seen.add(file)
      // Not what is loaded later, by import("...").
      for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^"(]*?"(\.[^"]+)"/gm))
        visit(resolve(dirname(file), target))
    }
    visit(join(root, "src/index.ts"))
    const loaded = [...seen].map((file) => relative(root, file))
    expect(loaded).toContain("src/board/driver.ts")
    expect(loaded).toContain("src/host/node.ts")
    expect(loaded).not.toContain("src/host/grpc.ts")
  })
})
