import {describe, expect, test} from "vitest"
import {planSerial} from "../../src/plan/serial.ts"
import {additions, serialSums, sumsMatrix} from "../../src/plan/serial-sums.ts"

/** Uniform integers from a seed (mulberry32). */
function integers(seed: number): (min: number, max: number) => number {
  let state = seed
  return (min, max) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return min + (((t ^ (t >>> 14)) >>> 0) % (max - min + 1))
  }
}

const nibbles = (n: number) => Array.from({length: n}, () => ({min: 0, max: 15}))

describe("serialSums", () => {
  const integer = integers(5)
  const matrix = (rows: number, columns: number, most: number) =>
    Array.from({length: rows}, () => Array.from({length: columns}, () => integer(-most, most)))

  test.each([
    [16, 50, 1],
    [16, 25, 7],
    [5, 9, 127],
    [3, 1, 3],
    [1, 2, 1],
  ])("multiplies by the %i x %i matrix it was given, weights to %i", (rows, columns, most) => {
    for (const weights of [
      matrix(rows, columns, most),
      matrix(rows, columns, most).map((row) => row.map((w) => -Math.abs(w))),
    ]) {
      const network = serialSums(weights, {inputs: nibbles(columns), effort: 20})
      expect(sumsMatrix(network)).toEqual(weights.map((row) => row.map((w) => w + 0)))
      for (const terms of network.sums) {
        expect(terms.length).toBeGreaterThanOrEqual(2)
        expect(terms.length).toBeLessThanOrEqual(4)
        expect(terms.some(({negative}) => !negative)).toBe(true)
        expect(Math.min(...terms.map(({shift}) => shift))).toBe(0)
      }
      for (const terms of network.outputs) expect(terms.length).toBeLessThanOrEqual(3)
    }
  })

  test("shares what rows have in common, and not where a sum of its own costs as much", () => {
    // Two numbers in two rows: two LUTs as a sum, and two more terms in the rows.
    expect(
      serialSums(
        [
          [1, 1, 1, 0],
          [1, 1, 0, 1],
        ],
        {inputs: nibbles(4)},
      ).sums,
    ).toEqual([])
    // Four numbers in two rows: three LUTs for six.
    const shared = serialSums(
      [
        [1, 1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0, -1],
      ],
      {inputs: nibbles(6)},
    )
    expect(shared.sums).toHaveLength(1)
    expect(additions(shared)).toBe(5)
  })
})

describe("planSerial", () => {
  test("makes the frame as long as the worst case of any output, biases included", () => {
    const network = serialSums(
      [
        [1, 1, -1],
        [1, 0, 0],
      ],
      {inputs: nibbles(3)},
    )
    expect(planSerial({network, inputBits: 4})).toMatchObject({accumulatorBits: 6, frame: 6, lengthened: 0})
    expect(planSerial({network, inputBits: 4, bias: [2, 0]}).frame).toBe(7)
    expect(planSerial({network, inputBits: 4, bias: [1, 0]}).frame).toBe(6)
  })

  test("lengthens a frame that is too short for the worst case, and says by how much", () => {
    const network = serialSums([[7, -7]], {inputs: nibbles(2)})
    expect(planSerial({network, inputBits: 4, clocks: 6})).toMatchObject({frame: 8, lengthened: 2})
    expect(planSerial({network, inputBits: 4, clocks: 20})).toMatchObject({frame: 20, lengthened: 0})
  })

  test("reads no operand before it is there", () => {
    const network = serialSums(
      [
        [7, -3, 11],
        [5, 9, -13],
        [2, 6, 22],
      ],
      {inputs: nibbles(3)},
    )
    const {starts, delays, collect, frame} = planSerial({network, inputBits: 4})
    const reads = [...network.sums.map((terms, k) => ({terms, time: (starts[3 + k] ?? 0) - 1}))]
    for (const terms of network.outputs) reads.push({terms, time: collect - 1})
    for (const {terms, time} of reads)
      for (const {value, shift} of terms) {
        const delay = time - (starts[value] ?? 0) + shift
        expect(delay).toBeGreaterThanOrEqual(0)
        // A shifted operand has a register of its own.
        expect(shift > 0 && delay > 0 ? delay - 1 : delay).toBeLessThanOrEqual(delays[value] ?? 0)
      }
    for (const start of starts.slice(0, 3)) expect(start).toBeLessThanOrEqual(1 + frame - 4)
  })

  test("refuses accumulators past 32 bits", () => {
    const network = serialSums([[4095]], {inputs: [{min: 0, max: 2 ** 18}]})
    expect(() => planSerial({network, inputBits: 19, bias: [2 ** 31 - 1]})).toThrow(/33 bits/)
  })
})
