import {expect, test} from "vitest"
import {configKeys, defaults, parseConfig} from "../../src/config/schema.ts"
import {TlastError} from "../../src/errors.ts"

function refusal(value: unknown): string {
  try {
    parseConfig(value, "tlast.config.ts")
  } catch (error) {
    if (error instanceof TlastError) return `${error.code} ${error.message}`
    throw error
  }
  throw new Error("it was accepted")
}

test("an empty configuration and the defaults are good", () => {
  expect(parseConfig({}, "x")).toEqual({})
  expect(parseConfig(defaults, "x")).toEqual(defaults)
})

test("an unknown key is refused with the nearest known one", () => {
  expect(refusal({netwrok: "digits16"})).toMatch(/CONFIG_KEY.*"netwrok"\n.*did you mean "network"\?/)
  expect(refusal({clock: 100})).toMatch(/did you mean "clockMhz"\?/)
  expect(refusal({quantize: {weigthBits: 4}})).toMatch(
    /"quantize\.weigthBits"\n.*did you mean "quantize\.weightBits"\?/,
  )
})

test("a key in the wrong place is shown its place", () => {
  expect(refusal({epochs: 3})).toMatch(/did you mean "train\.epochs"\?/)
  expect(refusal({weightBits: 3})).toMatch(/did you mean "quantize\.weightBits"\?/)
})

test("an unknown key with nothing near it is answered by the list", () => {
  expect(refusal({zzzzzzzzzzz: 1})).toMatch(/known are network, data, board/)
})

test("__proto__ and other words of JavaScript are unknown keys too", () => {
  expect(refusal(JSON.parse('{"__proto__": {"lanes": 2}, "constructor": 1}'))).toMatch(/CONFIG_KEY/)
})

test.each([
  [{quantize: {weightBits: 9}}, /quantize\.weightBits: 9 found\n.*1 to 8/],
  [{quantize: {weightBits: 0}}, /1 to 8/],
  [{quantize: {activationBits: 0}}, /1 to 8/],
  [{quantize: {inputBits: 2.5}}, /whole number from 1 to 8/],
  [{clockMhz: 100_000_000}, /clocks are in MHz: 100 where 100000000 Hz is meant/],
  [{clockMhz: 0}, /from 1 to 1000/],
  [{clockMhz: "100"}, /"100" found/],
  [{weights: "fixed"}, /it is one of: constant, loadable/],
  [{packets: 1}, /it is one of: raw, header/],
  [{images: 0}, /whole number from 1/],
  [{seed: -1}, /whole number from 0/],
  [{seed: Number.NaN}, /null found/],
  [{train: {rate: Number.POSITIVE_INFINITY}}, /number from/],
  [{network: 5}, /a network's name, a model file, or what network/],
  [{network: ""}, /empty|name/],
  [[], /found/],
  [null, /null found/],
  ["digits16", /found/],
])("%j is refused, saying what is needed", (value, pattern) => {
  expect(refusal(value)).toMatch(pattern)
})

test("every key is named once", () => {
  expect(new Set(configKeys).size).toBe(configKeys.length)
  expect(configKeys).toContain("quantize.weightBits")
})
