import {expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import {runGolden} from "../../src/golden/run.ts"
import {plan} from "../../src/plan/make.ts"
import {images, randomNetwork} from "./networks.ts"
import {beatsOf, compile, sources} from "./run.ts"

test("an image cut short anywhere is filled with zeros, answered, counted, and the next packet is right", () => {
  const network = randomNetwork("short", 9, {height: 6, width: 6, channels: 1}, 8, [
    {conv: 2, kernel: 3},
    {pool: 2},
    {dense: 3},
  ])
  const made = plan(network, {lanes: 4}).plan
  const sim = compile(emit(network, made, sources))
  const size = 36
  const whole = images(network, 3, 4)
  // Each cut keeps so many elements of a second image; a whole packet follows.
  for (const kept of [1, 4, 5, 17, 32, 33, 35, 36]) {
    const given = beatsOf(made, whole)
    const cutAt = 9 + Math.ceil(kept / 4) - 1
    const first = given.slice(0, cutAt + 1).map((beat, b) => ({
      ...beat,
      last: b === cutAt,
      keep: b === cutAt ? 2 ** (((kept - 1) % 4) + 1) - 1 : 15,
    }))
    const second = given.slice(18)
    const expected = Int16Array.from(whole, (value, i) => (i >= size + kept && i < 2 * size ? 0 : value))
    const golden = Array.from(runGolden(network, expected, 3).outputs)
    const run = sim.run([...first, ...second], 9, {idle: 200, stall: 300, seed: kept})
    expect(run.words).toEqual(golden)
    expect(run.last).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 1].map(Boolean))
    expect(run.shortImages).toBe(kept === 36 ? 0 : 1)
  }
})
