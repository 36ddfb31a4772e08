import {op} from "../wasm.ts"
import type {Writer} from "./writer.ts"

/** A record of one lane's output word: cycle, TLAST and TKEEP, TDATA. One word less is expected then. */
export function logOutput(w: Writer, lane: number): void {
  const {body, lanes, layout, pointer, state} = w
  const {data, last, keep} = layout.sink
  w.readWord(w.address("outLog", lane))
  body.set(pointer)
  body.get(pointer)
  body.get(state.cycle)
  body.op(op.i32_store)
  body.memory(2, 0)
  body.get(pointer)
  if (last === undefined) body.i32(0)
  else {
    lanes.pushLane(lanes.load(last.address), lane)
    body.i32(1)
    body.op(op.i32_and)
  }
  if (keep !== undefined) {
    lanes.pushLane(lanes.load(keep.address), lane)
    if (keep.width === 1) {
      body.i32(1)
      body.op(op.i32_and)
    }
    body.i32(1)
    body.op(op.i32_shl)
    body.op(op.i32_or)
  }
  body.op(op.i32_store)
  body.memory(2, 4)
  for (let i = 0; i < Math.ceil(data.width / w.shape.width); i++) {
    body.get(pointer)
    lanes.pushLane(lanes.load(data.address + i * lanes.bytes), lane)
    body.op(lanes.pick(op.i32_store16, op.i32_store))
    body.memory(lanes.pick(1, 2), 8 + (i * w.shape.width) / 8)
  }
  moveLog(w, "outLog", lane, layout.recordBytes)
  body.get(state.remaining)
  body.i32(1)
  body.op(op.i32_sub)
  body.set(state.remaining)
}

/** The cycle in which a lane's marked beat was taken. */
export function logMark(w: Writer, lane: number): void {
  w.readWord(w.address("markLog", lane))
  w.body.tee(w.pointer)
  w.body.get(w.state.cycle)
  w.body.op(op.i32_store)
  w.body.memory(2, 0)
  moveLog(w, "markLog", lane, 4)
}

/** The log's end, kept in memory, past what was written at `pointer`. */
function moveLog(w: Writer, log: "outLog" | "markLog", lane: number, bytes: number): void {
  w.body.i32(0)
  w.body.get(w.pointer)
  w.body.i32(bytes)
  w.body.op(op.i32_add)
  w.body.op(op.i32_store)
  w.body.memory(2, w.address(log, lane))
}
