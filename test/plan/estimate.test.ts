import {describe, expect, test} from "vitest"
import {byName, names} from "../../models/index.ts"
import {inputShape, isLinear} from "../../src/graph/layers.ts"
import {sumsMatrix, sumsOf, wholeSums} from "../../src/plan/serial-sums.ts"
import {cost, matrixOf} from "../../src/plan/shift-add/network.ts"
import {adders, search, wholeAdders} from "../../src/plan/shift-add/optimise.ts"
import {generator} from "../../src/simulate/stall.ts"

/** Bell-shaped weights that fill so many bits, and inputs of eight. */
function drawn(rows: number, columns: number, bits: number) {
  const random = generator(7)
  const most = 2 ** (bits - 1) - 1
  const weight = () => Math.round(((random() + random() + random() + random() - 2) / 2) * most) + 0
  const matrix = Array.from({length: rows}, () => Array.from({length: columns}, weight))
  return {matrix, inputs: Array.from({length: columns}, () => ({min: 0, max: 255}))}
}

/** Rows and columns of what each convolution multiplies by, one position at a time. */
const convolutions = names.flatMap((name) => {
  const network = byName(name)
  return network.layers.flatMap((layer) => {
    if (!isLinear(layer) || layer.kind !== "conv2d") return []
    const {channels} = inputShape(network, layer)
    return [
      {
        layer: `${name} ${layer.name}`,
        rows: layer.filters,
        columns: layer.kernel.height * layer.kernel.width * channels,
      },
    ]
  })
})

describe("one pass, an estimate's", () => {
  test.each(convolutions)("is two million counter updates at most for 8-bit weights of $layer", ({rows, columns}) => {
    const {matrix, inputs} = drawn(rows, columns, 8)
    const {work} = search(matrix, {inputs, effort: 0})
    expect(work).toBeGreaterThan(rows * columns)
    expect(work).toBeLessThan(2_000_000)
  })

  test("works as much on a column of a wide matrix as on one of a matrix twice as wide", () => {
    const workOf = (columns: number) => {
      const {matrix, inputs} = drawn(32, columns, 8)
      return search(matrix, {inputs, effort: 0}).work / columns
    }
    expect(workOf(800) / workOf(400)).toBeLessThan(1.3)
  })

  test("multiplies by its matrix in blocks of columns too, in either engine's sums", () => {
    const {matrix, inputs} = drawn(12, 150, 8)
    const result = search(matrix, {inputs, effort: 0})
    expect(result.sample).toBeDefined()
    expect(matrixOf(adders(result, inputs))).toEqual(matrix)
    expect(sumsMatrix(sumsOf(result, inputs))).toEqual(matrix)
  })

  test("says what a pass over the whole would need, within five in a hundred, and says one where it was the whole", () => {
    const {matrix, inputs} = drawn(12, 150, 8)
    const result = search(matrix, {inputs, effort: 0})
    // A search so short that it ends with its first pass, which is of all columns.
    const whole = search(matrix, {inputs, effort: 1e-3})
    expect(whole.sample).toBeUndefined()
    const [blocks, all] = [result, whole].map((found) => cost(adders(found, inputs)).lutBits) as [number, number]
    expect(all).toBeLessThan(blocks)
    expect(Math.abs((blocks * wholeAdders(result)) / all - 1)).toBeLessThan(0.05)
    expect(wholeSums(result)).toBeLessThan(1)
    expect([wholeAdders(whole), wholeSums(whole)]).toEqual([1, 1])
  })

  test.for([8, 5, 3])("of some of the columns says what one of all would cost, within a tenth: %i bits", (bits) => {
    const {matrix, inputs} = drawn(32, 400, bits)
    const part = 4
    const [from, to] = [150, 150 + 400 / part]
    const all = search(matrix, {inputs, effort: 0})
    const some = search(
      matrix.map((row) => row.slice(from, to)),
      {inputs: inputs.slice(from, to), columns: 400, effort: 0},
    )
    const bitsOf = (found: typeof all, of: typeof inputs) => cost(adders(found, of)).lutBits * wholeAdders(found)
    const ratio = (part * bitsOf(some, inputs.slice(from, to))) / bitsOf(all, inputs)
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1)
  })
})
