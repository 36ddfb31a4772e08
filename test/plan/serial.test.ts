import {describe, expect, test} from "vitest"
import {planSerial} from "../../src/plan/serial.ts"
import {optimise} from "../../src/plan/shift-add/optimise.ts"

const nibbles = (n: number) => Array.from({length: n}, () => ({min: 0, max: 15}))

describe("planSerial", () => {
  test("makes the frame as long as the worst case of any output, biases included", () => {
    const network = optimise(
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
    const network = optimise([[7, -7]], {inputs: nibbles(2)})
    expect(planSerial({network, inputBits: 4, clocks: 6})).toMatchObject({frame: 8, lengthened: 2})
    expect(planSerial({network, inputBits: 4, clocks: 20})).toMatchObject({frame: 20, lengthened: 0})
  })

  test("reads no operand before it is there", () => {
    const network = optimise(
      [
        [7, -3, 11],
        [5, 9, -13],
        [2, 6, 22],
      ],
      {inputs: nibbles(3)},
    )
    const {starts, delays, collect, frame} = planSerial({network, inputBits: 4})
    for (const [index, {a, b, aShift, bShift}] of network.adders.entries()) {
      const time = (starts[3 + index] ?? 0) - 1
      for (const [value, shift] of [
        [a, aShift],
        [b, bShift],
      ] as const) {
        const delay = time - (starts[value] ?? 0) + shift
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(delays[value] ?? 0)
      }
    }
    for (const start of starts.slice(0, 3)) expect(start).toBeLessThanOrEqual(1 + frame - 4)
    for (const output of network.outputs) {
      expect(collect + (output?.shift ?? 0)).toBeGreaterThanOrEqual(starts[output?.value ?? 0] ?? 0)
    }
  })

  test("refuses accumulators past 32 bits", () => {
    const network = optimise([[4095]], {inputs: [{min: 0, max: 2 ** 18}]})
    expect(() => planSerial({network, inputBits: 19, bias: [2 ** 31 - 1]})).toThrow(/33 bits/)
  })
})
