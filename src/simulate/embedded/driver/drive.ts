import type {LaneShape, Limb} from "../lanes.ts"
import {I32, type ModuleFunction, op, simd} from "../wasm.ts"
import {beatFlag, type DriverLayout, driveResult} from "./layout.ts"
import {logMark, logOutput} from "./log.ts"
import {watchPending} from "./sink.ts"
import {flagOf, nextBeat} from "./source.ts"
import {Writer} from "./writer.ts"

/**
 * drive(): runs cycles until the limit, until no output word is expected any more, or until nothing has moved for
 * `patience` cycles. Each cycle: offer, be ready, step, look, log. In lanes that agree it moves whole vectors.
 */
export function driverFunction(layout: DriverLayout, shape: LaneShape, step: number): ModuleFunction {
  const w = new Writer(layout, shape)
  const {body, lanes, state} = w
  const schedule = (side: "source" | "sink") => ({
    index: state[`${side}Index`],
    bytes: w.word(`${side}Schedule`),
    length: w.word(`${side}Length`),
    loop: w.word(`${side}Loop`),
  })
  const [source, sink] = [schedule("source"), schedule("sink")]
  const [limit, patience] = [w.word("limit"), w.word("patience")]
  const result = body.local(I32)

  body.open(op.block)
  body.open(op.loop)
  body.enter()
  const willing = scheduled(w, source)
  const valid = lanes.and(lanes.or({local: w.held}, willing), flagOf(w, beatFlag.present))
  lanes.store(layout.source.valid.address, valid)
  const ready = scheduled(w, sink)
  lanes.store(layout.sink.ready.address, ready)
  body.call(step)
  const sourceFires = lanes.and(valid, lanes.load(layout.source.ready.address))
  w.assign(w.held, lanes.andNot(valid, sourceFires))
  const offered = lanes.load(layout.sink.valid.address)
  const sinkFires = lanes.and(offered, ready)
  watchPending(w, offered, ready)
  whenAny(w, sinkFires, () => {
    moved(w)
    w.eachLane(sinkFires, (lane) => logOutput(w, lane))
  })
  whenAny(w, sourceFires, () => {
    moved(w)
    const marked = lanes.and(sourceFires, flagOf(w, beatFlag.mark))
    whenAny(w, marked, () => w.eachLane(marked, (lane) => logMark(w, lane)))
    nextBeat(w, sourceFires)
  })
  advance(w, source)
  advance(w, sink)
  body.get(state.cycle)
  body.i32(1)
  body.op(op.i32_add)
  body.set(state.cycle)

  /** Out of the block where what was pushed is true: past the `if`, the loop and the block. */
  const leave = (code: number, push: () => void) =>
    w.when(push, () => {
      body.i32(code)
      body.set(result)
      body.branch(op.br, 2)
    })
  leave(driveResult.complete, () => {
    body.get(state.remaining)
    body.i32(1)
    body.op(op.i32_lt_s)
  })
  leave(driveResult.stuck, () => {
    body.get(patience)
    body.get(state.cycle)
    body.get(state.progress)
    body.op(op.i32_sub)
    body.op(op.i32_lt_s)
  })
  body.get(state.cycle)
  body.get(limit)
  body.op(op.i32_lt_s)
  body.branch(op.br_if, 0)
  body.leave()
  body.op(op.end)
  body.op(op.end)

  w.writeBack()
  body.get(result)
  return {name: "drive", parameters: [], results: [I32], body: body.done()}
}

/** Locals of a stall schedule: a byte a cycle, its bits the lanes that may act; after the last it goes on at `loop`. */
interface Schedule {
  readonly index: number
  readonly bytes: number
  readonly length: number
  readonly loop: number
}

/** The lanes that a schedule lets act in this cycle. */
function scheduled({body, lanes, layout}: Writer, {bytes, index}: Schedule): Limb {
  body.get(bytes)
  body.get(index)
  body.op(op.i32_add)
  body.op(op.i32_load8_u)
  body.memory(0, 0)
  if (!lanes.vector) {
    body.i32(1)
    body.op(op.i32_and)
    return lanes.take()
  }
  body.i32(4)
  body.op(op.i32_shl)
  body.vector(simd.load)
  body.memory(4, layout.maskTable)
  return lanes.take()
}

function advance({body}: Writer, {index, length, loop}: Schedule): void {
  body.get(loop)
  body.get(index)
  body.i32(1)
  body.op(op.i32_add)
  body.tee(index)
  body.get(index)
  body.get(length)
  body.op(op.i32_eq)
  body.op(op.select)
  body.set(index)
}

function moved({body, state}: Writer): void {
  body.get(state.cycle)
  body.set(state.progress)
}

function whenAny(w: Writer, limb: Limb, then: () => void): void {
  w.when(() => w.lanes.pushAny(limb), then)
}
