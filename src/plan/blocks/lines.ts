import {at} from "../../errors.ts"
import type {IntegerConv2d} from "../../graph/integer.ts"
import type {Size} from "../../graph/shape.ts"
import * as cost from "../cost.ts"
import {placeRows} from "../cost-rows.ts"
import type {ColumnsStage, FifoStage, LinesStage, Memory, Rate} from "../plan.ts"
import {serveLines} from "../schedule-lines.ts"
import {serialWork} from "../window-work.ts"
import type {Step} from "./walk.ts"

const one: Size = {height: 1, width: 1}

/** What a convolution that takes a window every `frame` clocks reads: positions one at a time, of an image of `size`. */
export interface LineRequest {
  readonly layer: IntegerConv2d
  readonly rate: Rate
  readonly size: Size
  readonly frame: number
  /** Clocks an image may take. */
  readonly budget: number
  /** Where its rows are to be; the planner's choice where left out. */
  readonly memory?: Memory
}

/** Rows of an image as the columns of its windows, ready to wait for the engine. */
export interface LineBuffer {
  readonly stages: readonly (ColumnsStage | FifoStage | LinesStage)[]
  /** Of the schedule, where stages[0] will be the stage with that index. Ends with the windows. */
  readonly steps: (index: number) => readonly Step[]
  /** Rows of a column that come at a time, where they do not come together. */
  readonly ports?: number
  /** Clocks of an image. */
  readonly work: number
}

/** Columns that wait, before the schedule has told. */
const WAITING = 32

/**
 * In LUTRAM (a row a word, then a queue of whole columns) or in block RAM (the positions themselves, a copy for every row that
 * is read at a time), which takes over where it saves LUTs enough. The block RAM has as few ports as keep the rate.
 */
export function lineBuffer(request: LineRequest): LineBuffer {
  const {layer, rate, size, memory} = request
  const {kernel} = layer
  const width = rate.channels * rate.bits
  const depth = powerOfTwo(kernel.height * size.width + WAITING)
  const ports = fewestPorts(request)
  const block = cost.lines(width, size, kernel.height, ports, depth)
  const distributed = cost.add(cost.columns(width, size, kernel.height), cost.queue(kernel.height * width, 1, WAITING))
  return placeRows({distributed, block}, memory) === "block" ? blockLines(request, ports) : spreadLines(request)
}

export const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(2, least)))

const workOf = ({layer, size, frame}: LineRequest, parts: number): number =>
  serialWork(layer.output.shape, size.width, layer.stride?.width ?? 1, frame, parts)

function fewestPorts(request: LineRequest): number {
  const {height} = request.layer.kernel
  const enough = Math.max(request.budget, workOf(request, 1))
  for (let ports = 1; ports < height; ports++) if (workOf(request, Math.ceil(height / ports)) <= enough) return ports
  return height
}

function columnsOf({layer, size}: LineRequest) {
  const {kernel, stride = one} = layer
  const count = layer.output.shape.height * size.width
  const upper = (i: number) => Math.floor(i / size.width) * stride.height * size.width + (i % size.width)
  return {
    count,
    upper: Array.from({length: count}, (_, i) => upper(i)),
    lowest: Array.from({length: count}, (_, i) => upper(i) + (kernel.height - 1) * size.width),
    complete: (column: number) => {
      const past = (column % size.width) - (kernel.width - 1)
      return past >= 0 && past % stride.width === 0
    },
  }
}

function spreadLines(request: LineRequest): LineBuffer {
  const {layer, rate, size, frame} = request
  const {kernel, stride = one, name} = layer
  const {count, lowest, complete} = columnsOf(request)
  const out: Rate = {...rate, channels: rate.channels * kernel.height, beats: count}
  const shared = {layer: name, output: out, latency: 1}
  return {
    stages: [
      {
        ...shared,
        kind: "columns",
        name: `${name}_columns`,
        input: rate,
        interval: rate.beats,
        size,
        rows: kernel.height,
        ...(stride.height > 1 && {stride: stride.height}),
        memory: "distributed",
        resources: cost.columns(rate.channels * rate.bits, size, kernel.height),
      },
      {
        ...shared,
        kind: "fifo",
        name: `${name}_columns_queue`,
        input: out,
        interval: count,
        fifoDepth: 0,
        lanes: 1,
        resources: cost.queue(kernel.height * rate.channels * rate.bits, 1, WAITING),
      },
    ],
    steps: (index) => [
      {kind: "pass", latency: 1, outputs: () => lowest.map((input) => ({input, lane: 0}))},
      {kind: "columns", stage: index + 1, frame, complete},
    ],
    work: workOf(request, 1),
  }
}

function blockLines(request: LineRequest, ports: number): LineBuffer {
  const {layer, rate, size, frame} = request
  const {kernel, stride = one, name} = layer
  const {count, lowest, upper, complete} = columnsOf(request)
  const parts = Math.ceil(kernel.height / ports)
  const depth = powerOfTwo(kernel.height * size.width + WAITING)
  return {
    stages: [
      {
        kind: "lines",
        name: `${name}_lines`,
        layer: name,
        input: rate,
        output: {...rate, channels: rate.channels * ports, beats: count * parts},
        interval: Math.max(rate.beats, count * parts),
        latency: 2,
        size,
        rows: kernel.height,
        ...(stride.height > 1 && {stride: stride.height}),
        ports,
        memory: "block",
        depth,
        resources: cost.lines(rate.channels * rate.bits, size, kernel.height, ports, depth),
      },
    ],
    steps: (index) => [
      {
        kind: "own",
        run: (read) => {
          const served = serveLines(at(read, 0), {lowest, upper, complete, parts, frame})
          return {done: served.done, depths: [{stage: index, depth: powerOfTwo(served.depth)}]}
        },
      },
    ],
    ports,
    work: workOf(request, parts),
  }
}
