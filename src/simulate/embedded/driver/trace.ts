import type {LaneTrace} from "../../stream.ts"

/** One lane's output words from the records that drive() wrote. */
export function laneTrace(
  {records, count}: {readonly records: readonly Uint8Array[]; readonly count: number},
  recordBytes: number,
  width: number,
  accepted: Int32Array,
): LaneTrace {
  const beatBytes = Math.ceil(width / 8)
  const trace = {
    accepted,
    words: new Int32Array(count),
    bytes: new Uint8Array(count * beatBytes),
    last: new Uint8Array(count),
    keep: new Uint32Array(count),
    cycles: new Int32Array(count),
  }
  let next = 0
  for (const block of records) {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
    for (let from = 0; from < block.length; from += recordBytes, next++) {
      trace.cycles[next] = view.getInt32(from, true)
      const flags = view.getUint32(from + 4, true)
      trace.last[next] = flags & 1
      trace.keep[next] = flags >>> 1
      trace.words[next] = view.getInt32(from + 8, true)
      trace.bytes.set(block.subarray(from + 8, from + 8 + beatBytes), next * beatBytes)
    }
  }
  return trace
}
