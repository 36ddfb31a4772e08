import {describe, expect, test} from "vitest"
import {overflow, requantise} from "../../src/golden/requantise.ts"
import type {Rounding} from "../../src/graph/format.ts"
import {integer, random} from "./networks.ts"

const floorDivide = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b))

/** The same rules over exact rationals, each written from its definition rather than from the formula in use. */
function model(value: number, shift: number, rounding: Rounding, kind: "conv2d" | "dense"): number {
  const x = BigInt(value)
  const d = 1n << BigInt(shift)
  const below = floorDivide(x, d)
  const twice = 2n * (x - below * d)
  const nearest = (tie: () => bigint) => (twice < d ? below : twice > d ? below + 1n : tie())
  switch (rounding) {
    case "floor":
      return Number(below)
    case "half-up":
      return Number(nearest(() => below + 1n))
    case "half-even":
      return Number(nearest(() => (below % 2n === 0n ? below : below + 1n)))
    case "tflite":
      return Number(kind === "dense" ? nearest(() => (x < 0n ? below : below + 1n)) : gemmlowp(x, shift))
  }
}

/** gemmlowp's integers: a saturating, rounding, doubling high multiply by 2^30, then a rounding division by a power of two. */
function gemmlowp(x: bigint, shift: number): bigint {
  if (shift === 0) return x
  const product = x * (1n << 30n)
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n)
  const high = (product + nudge) / (1n << 31n)
  const exponent = BigInt(shift - 1)
  const mask = (1n << exponent) - 1n
  const remainder = high & mask
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n)
  return (high >> exponent) + (remainder > threshold ? 1n : 0n)
}

const roundings: readonly Rounding[] = ["floor", "half-up", "half-even", "tflite"]
const edges = [-(2 ** 31), -(2 ** 31) + 1, -3, -2, -1, 0, 1, 2, 3, 2 ** 31 - 2, 2 ** 31 - 1]

describe.each(roundings)("requantise, %s", (rounding) => {
  test.each(["conv2d", "dense"] as const)(
    "%s: equals exact rationals at every shift, at ties and at the ends",
    (kind) => {
      const seed = 20
      const next = random(seed)
      for (let shift = 0; shift <= 31; shift++) {
        const d = 2 ** shift
        const ties = Array.from(
          {length: 200},
          () => integer(next, -(2 ** 31) / d, (2 ** 31 - 1) / d) * d + Math.floor(d / 2),
        )
        const near = ties.flatMap((tie) => [tie - 2, tie - 1, tie, tie + 1, tie + 2])
        const anywhere = Array.from({length: 200}, () => integer(next, -(2 ** 31), 2 ** 31 - 1))
        for (const value of [...edges, ...near, ...anywhere].filter((v) => v >= -(2 ** 31) && v < 2 ** 31)) {
          const got = requantise(value, shift, rounding, kind)
          const want = model(value, shift, rounding, kind)
          if (got !== want) expect.fail(`seed ${seed}: ${value} >> ${shift}: found ${got}, expected ${want}`)
        }
      }
    },
  )
})

test("the convolution's rule is the published closed form", () => {
  const closed = (x: number, n: number) =>
    n === 1
      ? Math.floor((x + 1) / 2)
      : Math.floor((x + 2 ** (n - 1) + 1 - (Math.floor((x + 1) / 2) < 0 ? 2 : 0)) / 2 ** n)
  for (let n = 1; n <= 12; n++)
    for (let x = -5000; x <= 5000; x++) expect(requantise(x, n, "tflite", "conv2d")).toBe(closed(x, n))
})

test("the four modes differ from each other at a tie", () => {
  const at = (value: number, rounding: Rounding, kind: "conv2d" | "dense" = "dense") =>
    requantise(value, 2, rounding, kind)
  expect([-6, -2, 2, 6].map((v) => at(v, "floor"))).toEqual([-2, -1, 0, 1])
  expect([-6, -2, 2, 6].map((v) => at(v, "half-up"))).toEqual([-1, 0, 1, 2])
  expect([-6, -2, 2, 6].map((v) => at(v, "half-even"))).toEqual([-2, 0, 0, 2])
  expect([-6, -2, 2, 6].map((v) => at(v, "tflite"))).toEqual([-2, -1, 1, 2])
  expect([-6, -3, 1, 5].map((v) => at(v, "tflite", "conv2d"))).toEqual([-2, -1, 1, 2])
})

test("overflow saturates at the ends, or keeps the low bits", () => {
  const s8 = {bits: 8, signed: true, fraction: 0}
  const u4 = {bits: 4, signed: false, fraction: 0}
  expect([-129, -128, 127, 128, 300].map((v) => overflow(v, s8, "saturate"))).toEqual([-128, -128, 127, 127, 127])
  expect([-129, -128, 127, 128, 300].map((v) => overflow(v, s8, "wrap"))).toEqual([127, -128, 127, -128, 44])
  expect([-1, 0, 15, 16, 35].map((v) => overflow(v, u4, "saturate"))).toEqual([0, 0, 15, 15, 15])
  expect([-1, 0, 15, 16, 35].map((v) => overflow(v, u4, "wrap"))).toEqual([15, 0, 15, 0, 3])
  for (let value = -70000; value < 70000; value += 7)
    expect(overflow(value, s8, "wrap")).toBe(Number(BigInt.asIntN(8, BigInt(value))))
  const s32 = {bits: 32, signed: true, fraction: 0}
  expect(overflow(2 ** 31 - 1, s32, "wrap")).toBe(2 ** 31 - 1)
  expect(overflow(-(2 ** 31), s32, "saturate")).toBe(-(2 ** 31))
})
