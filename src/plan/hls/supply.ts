import {bug} from "../../errors.ts"
import type {LinearLayer} from "../../graph/integer.ts"
import {elements} from "../../graph/shape.ts"
import {commonDivisor} from "./divisors.ts"
import {addProcess, type Draft, packFifo, type Wire} from "./draft.ts"
import {unsupported} from "./options.ts"
import {every, where} from "./schedule.ts"

/** window.h: the patches of a convolution in packs of `simd`. Returns their stream. */
export function window(draft: Draft, layer: LinearLayer, wire: Wire, simd: number): string {
  if (layer.kind !== "conv2d") throw bug("hls", "only a convolution has windows")
  const {height, width, channels} = wire.shape
  const {kernel} = layer
  const slots = (width * channels) / wire.pack
  if (kernel.height > 1 && slots < 4)
    throw unsupported(
      `layer ${layer.name}`,
      `a row of its input is ${slots} packs long, and the line buffer needs 4`,
      "use --backend rtl for this network, or a wider image",
    )
  const stream = packFifo(draft, `${layer.name}_patches`, wire.type, simd)
  const beats = (kernel.height * kernel.width * channels) / simd
  const reads: number[] = []
  const writes: number[] = []
  for (let y = 0; y < height; y++)
    for (let slot = 0; slot < slots; slot++) {
      // The last pack of a pixel that completes a patch takes a step a beat of it.
      const x = Math.floor((slot * wire.pack) / channels)
      const ends = ((slot + 1) * wire.pack) % channels === 0
      const complete = ends && y >= kernel.height - 1 && x >= kernel.width - 1
      for (let beat = 0; beat < (complete ? beats : 1); beat++) {
        reads.push(beat === 0 ? 1 : 0)
        writes.push(complete ? 1 : 0)
      }
    }
  const sizes = [wire.pack, simd, height, width, channels, kernel.height, kernel.width]
  addProcess(
    draft,
    {
      name: `${layer.name} window`,
      header: "window.h",
      callee: `tlast::window<${[wire.type, ...sizes].join(", ")}>`,
      arguments: [wire.stream, stream],
      cycles: reads.length,
      comment: `patches of ${kernel.height}x${kernel.width}x${channels}`,
    },
    {[wire.stream]: Uint8Array.from(reads)},
    {[stream]: Uint8Array.from(writes)},
  )
  return stream
}

/** resize.h: the wire in packs of `simd`, by way of a common divisor where neither divides the other. */
export function resize(draft: Draft, layer: string, wire: Wire, simd: number): string {
  const count = elements(wire.shape)
  let {stream, pack} = wire
  const common = commonDivisor(pack, simd)
  for (const next of pack === simd ? [] : common === pack || common === simd ? [simd] : [common, simd]) {
    const name = packFifo(draft, next === simd ? `${layer}_inputs` : `${layer}_narrowed`, wire.type, next)
    const steps = count / Math.min(pack, next)
    const ratio = Math.max(pack, next) / Math.min(pack, next)
    const splits = pack > next
    addProcess(
      draft,
      {
        name: `${layer} resize`,
        header: "resize.h",
        callee: `tlast::resize<${count}>`,
        arguments: [stream, name],
        cycles: steps,
        comment: `packs of ${pack} to packs of ${next}`,
      },
      {[stream]: splits ? where(steps, (step) => step % ratio === 0) : every(steps)},
      {[name]: splits ? every(steps) : where(steps, (step) => step % ratio === ratio - 1)},
    )
    stream = name
    pack = next
  }
  return stream
}
