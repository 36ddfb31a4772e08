import {readFileSync} from "node:fs"
import {join} from "node:path"
import {describe, expect, test} from "vitest"
import {fileAnswers} from "../../src/import/answers.ts"
import {importTflite, inspect} from "../../src/import/tflite.ts"
import {toValues} from "../../src/quantize/calibrate.ts"
import {runFloat} from "../../src/quantize/float.ts"
import {lower} from "../../src/quantize/lower.ts"
import {root} from "../tools.ts"

// Files of the real converter, and what Keras answers: test/import/keras/make.py.
const folder = join(root, "test/import/keras")
const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)))
const answers = JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as Readonly<
  Record<"images" | "residual" | "flat", readonly number[]>
>
const image = (n: number) => Uint8Array.from(answers.images.slice(144 * n, 144 * (n + 1)))
const names = ["residual", "flat"] as const

describe("files of TensorFlow's converter", () => {
  test.each(names)("answer as Keras does: %s", (name) => {
    const {model, report} = importTflite(read(`${name}.tflite`))
    expect(report.verdict).toBe("float")
    const lowered = lower(model)
    for (let n = 0; n < 4; n++) {
      const wanted = answers[name].slice(5 * n, 5 * (n + 1))
      const largest = Math.max(...wanted.map(Math.abs))
      for (const [i, value] of runFloat(lowered, toValues(image(n))).entries())
        expect(Math.abs(value - (wanted[i] ?? 0)) / largest, `image ${n}`).toBeLessThan(2e-6)
    }
  })

  test.each(names)("are dequantised where their scales are their own, close to the float one: %s", (name) => {
    const {kind, model, report} = importTflite(read(`${name}.int8.tflite`))
    expect([kind, report.verdict]).toEqual(["float", "rewritten"])
    const lowered = lower(model)
    const all = answers[name]
    const spread = Math.max(...all) - Math.min(...all)
    for (let n = 0; n < 4; n++)
      for (const [i, value] of runFloat(lowered, toValues(image(n))).entries())
        expect(Math.abs(value - (all[5 * n + i] ?? 0)) / spread, `image ${n}`).toBeLessThan(0.1)
  })

  test("compute the shape of a Flatten, which changes nothing", () => {
    for (const file of ["flat.tflite", "flat.int8.tflite"]) {
      const {operators} = inspect(read(file))
      const shapes = operators.filter(({operator}) => ["SHAPE", "STRIDED_SLICE", "PACK"].includes(operator))
      expect(shapes.length).toBe(3)
      for (const {note} of shapes) expect(note).toBe("computes a shape that the file states")
    }
    expect(fileAnswers(read("flat.int8.tflite"))?.(image(0)).length).toBe(5)
  })
})
