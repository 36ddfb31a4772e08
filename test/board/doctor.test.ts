import {readFileSync, rmSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {afterAll, beforeAll, describe, expect, test} from "vitest"
import {diagnoseBoard, diagnosePackage, type Finding} from "../../src/board/doctor.ts"
import {connect} from "../../src/board/driver.ts"
import {faultByName, faultNames, faults} from "../../src/board/faults.ts"
import {readInstalled} from "../../src/board/installed.ts"
import {grpc} from "../../src/host/grpc.ts"
import {tiny} from "../package/tiny.ts"
import {host, type MadePackage, makePackage, serveMade} from "./package.ts"

/** What the doctor says of a served package with that fault in it, from the outside. */
async function diagnosis(folder: string, fault?: (typeof faultNames)[number]): Promise<readonly Finding[]> {
  const served = await serveMade(folder, fault)
  try {
    const findings = await diagnosePackage(host.files, folder)
    if (findings.length > 0) return findings
    const board = await connect("127.0.0.1", grpc, {port: served.port})
    try {
      return await diagnoseBoard(board, await readInstalled(host.files, folder), host)
    } finally {
      board.close()
    }
  } finally {
    await served.stop()
  }
}

describe("tlast board doctor", () => {
  let made: MadePackage
  beforeAll(async () => {
    made = await makePackage()
  }, 60_000)
  afterAll(() => rmSync(made.folder, {recursive: true}))

  test.each(faultNames)(
    "names %s, and nothing else, where it is injected",
    async (name) => {
      const findings = await diagnosis(made.folder, name)
      expect(findings.map((finding) => [finding.name, finding.found])).toEqual([[name, expect.stringMatching(/\w/)]])
      expect(findings[0]).toMatchObject({cause: faults[name].cause, cure: faults[name].cure})
    },
    60_000,
  )

  test("finds nothing wrong after each of them is gone", async () => {
    expect(await diagnosis(made.folder)).toEqual([])
  }, 60_000)

  test("finds a file that was changed after packaging, by name", async () => {
    const path = join(made.folder, "selftest_results.npy")
    const good = readFileSync(path)
    writeFileSync(
      path,
      Uint8Array.from(good, (byte, i) => (i === good.length - 1 ? byte ^ 1 : byte)),
    )
    const findings = await diagnosePackage(host.files, made.folder)
    writeFileSync(path, good)
    expect(findings).toMatchObject([{name: "damaged-package", found: expect.stringContaining("selftest_results.npy")}])
  })

  test("finds another design behind the same interface by its results", async () => {
    const served = await serveMade(made.folder)
    const board = await connect("127.0.0.1", grpc, {port: served.port})
    const {installed} = served
    const results = installed.selfTest.results.map((value, i) => (i === 3 ? value + 1 : value))
    const findings = await diagnoseBoard(board, {...installed, selfTest: {...installed.selfTest, results}}, host)
    board.close()
    await served.stop()
    expect(findings).toMatchObject([
      {name: "wrong-results", found: expect.stringMatching(/result 3 is -?\d+, expected/)},
    ])
  })

  test("has words for every fault, and refuses an unknown one with the nearest", () => {
    expect(faultNames.length).toBe(15)
    expect(() => faultByName("no-tlsat")).toThrow(/did you mean no-tlast/)
  })
})

// Seeds, boards and lanes of good packages; bench/board runs twenty.
test.each([
  [11, "pynq-z1", 1],
  [12, "pynq-z2", 4],
  [13, "xc7z010", 8],
] as const)(
  "a good package gives no false alarm (seed %i, %s, %i lanes)",
  async (seed, board, lanes) => {
    const {folder} = await makePackage(tiny(seed), {board, lanes, images: 24})
    expect(await diagnosis(folder)).toEqual([])
    rmSync(folder, {recursive: true})
  },
  60_000,
)
