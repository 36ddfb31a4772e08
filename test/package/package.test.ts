import {spawnSync} from "node:child_process"
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {dirname, join} from "node:path"
import {afterAll, beforeAll, describe, expect, test} from "vitest"
import {PacketCore} from "../../src/golden/packets.ts"
import {sha256} from "../../src/host/hash.ts"
import {nodeHost} from "../../src/host/node.ts"
import {boardNames, loadBoard, parseBoard} from "../../src/package/board.ts"
import {type BoardPackage, type PackageInput, packageBoard} from "../../src/package/package.ts"
import {loadPackets} from "../../src/weights/pack.ts"
import {requirePython, requireTool, root} from "../tools.ts"
import {emptyTop} from "./fixture.ts"
import {runMock} from "./mock.ts"
import {board, sampleInput} from "./sample.ts"

const text = (pack: BoardPackage, path: string) => new TextDecoder().decode(pack.files[path])

describe("a board package", () => {
  let pack: BoardPackage
  let folder = ""
  beforeAll(async () => {
    pack = await packageBoard(sampleInput())
    folder = mkdtempSync(join(tmpdir(), "tlast-package-"))
    for (const [path, data] of Object.entries(pack.files)) {
      mkdirSync(dirname(join(folder, path)), {recursive: true})
      writeFileSync(join(folder, path), data)
    }
    writeFileSync(`${folder}.zip`, pack.zip)
  })
  afterAll(() => {
    rmSync(folder, {recursive: true, force: true})
    rmSync(`${folder}.zip`, {force: true})
  })

  test("has the same bytes every time, in any time zone", async () => {
    const again = await packageBoard(sampleInput())
    expect(again.report).toEqual(pack.report)
    const zone = process.env.TZ
    process.env.TZ = "Pacific/Auckland"
    try {
      expect((await packageBoard(sampleInput())).report.zipSha256).toBe(pack.report.zipSha256)
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  test("has another name for its bitstream when hardware, clock or board change, and only then", async () => {
    const {stem} = pack.report
    const input = sampleInput()
    const slower = await packageBoard({...input, plan: {...input.plan, clockHz: 50e6}})
    const wider = await packageBoard(sampleInput("pynq-z2", 8))
    const other = await packageBoard(sampleInput("xc7z010"))
    const documented = await packageBoard({...input, checks: []})
    expect(new Set([stem, slower.report.stem, wider.report.stem, other.report.stem]).size).toBe(4)
    expect(documented.report.stem).toBe(stem)
  })

  test("lists every file with its hash, the model, and what nobody ran", async () => {
    const manifest = JSON.parse(text(pack, "manifest.json"))
    const others = Object.keys(pack.files).filter((path) => path !== "manifest.json")
    expect(Object.keys(manifest.files)).toEqual(others.sort())
    for (const path of others) {
      expect(manifest.files[path].sha256).toBe(await sha256(pack.files[path] ?? ""))
    }
    expect(manifest.not_run.join()).toMatch(/Vivado.*board/)
    expect(manifest.checked).toEqual([{what: "golden against itself", result: "316 images, 0 mismatches"}])
    expect(text(pack, "README.md")).toContain("Not run by its makers")
  })

  test("names no machine, user or date", () => {
    for (const path of Object.keys(pack.files).filter((name) => /\.(tcl|json|md|ipynb|svg|hwh|py|v|sv)$/.test(name))) {
      expect([path, /\/(home|work|tmp|Users|root)\b|20[2-9]\d-\d\d-\d\d/.exec(text(pack, path))?.[0]]).toEqual([
        path,
        undefined,
      ])
    }
  })

  test("unzips to the same files with Python's zipfile", (context) => {
    const script =
      "import sys, zipfile, hashlib\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor i in z.infolist(): print(i.filename, i.date_time[0], hashlib.sha256(z.read(i)).hexdigest())"
    const run = spawnSync(requirePython(context), ["-c", script, `${folder}.zip`], {encoding: "utf8"})
    const manifest = JSON.parse(text(pack, "manifest.json"))
    const lines = run.stdout
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("manifest.json "))
    expect(lines).toEqual(
      Object.keys(manifest.files)
        .sort()
        .map((path) => `${path} 1980 ${manifest.files[path].sha256}`),
    )
  })

  test("builds under the mock of Vivado, for every board and width", async (context) => {
    requireTool("tclsh", context)
    for (const name of boardNames) {
      for (const lanes of [1, 4, 8]) {
        const {files} = await packageBoard(sampleInput(name, lanes))
        expect(runMock(files, "build.tcl").output).toContain("tlast: wrote")
        expect(runMock(files, "package_ip.tcl").output).toContain("tlast: IP in")
      }
    }
  })

  test("draws every cell and both stream widths", () => {
    const svg = text(pack, "block_design.svg")
    for (const word of [
      "processing_system7_0",
      "axi_dma_0",
      "core_0",
      "tlast_top",
      "8 bit, s_axis",
      "32 bit, m_axis",
      "100 MHz",
    ]) {
      expect(svg).toContain(word)
    }
    const tags = [...svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)].reduce(
      (depth, [, close, , self]) => depth + (close ? -1 : self ? 0 : 1),
      0,
    )
    expect(tags).toBe(0)
  })

  test("runs its notebook top to bottom on the fake board: the fabric agrees with golden on every image", (context) => {
    const python = requirePython(context)
    const {stem} = pack.report
    writeFileSync(join(folder, `${stem}.bit`), bitHeader("7z020clg400"))
    writeFileSync(join(folder, `${stem}.hwh`), pack.files[`virtual/${stem}.hwh`] ?? "")
    writeFileSync(join(folder, "network.json"), sampleInput().networkJson)
    const run = spawnSync(python, [join(root, "test/python/run_notebook.py"), join(folder, "random16.ipynb")], {
      encoding: "utf8",
      timeout: 600_000,
      env: {
        ...process.env,
        PYTHONPATH: [join(root, "test/python/fake"), join(root, "test/python")].join(":"),
        TLAST_FAKE_NETWORK: join(folder, "network.json"),
      },
    })
    expect(run.stderr.split("\n").filter((line) => /Error/.test(line))).toEqual([])
    expect(run.status).toBe(0)
    expect(run.stdout).toContain("300 images, (28, 28, 1) uint8")
    // Labels are golden's classes.
    expect(run.stdout).toContain("FPGA:      100.00 %")
    expect(Number(/Processor: ([\d.]+) %/.exec(run.stdout)?.[1])).toBeGreaterThan(90)
    expect(run.stdout).toMatch(/Processor time: +[\d.]+ ms\nFPGA time: +[\d.]+ ms\nAcceleration: +[\d.]+ x\n/)
    expect(run.stdout).toContain("figures: 3")
  })
})

describe("packageBoard", () => {
  test("refuses a design that the board cannot hold", async () => {
    const input = sampleInput("xc7z010")
    const large = {...input, plan: {...input.plan, resources: {lut: 22473, ff: 28153, dsp: 81, bram36: 2.5}}}
    await expect(packageBoard(large)).rejects.toThrow(/22473 LUT of 17600, 81 DSP of 80/)
  })

  test("refuses vectors that are not whole images with all their results", async () => {
    const input = sampleInput()
    const cut = {...input, selfTest: {...input.selfTest, results: input.selfTest.results.subarray(1)}}
    await expect(packageBoard(cut)).rejects.toThrow(/self-test of 12544 bytes and 159 results/)
    const short = {...input, test: {...input.test, labels: new Uint8Array(3)}}
    await expect(packageBoard(short)).rejects.toThrow(/test set of .* and 3 labels/)
  })
})

describe("a package for header packets", () => {
  const loadable = {results: 16, biases: true, shifts: false} as const
  const raw = sampleInput()
  const input: PackageInput = {
    ...raw,
    plan: {...raw.plan, packets: "header", weights: "loadable"},
    design: {top: "tlast_top", files: {"rtl/tlast_top.v": emptyTop("tlast_top", 16, 16)}},
    header: {loadable, loads: loadPackets(raw.network, raw.network, loadable)},
  }

  test("carries loads that golden accepts, and says their headers to the driver", async () => {
    const pack = await packageBoard(input)
    const {packets} = JSON.parse(text(pack, "accelerator.json"))
    expect(packets).toMatchObject({kind: "header", results: 16, result_words: 10, execute: [0, 1, 1, 1, 28, 10, 1]})
    expect(packets.targets.map((t: {name: string}) => t.name)).toEqual([
      "conv weights",
      "conv biases",
      "dense weights",
      "dense biases",
    ])
    const core = new PacketCore(input.network, loadable)
    for (const [index, {header, words}] of packets.targets.entries()) {
      const file = pack.files[`load_${index}.npy`] ?? new Uint8Array()
      const sent = new Uint16Array(file.slice(-2 * (7 + words)).buffer)
      expect(Array.from(sent.subarray(0, 7))).toEqual(header)
      expect(core.answer(sent)).toEqual({words: sent, outcome: "ok"})
    }
  })

  test("builds with 16-bit streams both ways", async (context) => {
    requireTool("tclsh", context)
    const run = runMock((await packageBoard(input)).files, "build.tcl")
    expect(run.output).toContain("tlast: wrote")
    expect(run.facts).toContain("config memory/axi_dma_0,c_m_axis_mm2s_tdata_width 16")
  })

  test("is refused without its loads, and loads without header packets are", async () => {
    const {header, ...without} = input
    await expect(packageBoard(without)).rejects.toThrow(/header packets, and no loads were handed over/)
    if (header) await expect(packageBoard({...raw, header})).rejects.toThrow(/raw packets, and loads were handed over/)
  })
})

describe("a board file", () => {
  const text = JSON.stringify(board("pynq-z2"))
  const change = (edit: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(text)
    edit(json)
    return () => parseBoard(JSON.stringify(json), "boards/mine/board.json")
  }

  test("loads for every name, and an unknown name is answered with the nearest", async () => {
    const host = nodeHost()
    for (const name of boardNames) expect((await loadBoard(name, host)).name).toBe(name)
    await expect(loadBoard("pynq-z3", host)).rejects.toThrow(/"pynq-z3" is no board.*\n.*did you mean pynq-z1/)
  })

  test("is refused with the key that is wrong", () => {
    expect(change((b) => (b.part = "xczu3eg"))).toThrow(/boards\/mine\/board.json: part: a Zynq-7000 part/)
    expect(change((b) => (b.colour = 1))).toThrow(/colour/)
    expect(change((b) => (b.memory = {ddrBytes: 3e8}))).toThrow(/memory.ddrBytes: a power of two/)
    expect(change((b) => (b.ps7 = {PCW_CRYSTAL_PERIPHERAL_FREQMHZ: "50", PCW_USE_S_AXI_HP0: "0"}))).toThrow(
      /set by the block design/,
    )
    expect(change((b) => (b.ps7 = {PCW_CRYSTAL_PERIPHERAL_FREQMHZ: "50} ; exec rm {"}))).toThrow(/ps7/)
    expect(change((b) => (b.ps7 = {}))).toThrow(/no PCW_CRYSTAL/)
    expect(() => parseBoard("{", "x")).toThrow(/x: not JSON/)
  })
})

/** The start of a .bit, as Vivado writes it: design and part. */
function bitHeader(part: string): Uint8Array {
  const field = (key: string, value: string) => [...Buffer.from(key), 0, value.length + 1, ...Buffer.from(`${value}\0`)]
  return Uint8Array.from([
    0,
    9,
    15,
    240,
    15,
    240,
    15,
    240,
    15,
    240,
    0,
    0,
    1,
    ...field("a", "system"),
    ...field("b", part),
  ])
}
