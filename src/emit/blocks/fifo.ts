import type {FifoStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, masked} from "./block.ts"

/** A queue as deep as the schedule ever fills it, and from lanes back to one position a clock: rtl/queue.sv. */
export const fifo: Block<FifoStage> = {
  modules: () => ["queue.sv"],
  note: ({fifoDepth}) => `depth ${fifoDepth}`,
  instance({stage, from: [from], to, previous, waited}) {
    if (from === undefined) return ""
    const {name, lanes, order} = stage
    const width = stage.output.channels * stage.output.bits
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
    ...(order && {
      ROWS: order.rows,
      COLUMNS: stage.output.beats / order.rows,
      START: order.start,
      STEP: order.step,
      STEP_ROW: order.stepRow,
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
