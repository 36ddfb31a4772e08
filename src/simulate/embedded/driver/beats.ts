import type {StreamJob} from "../../stream.ts"
import type {LaneShape} from "../lanes.ts"
import {beatFlag, type DriverLayout} from "./layout.ts"

/**
 * Lays one lane's packets at `start` as the beats of `driver`: limbs of TDATA (of TKEEP where it has more than eight bits) and of
 * flags, those of all lanes side by side. Beats at an image's ends are marked.
 */
export function layBeats(
  driver: DriverLayout,
  shape: LaneShape,
  memory: ArrayBuffer,
  start: number,
  packets: StreamJob["lanes"][number],
  lane: number,
  imageBytes: number,
): void {
  const laneBytes = shape.width / 8
  const beatBytes = driver.source.data.width / 8
  // Millions of beats: plain loops over the words of the limbs.
  const limbs = shape.width === 16 ? new Uint16Array(memory) : new Uint32Array(memory)
  const stride = driver.beatBytes / laneBytes
  const flagsAt = (driver.dataLimbs + driver.keepLimbs) * shape.count
  const fullKeep = 2 ** Math.min(beatBytes, 8) - 1
  let place = start / laneBytes + lane
  const plain = beatFlag.present | (driver.keepLimbs === 0 ? fullKeep << beatFlag.keepShift : 0)
  for (const {bytes: data, last = true} of packets) {
    const {length} = data
    if (beatBytes === 1) {
      // One byte a beat, the longest streams there are: only the first, and an image's ends, carry flags.
      for (let i = 0; i < length; i++, place += stride) {
        limbs[place] = data[i] as number
        limbs[place + flagsAt] = plain
      }
      const begin = place - length * stride + flagsAt
      const mark = (i: number, flags: number) => {
        const at = begin + i * stride
        limbs[at] = (limbs[at] as number) | flags
      }
      for (let i = 0; i < length; i += imageBytes) {
        mark(i, beatFlag.mark)
        mark(Math.min(i + imageBytes, length) - 1, beatFlag.mark)
      }
      if (last && length > 0) mark(length - 1, beatFlag.last)
      continue
    }
    let toImageEnd = 0
    for (let from = 0; from < length; from += beatBytes, place += stride) {
      const starts = toImageEnd === 0
      if (starts) toImageEnd = imageBytes
      toImageEnd -= beatBytes
      const ends = from + beatBytes >= length
      const count = ends ? length - from : beatBytes
      if (count === 1) limbs[place] = data[from] as number
      else {
        for (let i = 0; i < count; i++) {
          const at = place + Math.floor(i / laneBytes) * shape.count
          limbs[at] = (limbs[at] as number) | ((data[from + i] as number) << (8 * (i % laneBytes)))
        }
      }
      const mark = starts || ends || toImageEnd === 0 ? beatFlag.mark : 0
      const keep = driver.keepLimbs !== 0 ? 0 : count === beatBytes ? fullKeep : 2 ** count - 1
      limbs[place + flagsAt] =
        (ends && last ? beatFlag.last : 0) | mark | beatFlag.present | (keep << beatFlag.keepShift)
      for (let i = 0; i < driver.keepLimbs; i++) {
        let bits = 0
        for (let k = 0; k < shape.width; k++) if (i * shape.width + k < count) bits |= 1 << k
        limbs[place + (driver.dataLimbs + i) * shape.count] = bits
      }
    }
  }
}
