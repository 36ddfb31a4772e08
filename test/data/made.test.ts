import {createHash} from "node:crypto"
import {describe, expect, test} from "vitest"
import {imageAt, loadData} from "../../src/data/data.ts"
import {TlastError} from "../../src/errors.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 16)

describe("drawn data sets", () => {
  test.each([
    ["shapes", "32x32x3", "35166b7de8a46d58"],
    ["tones", "49x10x1", "eae280fa971d600e"],
  ])("%s are the same bytes everywhere, all classes alike often", async (name, shape, expected) => {
    const data = await loadData({name}, nodeHost())
    const {height, width, channels} = data.training.shape
    expect(`${height}x${width}x${channels}`).toBe(shape)
    for (const [set, count] of [
      [data.training, 10_000],
      [data.test, 2000],
    ] as const) {
      expect(set.images.length).toBe(count * elements(set.shape))
      for (let label = 0; label < 10; label++)
        expect(set.labels.filter((each) => each === label).length).toBe(count / 10)
    }
    expect(hash(data.test.images)).toBe(expected)
  })

  test("tell their classes apart: the nearest of 1,000 training images is right far more often than chance", async () => {
    for (const name of ["shapes", "tones"]) {
      const {training, test: tests} = await loadData({name}, nodeHost())
      // Brightness against the picture's own ground, so that colours do not matter.
      const edges = (set: typeof training, index: number) => {
        const image = imageAt(set, index)
        const {height, width, channels} = set.shape
        return Array.from({length: height * width}, (_, i) => {
          let sum = 0
          for (let c = 0; c < channels; c++) sum += Math.abs((image[i * channels + c] ?? 0) - (image[c] ?? 0))
          return Math.min(sum, 120)
        })
      }
      const known = Array.from({length: 1000}, (_, i) => edges(training, i))
      let right = 0
      for (let index = 0; index < 100; index++) {
        const own = edges(tests, index)
        let [best, least] = [0, Number.POSITIVE_INFINITY]
        for (const [i, other] of known.entries()) {
          let far = 0
          for (let p = 0; p < own.length && far < least; p++) far += ((own[p] ?? 0) - (other[p] ?? 0)) ** 2
          if (far < least) [best, least] = [i, far]
        }
        if (training.labels[best] === tests.labels[index]) right++
      }
      expect(right, name).toBeGreaterThan(40)
    }
  })

  test("Fashion-MNIST is read where Debian's package puts it, and said where to get", async () => {
    const host = nodeHost()
    const without = {...host, files: {...host.files, list: async () => []}}
    await expect(loadData({name: "fashion-mnist"}, without)).rejects.toThrow(/apt-get install dataset-fashion-mnist/)
    await expect(loadData({name: "fashion-mnist"}, without)).rejects.toBeInstanceOf(TlastError)
    await expect(loadData({name: "fashion"}, host)).rejects.toThrow(/there is mnist, fashion-mnist, shapes, tones/)
  })
})
