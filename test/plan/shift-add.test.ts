import fc from "fast-check"
import {describe, expect, test} from "vitest"
import type {TlastError} from "../../src/errors.ts"
import {pipeline} from "../../src/plan/pipeline.ts"
import {cost, evaluate, matrixOf, outputRanges, ranges} from "../../src/plan/shift-add/network.ts"
import {optimise} from "../../src/plan/shift-add/optimise.ts"

const pixels = (n: number) => Array.from({length: n}, () => ({min: 0, max: 127}))
const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, w, i) => sum + w * (x[i] ?? 0), 0))

/** Random matrices of any small shape, sparse and dense, with rows that repeat one another. */
const matrices = fc
  .record({columns: fc.integer({min: 1, max: 12}), bits: fc.integer({min: 1, max: 12})})
  .chain(({columns, bits}) => {
    const weight = fc.oneof(fc.constant(0), fc.integer({min: -(2 ** (bits - 1)), max: 2 ** (bits - 1)}))
    const row = fc.array(weight, {minLength: columns, maxLength: columns})
    return fc
      .tuple(
        fc.array(row, {maxLength: 10}),
        fc.array(fc.tuple(fc.nat(9), fc.constantFrom(-4, -1, 1, 2)), {maxLength: 3}),
      )
      .map(([rows, copies]) => [
        ...rows,
        ...copies.flatMap(([from, by]) => (rows[from] === undefined ? [] : [rows[from].map((w) => w * by + 0)])),
      ])
      .map((rows) => ({columns, rows}))
  })

describe("pipeline", () => {
  const matrix = [
    [7, -3, 11],
    [5, 9, -13],
    [2, 6, 22],
    [0, 4, 0],
  ]
  const network = optimise(matrix, {inputs: pixels(3)})

  test.each([1, 2, 3])("lets at most %i adders follow one another between registers", (addersPerStage) => {
    const {latency, clock, kept} = pipeline(network, addersPerStage)
    expect(latency).toBe(Math.ceil(cost(network).depth / addersPerStage))
    const chain = network.inputs.map(() => 0)
    for (const [index, {a, b}] of network.adders.entries()) {
      const own = clock[network.inputs.length + index] ?? 0
      const before = [a, b].map((v) => {
        expect(clock[v]).toBeLessThanOrEqual(own)
        expect(kept[v]).toBeGreaterThanOrEqual(own - (clock[v] ?? 0))
        return clock[v] === own && v >= network.inputs.length ? (chain[v] ?? 0) : 0
      })
      chain.push(Math.max(...before) + 1)
    }
    expect(Math.max(...chain)).toBeLessThanOrEqual(addersPerStage)
    for (const output of network.outputs) {
      if (output !== null) expect(kept[output.value]).toBe(latency - (clock[output.value] ?? 0))
    }
  })

  test("counts the flip-flops and LUTs of a sum of two: the sum's bits", () => {
    const sum = optimise([[1, 1]], {inputs: pixels(2)})
    expect(pipeline(sum, 1)).toMatchObject({latency: 1, clock: [0, 0, 0], kept: [0, 0, 1], registerBits: 8, srlLuts: 0})
    expect(pipeline(optimise([[1, 0]], {inputs: pixels(2)}), 1)).toMatchObject({latency: 1, adderLuts: 0})
  })
})

describe("optimise", () => {
  test("multiplies by exactly its matrix, and by nothing else", () => {
    fc.assert(
      fc.property(matrices, fc.infiniteStream(fc.integer({min: -128, max: 127})), ({columns, rows}, numbers) => {
        const inputs = Array.from({length: columns}, () => ({min: -128, max: 127}))
        const network = optimise(rows, {inputs, effort: 5})
        expect(matrixOf(network)).toEqual(rows)
        const x = inputs.map(() => numbers.next().value as number)
        expect(evaluate(network, x)).toEqual(times(rows, x))
      }),
      {numRuns: 150},
    )
  })

  test("keeps every result inside its range, and reaches both ends", () => {
    const matrix = [
      [3, -5],
      [3, 2],
      [-1, -1],
      [0, 0],
    ]
    const inputs = [
      {min: 0, max: 7},
      {min: -8, max: 7},
    ]
    const network = optimise(matrix, {inputs})
    expect(outputRanges(network)).toEqual([
      {min: -35, max: 61},
      {min: -16, max: 35},
      {min: -14, max: 8},
      {min: 0, max: 0},
    ])
    expect(ranges(network).slice(0, 2)).toEqual(inputs)
  })

  test("needs no adder for zero rows, powers of two and repeated rows", () => {
    const network = optimise(
      [
        [0, 0],
        [4, 0],
        [0, -8],
        [0, 1],
      ],
      {inputs: pixels(2)},
    )
    expect(network.adders).toEqual([])
    expect(network.outputs).toEqual([
      null,
      {value: 0, shift: 2, negate: false},
      {value: 1, shift: 3, negate: true},
      {value: 1, shift: 0, negate: false},
    ])
    expect(
      optimise(
        [
          [1, 1],
          [2, 2],
          [-1, -1],
        ],
        {inputs: pixels(2)},
      ).adders,
    ).toHaveLength(1)
    expect(optimise([], {inputs: pixels(2)})).toMatchObject({adders: [], outputs: []})
    expect(optimise([[], []], {inputs: []}).outputs).toEqual([null, null])
  })

  test("gives the same network for the same matrix", () => {
    const matrix = [
      [7, -3, 11],
      [5, 9, -13],
      [2, 6, 22],
    ]
    expect(optimise(matrix, {inputs: pixels(3)})).toEqual(optimise(matrix, {inputs: pixels(3)}))
  })

  test("counts bits by exact ranges, not by interval arithmetic", () => {
    // 3x - x is 2x: its range is twice x's, though the intervals of 3x and x would say four times.
    const inputs = pixels(1)
    const three = {a: 0, b: 0, aShift: 0, bShift: 1, subtract: false}
    const two = {a: 1, b: 0, aShift: 0, bShift: 0, subtract: true}
    expect(ranges({inputs, adders: [three, two]})[2]).toEqual({min: 0, max: 254})
    expect(cost({inputs, adders: [three, two], outputs: []})).toEqual({adders: 2, lutBits: 9 - 1 + 8, depth: 2})
  })

  test.each([
    ["a row of the wrong length", [[1, 2]], "MATRIX_SHAPE"],
    ["a fraction", [[0.5]], "MATRIX_WEIGHT"],
    ["not a number", [[Number.NaN]], "MATRIX_WEIGHT"],
    ["a weight past 24 bits", [[2 ** 24]], "MATRIX_WEIGHT"],
  ])("refuses %s", (_, matrix, code) => {
    expect(() => optimise(matrix, {inputs: pixels(1)})).toThrow(expect.objectContaining({code}) as TlastError)
  })

  test("refuses sums that need more than 32 bits", () => {
    const inputs = [{min: 0, max: 2 ** 20}]
    expect(() => cost(optimise([[4095]], {inputs}))).toThrow(/33 bits|34 bits/)
  })
})
