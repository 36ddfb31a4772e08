import type {IntegerMaxPool2d} from "../../graph/integer.ts"
import {addProcess, type Draft, packFifo, type Wire} from "./draft.ts"
import {every, where} from "./schedule.ts"

/** max_pool2d.h: a block's maximum leaves with its last pixel, so outputs come in rows. */
export function pool(draft: Draft, {name, size, output}: IntegerMaxPool2d, wire: Wire): Wire {
  const {height, width, channels} = wire.shape
  const stream = packFifo(draft, `${name}_values`, wire.type, wire.pack)
  const packs = channels / wire.pack
  const steps = height * width * packs
  addProcess(
    draft,
    {
      name,
      header: "max_pool2d.h",
      callee: `tlast::max_pool2d<${[wire.type, wire.pack, height, width, channels, size.height, size.width].join(", ")}>`,
      arguments: [wire.stream, stream],
      cycles: steps,
      comment: `largest of each ${size.height}x${size.width}`,
    },
    {[wire.stream]: every(steps)},
    {
      [stream]: where(steps, (step) => {
        const pixel = Math.floor(step / packs)
        const [x, y] = [pixel % width, Math.floor(pixel / width)]
        return x % size.width === size.width - 1 && y % size.height === size.height - 1
      }),
    },
  )
  return {...wire, stream, shape: output.shape}
}
