import type {IntegerNetwork} from "../../graph/integer.ts"
import {readerOf, sourcesOf} from "../../plan/links.ts"
import type {Plan, PlanStage} from "../../plan/plan.ts"
import {add} from "./add.ts"
import {argmax} from "./argmax.ts"
import {blocks, mean} from "./average.ts"
import type {Block, Joint, Wires} from "./block.ts"
import {collect} from "./collect.ts"
import {columns} from "./columns.ts"
import {feeder, skid} from "./ends.ts"
import {fifo} from "./fifo.ts"
import {folded} from "./folded.ts"
import {lines} from "./lines.ts"
import {pace} from "./pace.ts"
import {pad} from "./pad.ts"
import {pool} from "./pool.ts"
import {requantise} from "./requantise.ts"
import {result} from "./result.ts"
import {serial} from "./serial.ts"
import {sums} from "./sums.ts"
import {window} from "./window.ts"
import {windows} from "./windows.ts"

/** A file each, by the kind of their stage. ARCHITECTURE.md shows how to add one. */
const kinds: {readonly [S in PlanStage as S["kind"]]: Block<S>} = {
  add,
  argmax,
  blocks,
  collect,
  columns,
  feeder,
  fifo,
  folded,
  lines,
  mean,
  pace,
  pad,
  pool,
  requantise,
  result,
  serial,
  skid,
  sums,
  window,
  windows,
}

/** The block of a stage. */
export const blockOf = (stage: PlanStage): Block<PlanStage> => kinds[stage.kind] as Block<PlanStage>

/** A stage's text, and what the next is connected to. `wires`: of each stage before it, by name. */
export function place(
  plan: Plan,
  network: IntegerNetwork,
  stage: PlanStage,
  wires: ReadonlyMap<string, Wires>,
): readonly [string, Wires] {
  const {stages} = plan
  const read = sourcesOf(stages, stage)
  const next = readerOf(stages, stage)
  const joint: Joint<PlanStage> = {
    plan,
    network,
    stage,
    from: read.map(({name}) => wires.get(name)).filter((one) => one !== undefined),
    to: {data: `${stage.name}_data`, valid: `${stage.name}_valid`},
    previous: read[0],
    next,
    waited: next !== undefined && blockOf(next).waits?.(next) === true,
  }
  const block = blockOf(stage)
  return [block.instance(joint), block.wires?.(joint) ?? joint.to]
}

/** A line of the core's head: what a stage does, and its rate. */
export function note(stage: PlanStage): string {
  const {output, latency} = stage
  const what = blockOf(stage).note?.(stage)
  const rate = `${output.positions > 1 ? `${output.positions} x ` : ""}${output.channels} x ${output.bits} bits, latency ${latency}`
  return what === undefined ? rate : `${what}: ${rate}`
}
