import {at} from "../../errors.ts"
import type {IntegerNetwork} from "../../graph/integer.ts"
import type {FifoStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, masked} from "./block.ts"

/** A queue as deep as the schedule ever fills it, and from lanes back to one position a clock: rtl/queue.sv. */
export const fifo: Block<FifoStage> = {
  modules: () => ["queue.sv"],
  note: ({fifoDepth}) => `depth ${fifoDepth}`,
  instance({network, stage, from: [from], to, previous, waited}) {
    if (from === undefined) return ""
    const {name, lanes} = stage
    const width = stage.output.channels * stage.output.bits
    const rows = rowsOf(network, stage.layer)
    return `  // Positions one at a time; the schedule never holds more than ${stage.fifoDepth} of them a lane.
  wire ${vector(width)} ${to.data};
  wire ${to.valid}${waited ? `, ${name}_ready` : ""};
${instance(
  "queue",
  name,
  {
    WIDTH: width,
    LANES: lanes,
    DEPTH: stage.fifoDepth,
    ...(lanes > 1 && {
      ROWS: rows,
      COLUMNS: stage.output.beats / rows,
      START: at(stage.order, 0),
      STEP: at(stage.order, 1),
      STEP_ROW: at(stage.order, 2),
    }),
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: lanes > 1 && previous?.kind === "feeder" ? `{${lanes}{${from.valid}}}` : masked(from, lanes),
    out_data: to.data,
    out_valid: to.valid,
    out_ready: waited ? `${name}_ready` : "1'b1",
  },
)}`
  },
}

/** Rows of the tensor a layer reads; 1 where it is a vector. */
function rowsOf(network: IntegerNetwork, layer: string | undefined): number {
  let source = network.layers.find((one) => one.name === layer)?.inputs[0]
  for (
    let one = network.layers.find((l) => l.name === source);
    one?.kind === "flatten";
    one = network.layers.find((l) => l.name === source)
  )
    source = one.inputs[0]
  if (source === "input") return network.input.shape.height
  const producer = network.layers.find((one) => one.name === source)
  return producer === undefined || producer.kind === "dense" ? 1 : producer.output.shape.height
}
