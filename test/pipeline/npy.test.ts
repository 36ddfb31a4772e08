import {execFileSync} from "node:child_process"
import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {npy} from "../../src/package/npy.ts"
import {int32OfNpy} from "../../src/pipeline/npy.ts"
import {requirePython} from "../tools.ts"

const values = Int32Array.of(1, -2, 2 ** 31 - 1, -(2 ** 31), 0, 7)

test("what is written is read again", () => {
  expect(int32OfNpy(npy(values, [3, 2]))).toEqual(values)
  expect(int32OfNpy(new Uint8Array(40))).toBeUndefined()
})

test("NumPy reads the same integers and shape", (context) => {
  const python = requirePython(context)
  const file = join(mkdtempSync(join(tmpdir(), "tlast-npy-")), "a.npy")
  writeFileSync(file, npy(values, [3, 2]))
  const script = `import numpy; a = numpy.load(${JSON.stringify(file)}); print(a.dtype, a.shape, a.flatten().tolist())`
  expect(execFileSync(python, ["-c", script], {encoding: "utf8"}).trim()).toBe(
    `int32 (3, 2) [${[...values].join(", ")}]`,
  )
})
