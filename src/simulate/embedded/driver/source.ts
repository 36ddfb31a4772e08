import type {Limb} from "../lanes.ts"
import {op, simd} from "../wasm.ts"
import {beatFlag} from "./layout.ts"
import type {Writer} from "./writer.ts"

/** One flag of the beat on offer, as a boolean of each lane. */
export function flagOf({lanes, flags, shape}: Writer, bit: number): Limb {
  const at = Math.log2(bit)
  if (!lanes.vector) return lanes.and(lanes.shiftRight({local: flags}, at), lanes.constant(1))
  return lanes.shiftRightSigned(lanes.shiftLeft({local: flags}, shape.width - 1 - at), shape.width - 1)
}

/** Puts the next beat on offer in the lanes that fired: all together while they agree, else one by one. */
export function nextBeat(w: Writer, fired: Limb): void {
  const {body, lanes, state} = w
  w.when(
    () => {
      body.get(state.uniform)
      lanes.pushAll(fired)
      body.op(op.i32_and)
    },
    () => nextTogether(w),
    () => nextApart(w, fired),
  )
  w.assign(w.flags, lanes.load(w.address("flags")))
  const {last, keep} = w.layout.source
  if (last !== undefined) lanes.store(last.address, flagOf(w, beatFlag.last))
  if (keep !== undefined && w.layout.keepLimbs === 0) {
    if (keep.width === 1) lanes.store(keep.address, flagOf(w, 1 << beatFlag.keepShift))
    else lanes.store(keep.address, lanes.shiftRight({local: w.flags}, beatFlag.keepShift))
  }
}

/** Where each limb of a beat goes, and where in the beat it lies. */
function fields(w: Writer): {readonly to: number; readonly from: number}[] {
  const {source, dataLimbs, keepLimbs} = w.layout
  const {bytes} = w.lanes
  const run = (limbs: number, to: number, first: number) =>
    Array.from({length: limbs}, (_, i) => ({to: to + i * bytes, from: (first + i) * bytes}))
  return [
    ...run(dataLimbs, source.data.address, 0),
    ...run(keepLimbs, source.keep?.address ?? 0, dataLimbs),
    ...run(1, w.address("flags"), dataLimbs + keepLimbs),
  ]
}

function nextTogether(w: Writer): void {
  const {body, lanes, position} = w
  body.get(position)
  body.i32(w.layout.beatBytes)
  body.op(op.i32_add)
  body.set(position)
  for (const {to, from} of fields(w)) {
    body.i32(0)
    body.get(position)
    if (lanes.vector) body.vector(simd.load)
    else body.op(op.i32_load)
    body.memory(2, from)
    if (lanes.vector) body.vector(simd.store)
    else body.op(op.i32_store)
    body.memory(2, to)
  }
}

function nextApart(w: Writer, fired: Limb): void {
  const {body, lanes, pointer, state} = w
  w.when(
    () => body.get(state.uniform),
    () => {
      body.i32(0)
      body.set(state.uniform)
      w.shareOut()
    },
  )
  const laneBytes = w.shape.width / 8
  w.eachLane(fired, (lane) => {
    body.i32(0)
    w.readWord(w.address("position", lane))
    body.i32(w.layout.beatBytes)
    body.op(op.i32_add)
    body.tee(pointer)
    body.op(op.i32_store)
    body.memory(2, w.address("position", lane))
    for (const {to, from} of fields(w)) {
      body.i32(0)
      body.get(pointer)
      body.op(lanes.pick(op.i32_load16_u, op.i32_load))
      body.memory(lanes.pick(1, 2), from + lane * laneBytes)
      body.op(lanes.pick(op.i32_store16, op.i32_store))
      body.memory(lanes.pick(1, 2), to + lane * laneBytes)
    }
  })
}
