// LUTs of random convolutions by a sketch, over those of a pass that looks at all of their columns: `npx jiti bench/estimate/sketches.ts`.
import type {IntegerConv2d} from "../../src/graph/integer.ts"
import {bitSums, constantSums, type Wanted} from "../../src/plan/blocks/found.ts"
import {generator} from "../../src/simulate/stall.ts"

/** Bell-shaped weights that fill so many bits, and inputs of eight. */
function drawn(rows: number, columns: number, bits: number): Wanted {
  const random = generator(7)
  const most = 2 ** (bits - 1) - 1
  const weight = () => Math.round(((random() + random() + random() + random() - 2) / 2) * most) + 0
  const matrix = Array.from({length: rows}, () => Array.from({length: columns}, weight))
  const inputs = Array.from({length: columns}, () => ({min: 0, max: 255}))
  // Of the layer only its biases are read.
  const layer = {bias: new Int32Array(rows)} as unknown as IntegerConv2d
  return {layer, positions: 1, matrix, inputs, sketch: false}
}

const rate = {channels: 1, positions: 1, bits: 8, signed: false, beats: 1}
console.log("| rows | columns | bits | constant | serial |\n|---|---|---|---|---|")
for (const rows of [16, 32])
  for (const columns of [400, 800])
    for (const bits of [8, 6, 5, 4, 3]) {
      const whole = drawn(rows, columns, bits)
      const sketch = {...whole, sketch: true}
      const adderLuts = (of: Wanted) => {
        const {timed, whole: times} = constantSums(of, 1, 0)
        return timed.adderLuts * times
      }
      const serialLuts = (of: Wanted) => {
        const {serial, whole: times} = bitSums(of, rate, 0)
        return serial.resources.lut * times
      }
      const ratio = (of: (wanted: Wanted) => number) => (of(sketch) / of(whole)).toFixed(2)
      console.log(`| ${rows} | ${columns} | ${bits} | ${ratio(adderLuts)} | ${ratio(serialLuts)} |`)
    }
