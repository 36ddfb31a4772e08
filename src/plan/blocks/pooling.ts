import {at} from "../../errors.ts"
import type {IntegerMaxPool2d} from "../../graph/integer.ts"
import * as cost from "../cost.ts"
import type {Rate} from "../plan.ts"
import {queue, type Walk} from "./walk.ts"

export function pooling(walk: Walk, layer: IntegerMaxPool2d): void {
  const {place, stages, steps} = walk
  if (place.slots > 1 && place.raster !== undefined && place.order.length > 0) queue(walk, layer.name, 1)
  const {rate, rows, columns} = place
  const P = rate.positions
  const raster = place.raster ?? {pitch: columns, height: rows, row: 0, column: 0}
  const {size} = layer
  const {shape} = layer.output
  const grid = gcd(gcd(P, raster.pitch), size.width)
  const lines = P === 1 || (grid === P && raster.column % P === 0 && columns % P === 0)
  const slots = lines ? 1 : P / grid
  const first = (raster.column + size.width - 1) % grid
  const flat = (r: number, c: number) =>
    (raster.row + r * size.height + size.height - 1) * raster.pitch + raster.column + c * size.width + size.width - 1
  const outputs: {input: number; lane: number}[] = []
  for (let r = 0; r < shape.height; r++)
    for (let c = 0; c < shape.width; c++)
      outputs.push({input: Math.floor(flat(r, c) / P), lane: lines ? 0 : ((flat(r, c) % P) - first) / grid})
  const out: Rate = {...rate, positions: 1, beats: outputs.length}
  const vector = rate.channels * rate.bits
  // A comparison a clock: of the lanes or of a window's row in pairs, along the row where lanes are parts of it, down the rows.
  const latency = lines ? 2 + Math.ceil(Math.log2(P)) : 1 + Math.ceil(Math.log2(size.width))
  stages.push({
    kind: "pool",
    name: layer.name,
    layer: layer.name,
    input: rate,
    output: {...out, positions: slots},
    interval: rate.beats,
    latency,
    size,
    of: {height: rows, width: columns},
    slots: Array.from({length: slots}, (_, s) => (lines ? 0 : first + s * grid)),
    form: lines ? "lines" : "raster",
    pitch: raster.pitch,
    rows: raster.height,
    origin: {row: raster.row, column: raster.column},
    resources: lines
      ? cost.pool(vector, rate.bits, P, shape.width)
      : cost.poolRaster(vector, rate.bits, slots, size.width, raster.pitch / grid),
  })
  steps.push({kind: "pass", latency, outputs: () => outputs})
  place.rate = out
  place.rows = shape.height
  place.columns = shape.width
  place.slots = slots
  place.order = lines
    ? []
    : [at(outputs, 0).lane, (size.width / grid) % slots, ((size.height * raster.pitch) / grid) % slots]
  delete place.raster
  if (slots > 1) place.raster = {pitch: 0, height: 0, row: 0, column: 0}
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
