import {at} from "../../errors.ts"
import * as cost from "../cost-layers.ts"
import type {PlanStage, Rate} from "../plan.ts"
import {type Step, unsupported} from "./walk.ts"

/** The number of the largest result instead of all: rtl/argmax.sv compares one a clock, as result_out would send them. */
export function chooseClass(outputs: number, stages: PlanStage[], steps: Step[]): void {
  const last = at(stages, stages.length - 1)
  if (outputs < 2) throw unsupported(last.layer ?? last.name, "one result has no class", 'use output "logits"')
  const input = last.output
  const pe = input.channels
  const sumBits = (last.kind === "folded" ? last.accumulatorBits : input.bits) + (input.signed ? 0 : 1)
  const bits = Math.ceil(Math.log2(outputs))
  const output: Rate = {positions: 1, channels: 1, bits, signed: false, beats: 1}
  const latency = 2 + ((outputs - 1) % pe)
  stages.push({
    kind: "argmax",
    name: "class",
    input,
    output,
    interval: outputs,
    latency,
    pe,
    outputs,
    resources: cost.argmax(pe, sumBits, bits),
  })
  const group = Math.ceil(outputs / pe) - 1
  steps.push({kind: "pass", latency, outputs: () => [{input: group, lane: 0}]})
}
