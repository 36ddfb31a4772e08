import type {Limb} from "../lanes.ts"
import {op} from "../wasm.ts"
import type {Writer} from "./writer.ts"

/**
 * Holds the core to AXI4-Stream: a word once offered stays, and stays as it is, until it is taken. Lanes where it was withdrawn or
 * changed are noted, and the first such cycle; then the words that are pending now are kept, to be compared in the next.
 */
export function watchPending(w: Writer, offered: Limb, ready: Limb): void {
  const {body, lanes} = w
  const pending = {local: w.pending}
  w.when(
    () => lanes.pushAny(pending),
    () => {
      const withdrawn = lanes.andNot(pending, offered)
      let difference = lanes.constant(0)
      for (const {address, saved} of outputLimbs(w))
        difference = lanes.or(difference, lanes.xor(lanes.load(address), lanes.load(saved)))
      const differs = lanes.negate(lanes.equal(difference, lanes.constant(0)))
      const changed = lanes.and(lanes.and(pending, offered), differs)
      const note = (name: "withdrawn" | "changed", where: Limb) =>
        lanes.store(w.address(name), lanes.or(lanes.load(w.address(name)), where))
      w.when(
        () => lanes.pushAny(lanes.or(withdrawn, changed)),
        () => {
          note("withdrawn", withdrawn)
          note("changed", changed)
          w.when(
            () => {
              w.readWord(w.address("violationCycle"))
              body.i32(-1)
              body.op(op.i32_eq)
            },
            () => w.writeWord(w.address("violationCycle"), w.state.cycle),
          )
        },
      )
    },
  )
  w.assign(w.pending, lanes.andNot(offered, ready))
  w.when(
    () => lanes.pushAny(pending),
    () => {
      for (const {address, saved} of outputLimbs(w)) lanes.store(saved, lanes.load(address))
    },
  )
}

/** Every limb of the output's TDATA, TLAST and TKEEP, and where the last cycle's is kept. */
function outputLimbs(w: Writer): {readonly address: number; readonly saved: number}[] {
  const {data, last, keep} = w.layout.sink
  const ports = [data, last, keep].filter((place) => place !== undefined)
  const limbs = ports.flatMap(({address, width}) =>
    Array.from({length: Math.ceil(width / w.shape.width)}, (_, i) => address + i * w.lanes.bytes),
  )
  return limbs.map((address, i) => ({address, saved: w.address("previous") + 16 * i}))
}
