import {existsSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import {temporary} from "./cli/cli.ts"
import {tinyData} from "./cli/tiny.ts"

test("examples/build.ts goes from idx files to proven RTL with the library's functions", {
  timeout: 600_000,
}, async () => {
  const {build} = await import("../examples/build.ts")
  const out = temporary()
  const {accuracy, interval, proof} = await build(tinyData(), out)
  expect(accuracy).toBeGreaterThan(0.5)
  expect(interval).toBe(64)
  expect(proof.problems).toEqual([])
  expect(proof.simulators[0]).toMatchObject({simulator: "embedded", mismatches: 0, cyclesPerImage: 64})
  expect(existsSync(join(out, "rtl", "mine.v"))).toBe(true)
})
